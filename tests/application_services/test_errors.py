"""Answers that are nonsense, late or missing: what Synapse makes of them, and ours the same."""

import json

import pytest

from tests.application_services.misbehaving import CASES, ours, synapses
from tests.application_services.record import ERRORS
from tests.real import synapse
from tests.real.fixtures import need

pytestmark = pytest.mark.slow

RECORDED = json.loads(ERRORS.read_text("utf-8"))["releases"]


@pytest.mark.parametrize("release", synapse.LIVE)
def test_synapse_still_makes_of_wrong_answers_what_was_recorded(release: str) -> None:
    need(lambda: synapse.python(release))
    assert synapses(release) == RECORDED[release]


def test_ours_gives_and_warns_as_synapse_does() -> None:
    assert ours() == RECORDED["1.163.2"]


def test_releases_agree_on_wrong_answers() -> None:
    assert all(RECORDED[release] == RECORDED["1.89.0"] for release in synapse.LIVE)


def test_an_answer_that_is_no_json_counts_as_no_answer() -> None:
    html = RECORDED["1.163.2"]["text that is no JSON"]
    assert html["push_bulk"] == [False, True]
    assert html == RECORDED["1.163.2"]["nothing"]
    assert set(RECORDED["1.163.2"]) == set(CASES)
