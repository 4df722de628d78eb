"""Wrong, late or missing answers: Synapse and ours treat them alike."""

import json
from typing import Any

import pytest

from snippets.application_services.tables import ERRORS
from tests.application_services.misbehaving import CASES, ours, synapses, waits_s
from tests.real import synapse
from tests.real.fixtures import need
from tests.real.releases import NEWEST

pytestmark = pytest.mark.slow

RECORDED = json.loads(ERRORS.read_text("utf-8"))["releases"]


@pytest.mark.parametrize("release", synapse.LIVE)
def test_synapse_still_treats_wrong_answers_as_recorded(release: str) -> None:
    need(lambda: synapse.python(release))
    assert synapses(release) == RECORDED[release]


@pytest.mark.parametrize("release", synapse.LIVE)
def test_synapse_waits_for_an_answer_for_60_seconds(release: str) -> None:
    need(lambda: synapse.python(release))
    assert waits_s(release) == [60]


def test_ours_returns_and_warns_as_recorded() -> None:
    assert _warned(ours()) == _warned(RECORDED[NEWEST])


def _warned(outcomes: dict[str, dict[str, list[Any]]]) -> dict[str, dict[str, tuple[Any, bool]]]:
    """The same, with only whether there was a warning: the texts differ."""
    return {
        case: {call: (given, bool(lines)) for call, (given, *lines) in calls.items()}
        for case, calls in outcomes.items()
    }


def test_the_recorded_releases_agree_on_wrong_answers() -> None:
    assert all(_warned(RECORDED[release]) == _warned(RECORDED["1.89.0"]) for release in RECORDED)


def test_a_refused_transaction_is_recorded_as_logged_with_its_status() -> None:
    for found in RECORDED.values():
        assert found["401"]["push_bulk"][1].startswith("push_bulk to … received code=401")
        assert found["no connection"]["push_bulk"][1] == "push_bulk to … threw exception"


def test_an_answer_that_is_not_json_is_recorded_as_no_answer() -> None:
    html = RECORDED[NEWEST]["text that is no JSON"]
    assert html["push_bulk"] == [False, "push_bulk to … threw exception"]
    assert html == RECORDED[NEWEST]["nothing"]
    assert set(RECORDED[NEWEST]) == set(CASES)
