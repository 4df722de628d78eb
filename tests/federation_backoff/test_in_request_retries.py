"""The attempts within one request: ours compared with two Synapse releases."""

import json
import math
import random
import secrets
from pathlib import Path

import pytest

from snippets.configuration import FederationConfig
from snippets.federation_backoff import HttpResponseException
from snippets.federation_backoff.in_request_retries import in_request_delays, is_repeated
from tests.federation_backoff.in_request import (
    COUNTS,
    OUTCOMES,
    RECORDED,
    our_delays,
    random_request,
    request,
    synapses,
    table,
)
from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED, NEWEST, OLD

TABLE = json.loads(RECORDED.read_text("utf-8"))["synapse"]


@pytest.mark.proves("waits-of-the-defaults")
def test_the_defaults_make_four_short_attempts_or_eleven_long_ones() -> None:
    for long_retries, caps in (
        (False, [500, 1000, 2000]),
        (True, [4000, 16_000] + [60_000] * 8),
    ):
        delays = list(
            in_request_delays(FederationConfig(), random.Random(1), long_retries=long_retries)
        )
        assert len(delays) == len(caps)
        for delay, cap in zip(delays, caps, strict=True):
            assert 0.8 * cap <= delay <= 1.4 * cap
        assert sum(caps) == (500_000 if long_retries else 3500)


@pytest.mark.proves("random-factor-and-maximum")
def test_jitter_comes_after_the_cap() -> None:
    config = FederationConfig(max_short_retry_delay_ms=1000, max_short_retries=50)
    assert max(in_request_delays(config, random.Random(1))) > 1300


@pytest.mark.proves(
    "retry-after-is-ignored",
    "waits-of-the-defaults",
    "options-of-the-two-layers",
    "random-factor-and-maximum",
    "retry-after-changes-no-wait",
    "250-requests-have-the-same-waits",
)
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_every_wait_equals_synapses(release: str) -> None:
    python: Path = synapse_python(release)
    seed = secrets.randbits(32)
    rng = random.Random(seed)
    asked = [random_request(rng) for _ in range(250)]
    for number, (one, answer) in enumerate(zip(asked, synapses(python, asked), strict=True)):
        assert our_delays(one) == (answer["delays"], answer["raised"]), f"seed {seed}, {number}"
        assert answer["attempts"] == len(answer["delays"]) + 1
        assert answer["rows"] == [600_000]


@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
@pytest.mark.parametrize("option", ["max_short_retries", "max_long_retries"])
def test_an_invalid_count_ends_as_in_synapse(release: str, option: str) -> None:
    python: Path = synapse_python(release)
    long_retries = {"long_retries": option == "max_long_retries"}
    asked = [request_of(count, option, long_retries) for count in COUNTS]
    for count, one, answer in zip(COUNTS, asked, synapses(python, asked), strict=True):
        delays, raised = our_delays(one)
        assert raised == answer["raised"], count
        # However it ends, it is one failure of the destination.
        assert answer["rows"] == ([] if raised == "StillGoing" else [600_000]), count
        assert len(delays) == len(answer["delays"]), count
        for ours, theirs in zip(delays, answer["delays"], strict=True):
            assert ours == theirs or (math.isnan(ours) and math.isnan(theirs))


@pytest.mark.proves(
    "quoted-count-raises-type-error",
    "negative-count-overflows",
    "broken-count-overflows",
)
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
@pytest.mark.parametrize(
    ("option", "count", "waits", "error"),
    [
        (
            "max_short_retries",
            "3",
            0,
            "TypeError: unsupported operand type(s) for -: 'str' and 'str'",
        ),
        ("max_long_retries", "3", 0, 'TypeError: can only concatenate str (not "int") to str'),
        ("max_short_retries", -1, 1024, "OverflowError: int too large to convert to float"),
        ("max_long_retries", 2.5, 511, "OverflowError: (34, 'Numerical result out of range')"),
    ],
)
def test_the_error_of_an_invalid_count_is_that_of_the_page(
    release: str, option: str, count: object, waits: int, error: str
) -> None:
    asked = request_of(count, option, {"long_retries": option == "max_long_retries"})
    (answer,) = synapses(synapse_python(release), [asked])
    assert (len(answer["delays"]), f"{answer['raised']}: {answer['message']}") == (waits, error)


@pytest.mark.proves("negative-long-count-goes-on")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_long_retries_with_a_count_of_minus_1_go_on_without_an_error(release: str) -> None:
    asked = request_of(-1, "max_long_retries", {"long_retries": True})
    (answer,) = synapses(synapse_python(release), [asked])
    assert (answer["raised"], len(answer["delays"])) == ("StillGoing", 1100)


def request_of(count: object, option: str, options: dict[str, bool]) -> dict[str, object]:
    return request("503", options, **{option: count})


@pytest.mark.proves(
    "client-raises-request-send-failed",
    "attempts-are-one-failure",
    "all-attempts-are-one-failure",
    "own-timeout-means-one-attempt",
    "401-is-not-tried-again",
)
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_synapse_still_repeats_what_was_recorded(release: str) -> None:
    assert table(synapse_python(release)) == TABLE[release]


def test_what_is_repeated_is_what_both_releases_repeat() -> None:
    assert TABLE[OLD] == TABLE[NEWEST]
    for outcome in OUTCOMES:
        answers = TABLE[NEWEST][outcome]
        if outcome == "200":
            assert answers["short retries"] == {"attempts": 1, "raised": None, "failures": 0}
            continue
        number = outcome.isdecimal()
        error = HttpResponseException(int(outcome)) if number else ConnectionRefusedError()
        assert is_repeated(error) is (answers["short retries"]["attempts"] == 4), outcome
        assert is_repeated(error) is (answers["long retries"]["attempts"] == 11), outcome
        assert not is_repeated(error, timeout_ms=10_000)
        assert answers["with a timeout of its own"]["attempts"] == 1


@pytest.mark.proves("client-raises-request-send-failed")
def test_the_client_raises_request_send_failed_for_no_answer_a_5xx_and_a_429() -> None:
    raised = {
        outcome: answers["short retries"]["raised"] for outcome, answers in TABLE[NEWEST].items()
    }
    failed = {outcome for outcome, name in raised.items() if name == "RequestSendFailed"}
    assert failed == {"refused", "no such name", "500", "503", "429"}
    refused = {outcome for outcome, name in raised.items() if name == "HttpResponseException"}
    assert refused == {"401", "403", "404", "301"}


@pytest.mark.proves("attempts-are-one-failure")
def test_all_attempts_of_a_request_are_one_failure_of_the_destination() -> None:
    for answers in TABLE[NEWEST].values():
        assert {answer["failures"] for answer in answers.values()} <= {0, 1}
    assert TABLE[NEWEST]["503"]["long retries"] == {
        "attempts": 11,
        "raised": "RequestSendFailed",
        "failures": 1,
    }


@pytest.mark.proves("another-success-ends-the-wait")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
@pytest.mark.parametrize("long_retries", [False, True])
def test_a_sign_that_the_destination_is_up_ends_the_wait_between_attempts(
    release: str, long_retries: bool
) -> None:
    """The sign is another request that succeeds, if the row has a failure."""
    steps = [{"row": None}, {"row": [1, 1, 1]}] * 3
    asked = {**request("refused", {"long_retries": long_retries}), "steps": steps}
    (answer,) = synapses(synapse_python(release), [asked])
    assert answer["attempts"] == [1, 1, 2, 2, 3, 3, 4]


@pytest.mark.proves("client-timeout-is-per-attempt", "options-of-the-two-layers")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_each_attempt_may_take_the_client_timeout(release: str) -> None:
    asked = {**request("silent", client_timeout="5s"), "steps": [4.9, 0.2] * 3}
    (answer,) = synapses(synapse_python(release), [asked])
    assert answer["attempts"] == [1, 1, 2, 2, 3, 3, 4]
