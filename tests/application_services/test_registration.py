"""Registration files: real releases and ours accept and refuse the same ones."""

import os
import random
import re
import secrets
import string
from pathlib import Path
from typing import Any

import pytest

from snippets.application_services import ApplicationService, BadRegistration, read_all
from snippets.application_services.tables import REGISTRATIONS, read_recording
from snippets.configuration.refusals import refusal
from snippets.shared.release import NEWEST
from tests.application_services.homeservers import registration
from tests.application_services.registrations import (
    GONE,
    OTHER,
    PREFIX,
    RIGHT,
    SCOPES,
    cases,
    mixed,
    ours,
    synapses,
    written,
)
from tests.application_services.registrations import recorded as taken
from tests.real import synapse
from tests.real.fixtures import need
from tests.real.homeserver import homeserver

RECORDED = read_recording(REGISTRATIONS)["releases"]
CASES = cases()
# `make test-releases` runs every release, so that each change is tied to the right release.
RUN = synapse.releases() if "EVERY_RELEASE" in os.environ else synapse.COMPARED


@pytest.mark.proves(
    "tokens-that-two-services-share", "exclusive-is-true-or-false", "six-fields-are-required"
)
@pytest.mark.slow
@pytest.mark.parametrize("release", synapse.COMPARED)
def test_synapse_still_accepts_and_refuses_the_recorded_registrations(release: str) -> None:
    need(lambda: synapse.python(release))
    assert taken(release) == RECORDED[release]


@pytest.mark.proves("experimental-fields-by-release", "ours-refuses-the-same-registrations")
@pytest.mark.slow
@pytest.mark.parametrize("release", RUN)
def test_random_registrations_are_refused_as_in_synapse(
    release: str,
) -> None:
    need(lambda: synapse.python(release))
    seed = secrets.randbits(32)
    files = [*CASES.values(), *mixed(random.Random(seed), 300)]
    for texts, theirs in zip(files, synapses(release, files), strict=True):
        assert (ours(texts, release) is None) == (theirs is None), (seed, texts, theirs)


PLAIN = set(string.ascii_letters + string.digits + "_.-~/")


@pytest.mark.slow
@pytest.mark.proves("characters-of-sender-localpart")
@pytest.mark.parametrize("release", synapse.COMPARED)
def test_synapse_takes_these_characters_in_sender_localpart_and_no_others(release: str) -> None:
    need(lambda: synapse.python(release))
    characters = [chr(number) for number in range(128)]
    files = [[written({**RIGHT, "sender_localpart": f"irc{one}bot"})] for one in characters]
    verdicts = zip(characters, synapses(release, files), strict=True)
    assert {one for one, error in verdicts if error is None} == PLAIN


@pytest.mark.slow
@pytest.mark.proves("registration-error-ends-a-traceback", "files-stand-in-a-list")
def test_synapse_ends_with_the_error_of_a_registration(tmp_path: Path) -> None:
    need(lambda: synapse.python(synapse.COMPARED[-1]))
    file = tmp_path / "irc.yaml"
    file.write_text(written({**RIGHT, "id": GONE}))
    end = r"KeyError: .*'id'.*\s+There may be more information in the logs\."
    assert re.search(end, _refused([str(file)]))
    assert "Error in configuration at 'app_service_config_files'" in _refused(str(file))


def _refused(files: object) -> str:
    """What a homeserver that does not start with these registrations prints at its end."""
    with (
        pytest.raises(AssertionError, match="Synapse did not start") as raised,
        homeserver(synapse.COMPARED[-1], {"app_service_config_files": files}),
    ):
        pass
    return str(raised.value)


@pytest.mark.proves("six-fields-are-required")
def test_each_of_six_fields_is_recorded_as_required() -> None:
    for errors in RECORDED.values():
        for field in RIGHT:
            assert f"'{field}'" in str(errors[f"no {field}"])


@pytest.mark.proves("tokens-that-two-services-share", "exclusive-is-true-or-false")
def test_what_the_page_says_of_tokens_and_quotes_is_recorded() -> None:
    for errors in RECORDED.values():
        assert errors["the same hs_token in two files"] is None
        for field in ("id", "as_token"):
            assert str(errors[f"the same {field} in two files"]).startswith("ConfigError: Cannot")
        for value in ('"true"', "1", "null"):
            name = f'namespaces: {{"users": [{{"regex": "@_irc_.*", "exclusive": {value}}}]}}'
            assert "Missing/bad type 'exclusive'" in str(errors[name])


@pytest.mark.proves("ours-refuses-the-same-registrations")
@pytest.mark.parametrize("release", RECORDED)
def test_ours_refuses_what_the_recording_shows_refused_and_nothing_else(release: str) -> None:
    errors = RECORDED[release]
    assert set(errors) == set(CASES)
    assert len(CASES) > 150
    wrong = {
        name: (ours(texts, release), errors[name])
        for name, texts in CASES.items()
        if (ours(texts, release) is None) != (errors[name] is None)
    }
    assert wrong == {}


def test_a_refusal_is_one_line_with_the_file_and_what_to_write() -> None:
    for texts in CASES.values():
        message = ours(texts, NEWEST)
        if message and not message.startswith("while parsing"):  # YAML's own message
            assert "\n" not in message
            assert message.startswith("file ")
            assert ": write " in message


@pytest.mark.parametrize("field", ["as_token", "hs_token"])
def test_a_refusal_contains_no_token(field: str) -> None:
    for other in ({**OTHER, "as_token": RIGHT["as_token"]}, {**OTHER, "url": 5}):
        with pytest.raises(BadRegistration) as refused:
            read_all({"one.yaml": RIGHT, "other.yaml": other})
        assert RIGHT[field] not in str(refused.value)
        assert other[field] not in str(refused.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", 1), ("as_token", None), ("hs_token", []), ("sender_localpart", None), ("url", 5),
        ("namespaces", None), ("namespaces", []),
    ],
)  # fmt: skip
def test_a_registration_that_is_refused_names_the_field(field: str, value: Any) -> None:
    with pytest.raises(BadRegistration, match=f"^{field}: write"):
        ApplicationService.read({**registration("http://a"), field: value})


@pytest.mark.proves("experimental-fields-by-release")
@pytest.mark.parametrize(
    ("field", "before", "since"),
    [
        ("io.element.msc4190", "1.120", "1.121"),
        (SCOPES, "1.159", "1.160"),
        (PREFIX, "1.160", "1.161"),
    ],
)
def test_an_experimental_field_is_looked_at_since_its_release(
    field: str, before: str, since: str
) -> None:
    assert refusal({**RIGHT, field: 5}, before) is None
    assert refusal({**RIGHT, field: 5}, since) is not None


def test_scopes_are_looked_at_since_1_160() -> None:
    scopes = {**RIGHT, SCOPES: "all"}
    assert refusal(scopes, "1.159") is None
    assert str(refusal(scopes, "1.160")).startswith(f"{SCOPES}: write a list of ")


def test_a_url_must_be_given_even_if_it_is_null() -> None:
    without = registration("http://a")
    del without["url"]
    with pytest.raises(BadRegistration, match="url: write an address, or null"):
        ApplicationService.read(without)


def test_a_file_that_is_not_a_mapping_is_refused_with_advice() -> None:
    with pytest.raises(BadRegistration, match="is not a mapping: write `id: irc`"):
        ApplicationService.read(None)


def test_two_files_are_read_together() -> None:
    assert [service.id for service in read_all({"a": RIGHT, "b": OTHER}).values()] == [
        "irc",
        "other",
    ]
