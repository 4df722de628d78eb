"""Registration files: real releases and ours accept and refuse the same ones."""

import os
import random
import secrets
from typing import Any

import pytest

from snippets.application_services import ApplicationService, BadRegistration, read_all
from snippets.application_services.refusals import refusal
from snippets.application_services.tables import REGISTRATIONS, read_recording
from snippets.shared.release import NEWEST
from tests.application_services.homeservers import registration
from tests.application_services.registrations import (
    OTHER,
    RIGHT,
    SCOPES,
    cases,
    mixed,
    ours,
    synapses,
)
from tests.application_services.registrations import recorded as taken
from tests.real import synapse
from tests.real.fixtures import need

RECORDED = read_recording(REGISTRATIONS)["releases"]
CASES = cases()
# `make test-releases` runs every release, so that each change is tied to the right release.
RUN = synapse.releases() if "EVERY_RELEASE" in os.environ else synapse.COMPARED


@pytest.mark.slow
@pytest.mark.parametrize("release", synapse.COMPARED)
def test_synapse_still_accepts_and_refuses_the_recorded_registrations(release: str) -> None:
    need(lambda: synapse.python(release))
    assert taken(release) == RECORDED[release]


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
