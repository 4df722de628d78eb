"""Releases still do what was recorded, and the history is derived from it correctly."""

import os
import re
from collections.abc import Iterable
from typing import Any

import pytest

from snippets.configuration import OPTIONS
from snippets.shared.history import (
    ABSENT,
    Change,
    History,
    Kind,
    changed_options,
    looks_up,
    options_of,
    read_history,
)
from snippets.shared.release import NEWEST, parse_release
from snippets.upgrade_notes.notes import Note, Observed, read_notes
from snippets.upgrade_notes.wording import in_words
from tests.real import redis, synapse
from tests.real.fixtures import need
from tests.upgrade_notes.eras import eras_of
from tests.upgrade_notes.observations import observed, overlooked

HISTORY = read_history()
# `make test-releases` runs every release; a normal test run only those that are installed anyway.
RUN = synapse.releases() if "EVERY_RELEASE" in os.environ else synapse.LIVE
OBSERVED = [(note, one) for note in read_notes() for one in note.proof.observed]


@pytest.mark.proves("releases-are-run-again")
@pytest.mark.slow
@pytest.mark.parametrize("release", RUN)
def test_a_release_is_still_as_recorded(release: str) -> None:
    need(lambda: synapse.python(release))
    need(redis.executable)
    recorded = {kind: HISTORY.values(kind, release) for kind in Kind if kind != Kind.OPTION}
    assert observed(release, ["facts", "answers"]) == recorded


# The manners in which Synapse 1.163 reads an option, each with an example.
MANNERS = {
    "get": "gzip_responses",
    "[]": "server_name",
    "in": "worker_replication_port",
    "setdefault": "federation.client_timeout",
    "in a mapping that it goes through": "old_signing_keys.*.expired_ts",
    "in a list": "listeners.*.port",
    "in a list in a list": "listeners.*.resources.*.compress",
    "** of attrs": "rc_federation.window_size",
    "** of pydantic": "instance_map.*.host",
    "below **": "push_rules.limits.rule_count",
    "del": "instance_map.main",
    "a name among those of workers": "instance_map.main.port",
    "jsonschema": "oidc_providers.*.issuer",
    "when it is on": "email.notif_template_html",
    "for a module of Synapse's own": "media_storage_providers.*.config.directory",
    "when the database is opened": "database.allow_unsafe_locale",
}


@pytest.mark.proves("options-are-found-however-they-are-read")
@pytest.mark.slow
@pytest.mark.parametrize("release", RUN)
def test_the_options_that_were_recorded_are_looked_up_however_they_are_read(release: str) -> None:
    need(lambda: synapse.python(release))
    options = observed(release, ["options"])[Kind.OPTION]
    if parse_release(release) == parse_release(NEWEST):
        assert set(MANNERS.values()) - options.keys() == set()
    steps = {step for name in options for step in name.split(".")}
    assert not {step for step in steps if not re.fullmatch(r"\*|[a-z][a-z0-9_]*", step)}
    recorded = options_of(HISTORY, release)
    missed = recorded.keys() - options.keys()
    assert overlooked(release, missed, earlier(release, missed)).keys() == missed
    assert {**options, **dict.fromkeys(missed)} == recorded


@pytest.mark.proves("option-not-looked-up-is-ignored", "unknown-option-changes-nothing")
@pytest.mark.slow
@pytest.mark.parametrize("release", RUN)
def test_an_option_that_a_release_does_not_look_up_changes_nothing(release: str) -> None:
    need(lambda: synapse.python(release))
    absent = HISTORY.observations[Kind.OPTION].keys() - options_of(HISTORY, release).keys()
    assert absent
    assert overlooked(release, absent, earlier(release, absent)) == {}


def earlier(release: str, names: Iterable[str]) -> list[str]:
    """The options among these that an earlier release looks up."""
    order, eras = list(HISTORY.releases), HISTORY.observations[Kind.OPTION]
    return [name for name in names if order.index(eras[name][0][0]) < order.index(release)]


def test_every_option_of_the_guide_is_looked_up_from_its_release_on() -> None:
    since = {option.path: option.since for option in OPTIONS}
    assert {
        path: parse_release(HISTORY.observations[Kind.OPTION][path][0][0])
        for path, release in since.items()
    } == {path: parse_release(release or "1.79") for path, release in since.items()}


@pytest.mark.proves("every-minor-release-was-run")
def test_every_minor_release_was_run() -> None:
    assert list(HISTORY.releases) == synapse.releases()
    assert synapse.releases()[0] == "1.79.0"
    minors = [parse_release(release)[1] for release in HISTORY.releases]
    assert minors == list(range(79, parse_release(NEWEST)[1] + 1))


@pytest.mark.proves(
    "note-is-compared-with-two-releases", "version-12-since-1-135", "upstream-says-something-else"
)
@pytest.mark.parametrize(
    ("note", "one"), OBSERVED, ids=[f"{note.release} {one.subject}" for note, one in OBSERVED]
)
def test_what_a_note_observes_holds_at_its_release_and_not_before(
    note: Note, one: Observed
) -> None:
    release = HISTORY.release(note.release)
    assert states(one.after, value(one, release))
    assert states(one.before, value(one, HISTORY.before(release)))
    assert one.before != one.after


def value(one: Observed, release: str) -> str:
    return in_words(Kind(one.kind), HISTORY.value(Kind(one.kind), one.subject, release))


def states(text: str, words: str) -> bool:
    """Whether a note's text is these words; an ellipsis stands for the rest."""
    if text.endswith("…"):
        return words.startswith(text.removesuffix("…").rstrip())
    return words == text


def test_a_note_that_states_another_value_is_not_proven() -> None:
    note, one = next(pair for pair in OBSERVED if pair[1].before == "200")
    before = value(one, HISTORY.before(note.release))
    assert states("200", before)
    assert not states("404 M_NOT_FOUND", before)
    assert not states("20", before)
    assert states("2…", before)


@pytest.mark.proves("workaround-of-a-note-was-run")
@pytest.mark.parametrize(
    ("release", "name"),
    [
        ("1.120", "a download without a token"),
        ("1.126", "publishing a room"),
        ("1.144", "mutual rooms"),
    ],
)
def test_the_workaround_of_a_note_restores_the_old_behaviour(release: str, name: str) -> None:
    before = HISTORY.value(Kind.ANSWER, name, HISTORY.before(release))
    assert HISTORY.value(Kind.ANSWER, name, release) != before
    assert HISTORY.value(Kind.ANSWER, f"{name}, allowed", release) == before


@pytest.mark.proves("two-values-without-options-changed")
def test_two_values_that_hold_without_options_changed() -> None:
    oldest, *_, newest = HISTORY.releases
    assert len(HISTORY.observations[Kind.DEFAULT]) == 335
    assert [
        change.subject
        for change in HISTORY.changes(Kind.DEFAULT, oldest, newest)
        if ABSENT not in (change.before, change.after)
    ] == ["experimental.msc3575_enabled", "media.enable_authenticated_media"]


# -- The recording --


def history() -> History:
    """Four releases; an option comes with the second, changes, and ends."""
    options: list[dict[str, Any]] = [{"same": 1}, {"same": 1, "a": False}, {"same": 1, "a": True}]
    options.append({"same": 1})
    schemas = [(1, 1), (2, 1), (3, 2), (3, 3)]
    names = ["1.1.0", "1.2.3", "1.3.0", "1.4.0"]
    schema = [dict(zip(SCHEMA, numbers, strict=True)) for numbers in schemas]
    tables: dict[str, Any] = {
        Kind.OPTION: eras_of(list(zip(names, options, strict=True))),
        Kind.SCHEMA: eras_of(list(zip(names, schema, strict=True))),
    }
    return History({}, dict.fromkeys(names, "then"), tables)


SCHEMA = ("SCHEMA_VERSION", "SCHEMA_COMPAT_VERSION")


def test_a_recording_has_a_value_where_it_begins_and_where_it_changes() -> None:
    assert history().observations == {
        "option": {
            "a": [["1.2.3", False], ["1.3.0", True], ["1.4.0"]],
            "same": [["1.1.0", 1]],
        },
        "schema": {
            "SCHEMA_COMPAT_VERSION": [["1.1.0", 1], ["1.3.0", 2], ["1.4.0", 3]],
            "SCHEMA_VERSION": [["1.1.0", 1], ["1.2.3", 2], ["1.3.0", 3]],
        },
    }


def test_a_value_holds_until_the_next() -> None:
    example = history()
    values = [example.value(Kind.OPTION, "a", release) for release in example.releases]
    assert values == [ABSENT, False, True, ABSENT]
    assert example.value(Kind.OPTION, "nothing", "1.1") is ABSENT


def test_a_section_is_not_an_option() -> None:
    values = [("1.1.0", {}), ("1.2.0", {"a": None, "a.b": 1, "c": 2})]
    tables: dict[str, Any] = {Kind.OPTION: eras_of(values)}
    example = History({}, {"1.1.0": "then", "1.2.0": "then"}, tables)
    changes = changed_options(example, "1.1", "1.2")
    assert [change.subject for change in changes] == ["a.b", "c"]


def test_the_options_of_a_release_are_those_that_it_looks_up() -> None:
    assert options_of(history(), "1.1") == {"same": 1}
    assert options_of(history(), "1.2") == {"same": 1, "a": False}
    assert options_of(history(), "1.3") == {"same": 1, "a": True}
    with pytest.raises(ValueError, match=r"1\.9 was not run"):
        options_of(history(), "1.9")


@pytest.mark.parametrize(
    ("place", "known"),
    [
        ("a", True),
        ("a.x", True),
        ("a.x.b", True),
        ("a.x.c", False),
        ("a.main.b", True),
        ("a.main.c", True),
        ("open", True),
        ("open.anything", True),
        ("open.anything.below", True),
        ("opened", False),
        ("leaf.that.is.read.later", True),
        ("b", False),
    ],
)
def test_a_place_is_looked_up_by_its_own_name_or_as_any_in_a_section(
    place: str, known: bool
) -> None:
    options = ["a", "a.*", "a.*.b", "a.main.c", "open", "open.*", "leaf"]
    assert looks_up(options, place.split(".")) is known


def test_an_era_ends_before_the_next_value() -> None:
    assert history().eras(Kind.OPTION, "a") == [
        ("1.2.3", "1.2.3", False),
        ("1.3.0", "1.3.0", True),
    ]
    assert history().eras(Kind.OPTION, "same") == [("1.1.0", "1.4.0", 1)]
    assert history().eras(Kind.OPTION, "nothing") == []


def test_changes_are_those_after_the_first_release_up_to_the_last() -> None:
    assert history().changes(Kind.OPTION, "1.1", "1.3") == [
        Change("a", "1.2.3", ABSENT, False),
        Change("a", "1.3.0", False, True),
    ]
    assert history().changes(Kind.OPTION, "1.3", "1.4") == [Change("a", "1.4.0", True, ABSENT)]


def test_a_downgrade_ends_at_a_schema_that_is_too_new() -> None:
    assert [history().oldest_downgrade(run) for run in history().releases] == [
        "1.1.0", "1.1.0", "1.2.3", "1.3.0",
    ]  # fmt: skip


def test_a_release_that_was_not_run_is_refused_with_those_that_were() -> None:
    with pytest.raises(ValueError, match=r"1\.5 was not run: write a release from 1\.1\.0 to 1\.4"):
        history().release("1.5")
    with pytest.raises(ValueError, match="nothing was run before 1"):
        history().before("1.1")


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.OPTION, ABSENT, "not looked up"),
        (Kind.OPTION, None, "no default"),
        (Kind.OPTION, True, "true"),
        (Kind.OPTION, "7d", "7d"),
        (Kind.OPTION, [1, 2], "1, 2"),
        (Kind.ANSWER, [404, "M_NOT_FOUND"], "404 M_NOT_FOUND"),
        (Kind.ANSWER, ["/a", "/b"], "/a, then /b"),
        (Kind.ANSWER, ["header", "query"], "header, query"),
        (Kind.ANSWER, [], "none"),
        (Kind.ANSWER, ABSENT, "not there"),
        (Kind.LABELS, ["/a", "/b"], "/a, /b"),
        (Kind.SCHEMA, 94, "94"),
        (
            Kind.READING,
            {"error": "Bad:\n it", "warnings": []},
            "Synapse does not start: Bad: it",
        ),
        (Kind.READING, {"error": None, "warnings": []}, "Synapse starts"),
        (Kind.READING, {"error": None, "warnings": ["old"]}, "Synapse starts and warns: old"),
    ],
)
def test_an_observation_is_put_into_words_by_its_kind(kind: Kind, value: Any, text: str) -> None:
    assert in_words(kind, value) == text


def test_the_repr_of_absent_is_its_name() -> None:
    assert repr(ABSENT) == "ABSENT"
