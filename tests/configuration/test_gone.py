"""What replaced an option that went: each statement is compared with the releases' packages."""

from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from snippets.configuration.check import check
from snippets.configuration.gone import (
    HAD,
    INSTEAD,
    NO_LONGER,
    WITHOUT_IT,
    every_gone_option,
    instead_of,
)
from snippets.configuration.known import known
from snippets.shared.history import Kind, options_of, read_history
from snippets.shared.release import NEWEST, NEWEST_RUN
from tests.configuration.record import words
from tests.configuration.test_known import nested
from tests.real import synapse

HISTORY = read_history()
OLD_WHEELS = Path(__file__).with_name("old-wheels.txt")
STATED = {**WITHOUT_IT, **NO_LONGER, **INSTEAD}


def ends(option: str) -> tuple[str, str]:
    """The last release with the option, and the first without it."""
    if option in HAD:
        return HAD[option], next(iter(HISTORY.releases))
    *_, (_, last, _) = HISTORY.eras(Kind.OPTION, option)
    releases = list(HISTORY.releases)
    return last, releases[releases.index(last) + 1]


@pytest.mark.proves("each-gone-option-has-an-entry")
def test_each_option_that_went_has_one_entry_and_no_entry_is_about_another() -> None:
    assert len(STATED) == len(WITHOUT_IT) + len(NO_LONGER) + len(INSTEAD)
    assert STATED.keys() == set(every_gone_option())


def test_an_option_of_old_releases_is_in_no_later_one() -> None:
    assert not HAD.keys() & HISTORY.observations[Kind.OPTION].keys()


def test_of_an_option_that_the_newest_release_looks_up_nothing_is_said() -> None:
    options = options_of(HISTORY, NEWEST_RUN)
    assert [option for option in options if instead_of(option, NEWEST)] == []


@pytest.mark.proves("gone-options-say-what-instead")
@pytest.mark.parametrize("option", sorted(STATED))
def test_the_finding_of_an_option_that_went_says_what_to_write_instead(option: str) -> None:
    text = yaml.safe_dump(nested([option], True))
    if "*" in option:
        listeners, _, name = option.split(".")
        text = f"{listeners}: [{{port: 1, type: http, {name}: true}}]"
    (problem,) = check(text)
    assert problem.code == "removed-option"
    assert problem.advice == instead_of(option, NEWEST)


def test_what_to_write_instead_is_said_where_the_release_has_it() -> None:
    option = "access_token_lifetime"
    assert instead_of(option, NEWEST) == "write `refreshable_access_token_lifetime` instead"
    feature = "experimental_features.msc3882_enabled"
    assert instead_of(feature, "1.86") == "write `login_via_existing_session.enabled` instead"
    assert instead_of(feature, "1.79") is None
    assert known(NEWEST).looks_up(("login_via_existing_session", "enabled"))


# -- In the packages --


def wheel(release: str) -> AbstractContextManager[ZipFile]:
    if f"=={release} " in OLD_WHEELS.read_text("utf-8"):
        return synapse.locked_wheel("matrix-synapse", release, OLD_WHEELS)
    return synapse.wheel(release)


@cache
def package(release: str) -> bytes:
    """Everything in the release's package that is code, also that in Rust."""
    if release in synapse.releases():
        (root,) = synapse.python(release).parents[1].glob("lib/python*/site-packages/synapse")
        files = [*root.rglob("*.py"), *root.glob("*.so")]
        return b"".join(file.read_bytes() for file in sorted(files))
    with wheel(release) as opened:
        names = [name for name in opened.namelist() if name.endswith((".py", ".so"))]
        return b"".join(opened.read(name) for name in sorted(names))


@pytest.mark.slow
@pytest.mark.proves("gone-options-are-compared-with-packages")
@pytest.mark.parametrize("option", sorted(STATED))
def test_the_source_does_the_same_without_the_option_or_no_longer(option: str) -> None:
    last, first_without = ends(option)
    text = STATED[option].text.encode()
    assert text in package(last)
    stays = option not in NO_LONGER
    assert [text in package(release) for release in (first_without, NEWEST_RUN)] == [stays] * 2


@pytest.mark.slow
@pytest.mark.parametrize("release", sorted(set(HAD.values())))
def test_an_old_release_looks_the_option_up(release: str) -> None:
    with wheel(release) as opened:
        names = [name for name in opened.namelist() if name.startswith("synapse/config/")]
        looked_up = {
            word
            for name in names
            if name.endswith(".py")
            for word in words(opened.read(name).decode())
        }
    for option in (option for option, had in HAD.items() if had == release):
        section, _, name = option.rpartition(".")
        assert f"{'word' if section else 'top'} {name}" in looked_up, option
