"""Wrong, late or missing answers: Synapse and ours treat them alike."""

import json
from typing import Any

import pytest

from snippets.application_services.tables import ERRORS
from tests.application_services.misbehaving import (
    CASES,
    ours,
    synapses,
    waits_s,
    without_an_address,
)
from tests.real import synapse
from tests.real.fixtures import need
from tests.real.releases import NEWEST

pytestmark = pytest.mark.slow

RECORDED = json.loads(ERRORS.read_text("utf-8"))["releases"]


@pytest.mark.proves(
    "releases-agree-on-wrong-answers",
    "json-is-a-yes",
    "empty-answer-swallows-events",
    "error-page-swallows-nothing",
    "closed-connection-is-504",
    "exception-means-no-json",
    "missing-alias-is-warned-of",
    "error-counts-as-no-answer",
)
@pytest.mark.parametrize("release", synapse.LIVE)
def test_synapse_still_treats_wrong_answers_as_recorded(release: str) -> None:
    need(lambda: synapse.python(release))
    assert synapses(release) == RECORDED[release]


@pytest.mark.proves("null-url-is-not-asked")
@pytest.mark.parametrize("release", synapse.LIVE)
def test_a_service_without_an_address_is_not_asked(release: str) -> None:
    need(lambda: synapse.python(release))
    assert without_an_address(release) == {
        "query_user": [False],
        "query_alias": [False],
        "query_3pe": [[]],
        "get_3pe_protocol": [{}],
        "push_bulk": YES,
        "ping": ["error"],
    }


@pytest.mark.proves("waits-for-an-answer")
@pytest.mark.parametrize("release", synapse.LIVE)
def test_synapse_waits_for_an_answer_for_60_seconds(release: str) -> None:
    need(lambda: synapse.python(release))
    assert waits_s(release) == [60]


@pytest.mark.proves("ours-treats-wrong-answers-alike")
def test_ours_returns_and_warns_as_recorded() -> None:
    assert _warned(ours()) == _warned(RECORDED[NEWEST])


def _warned(outcomes: dict[str, dict[str, list[Any]]]) -> dict[str, dict[str, tuple[Any, bool]]]:
    """The same, with only whether there was a warning: the texts differ."""
    return {
        case: {call: (given, bool(lines)) for call, (given, *lines) in calls.items()}
        for case, calls in outcomes.items()
    }


@pytest.mark.proves("releases-agree-on-wrong-answers")
def test_the_recorded_releases_agree_on_wrong_answers() -> None:
    assert all(_warned(RECORDED[release]) == _warned(RECORDED["1.89.0"]) for release in RECORDED)


YES = [True]
NO_ANSWER = {"text that is no JSON", "nothing", "half of what it promises", "no HTTP"}


@pytest.mark.proves("json-is-a-yes", "empty-answer-swallows-events")
def test_json_is_recorded_as_a_yes_unless_it_is_null_and_as_an_arrived_transaction() -> None:
    for found in RECORDED.values():
        for case in ("an empty object", "an error with status 200", "false", "a list of nonsense"):
            assert found[case]["query_user"] == found[case]["query_alias"] == YES
            assert found[case]["push_bulk"] == YES
        assert found["null"]["query_user"] == found["null"]["query_alias"] == [False]
        assert found["null"]["push_bulk"] == YES


@pytest.mark.proves("exception-means-no-json")
def test_a_transaction_is_recorded_as_an_exception_without_a_whole_answer_that_is_json() -> None:
    for found in RECORDED.values():
        threw = {case for case in CASES if "threw" in str(found[case]["push_bulk"])}
        assert threw == NO_ANSWER | {"no connection"}


@pytest.mark.proves("error-counts-as-no-answer", "error-page-swallows-nothing")
def test_an_error_or_text_that_is_not_json_is_recorded_as_no_and_as_not_arrived() -> None:
    for found in RECORDED.values():
        for case in NO_ANSWER | {"401", "404", "404 without JSON", "500"}:
            assert found[case]["query_user"][0] is found[case]["query_alias"][0] is False
            assert found[case]["push_bulk"][0] is False


@pytest.mark.proves("closed-connection-is-504", "exception-means-no-json")
def test_a_refused_transaction_is_recorded_as_logged_with_its_status() -> None:
    text = "push_bulk to … received code=504 msg=Timeout waiting for response from remote server"
    for found in RECORDED.values():
        assert found["401"]["push_bulk"][1].startswith("push_bulk to … received code=401")
        for case in ("no answer in time", "the end of the connection"):
            assert found[case]["push_bulk"][1] == text
        for case in {"no connection", *NO_ANSWER}:
            assert found[case]["push_bulk"][1] == "push_bulk to … threw exception"


@pytest.mark.proves("missing-alias-is-warned-of")
def test_an_alias_that_is_missing_is_recorded_as_logged_and_a_user_is_not() -> None:
    for found in RECORDED.values():
        assert found["404"]["query_alias"] == [False, "query_alias to … received 404"]
        assert found["404"]["query_user"] == [False]


def test_the_recording_has_all_cases() -> None:
    assert set(RECORDED[NEWEST]) == set(CASES)
