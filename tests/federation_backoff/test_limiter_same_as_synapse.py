"""Our limiter and table compared with those of six Synapse releases: same request, same row."""

import json
import random
import secrets
import subprocess
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from snippets.federation_backoff.policy import CATCH_UP_MS
from tests import recordings
from tests.federation_backoff import decisions
from tests.federation_backoff.record import DECISIONS, RELEASES, mass, recording
from tests.federation_backoff.sequences import (
    OUTCOMES,
    START_MS,
    compact,
    from_words,
    in_words,
    ours,
    random_sequence,
    synapses,
)
from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED, ERAS, NEWEST
from tests.recordings import Steps

DAY_MS = 86_400_000
RECORDED = {release: recordings.read(recording(release)) for release in RELEASES}
TABLE = json.loads(DECISIONS.read_text("utf-8"))


def own(release: str, steps: Steps) -> list[Any]:
    """Our views."""
    return compact(ours(from_words(steps), release))


@pytest.mark.proves(
    "five-kinds-of-releases",
    "options-changed-the-waits",
    "200-sequences-of-six-releases",
    "symptoms-by-release",
    "at-the-maximum-1-90-stores-nothing",
    "row-of-1-89-in-newer-releases",
    "failures-were-announced",
    "overlap-may-shorten-the-wait",
    "early-success-ends-nothing",
)
@pytest.mark.parametrize("release", RELEASES)
def test_after_every_operation_the_row_the_error_and_the_notices_are_the_recorded_ones(
    release: str,
) -> None:
    assert recordings.differences(RECORDED[release], partial(own, release)) == []
    schedules = mass(release)
    assert (len(RELEASES), len(schedules)) == (6, 200)
    assert {len(steps) for steps in schedules} == {1 + 60}
    runs = map(partial(own, release), schedules)
    assert recordings.mass_differs(RECORDED[release], schedules, runs) is None


@pytest.mark.proves("five-kinds-of-releases", "symptoms-by-release")
@pytest.mark.slow
@pytest.mark.parametrize(("older", "newer"), list(pairwise(ERAS)))
def test_the_recording_distinguishes_each_era_from_the_next(older: str, newer: str) -> None:
    convicted = recordings.differences(RECORDED[older], partial(own, newer))
    assert len(convicted) > 5
    assert sum(own(older, steps) != own(newer, steps) for steps in mass(older)) > 10


def test_a_sequence_in_words_is_parsed_as_the_same_sequence() -> None:
    rng = random.Random(1754)
    for release in RELEASES:
        for _ in range(50):
            sequence = random_sequence(rng, release)
            operations = [["advance", 0], *sequence["operations"]]
            assert from_words(in_words(sequence)) == {**sequence, "operations": operations}


def test_words_that_are_not_a_step_are_refused() -> None:
    start = "start with seed 1, federation {}, row None"
    with pytest.raises(ValueError, match="no start: 'begin'"):
        from_words(["begin"])
    with pytest.raises(ValueError, match="no step: 'r1 sings'"):
        from_words([start, "r1 sings"])


@pytest.mark.proves(
    "retry-interval-is-the-whole-wait",
    "wait-grows-to-the-maximum",
    "nothing-is-sent-during-a-wait",
    "first-wait-is-the-minimum",
    "row-of-a-destination",
    "row-after-a-success",
    "recovery-is-announced",
    "ignoring-requests-add-no-wait",
    "two-releases-run-new-sequences",
    "waits-stay-at-the-maximum",
    "minimum-multiplier-maximum",
    "dead-server-costs-one-request-per-maximum",
    "low-multiplier-may-shrink-a-wait",
    "lower-maximum-counts-from-the-next-failure",
    "minimum-above-the-maximum",
    "options-of-the-two-layers",
    "random-factor-and-maximum",
    "overlap-may-shorten-the-wait",
    "early-success-ends-nothing",
    "minimum-of-0-turns-it-off",
    "huge-minimum-turns-it-off",
    "maximum-of-0-halves-it",
    "minimum-has-no-limit",
)
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_synapse_still_does_what_was_recorded_and_the_same_as_ours_in_new_sequences(
    release: str,
) -> None:
    python: Path = synapse_python(release)
    recorded = RECORDED[release]
    few, made = [from_words(run["schedule"]) for run in recorded.runs], mass(release)
    seed = secrets.randbits(32)
    rng = random.Random(seed)
    new = [random_sequence(rng, release, length=rng.randint(1, 120)) for _ in range(400)]
    runs = synapses(python, [*few, *map(from_words, made), *new])
    readable, of_mass = runs[: len(few)], runs[len(few) : -len(new)]
    assert list(map(compact, readable)) == [run["seen"] for run in recorded.runs]
    for steps, views in zip(made, of_mass, strict=True):
        assert own(release, steps) == compact(views), steps
    assert recordings.mass_differs(recorded, made, map(compact, of_mass)) is None
    for number, (sequence, views) in enumerate(zip(new, runs[-len(new) :], strict=True)):
        assert ours(sequence, release) == views, f"seed {seed}, sequence {number}"


@pytest.mark.proves(
    "outcomes-in-one-rule",
    "limiter-decides-each-cell",
    "24-outcomes-of-six-releases",
    "404-was-a-success",
)
def test_every_outcome_is_decided_as_each_release_decides_it() -> None:
    assert (len(RELEASES), len(OUTCOMES)) == (6, 24)
    for group in TABLE["synapse"]:
        for release in group["releases"]:
            switches = group["decisions"]
            assert ("backoff_on_all_error_codes" in switches) == (release not in ERAS[:3])
            assert {"none", "backoff_on_404", "ignore_backoff"} <= set(switches)
            assert all(set(decided) == set(OUTCOMES) for decided in switches.values())
    assert [release for group in TABLE["synapse"] for release in group["releases"]] == RELEASES
    for group in TABLE["synapse"]:
        for release in group["releases"]:
            assert decisions.our_decisions(release) == group["decisions"], release


@pytest.mark.proves(
    "outcomes-in-one-rule",
    "limiter-decides-each-cell",
    "24-outcomes-of-six-releases",
    "404-was-a-success",
)
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_synapse_still_decides_as_recorded(release: str) -> None:
    decided = decisions.synapses_decisions(release, synapse_python(release))
    (group,) = [group for group in TABLE["synapse"] if release in group["releases"]]
    assert decided == group["decisions"]


@pytest.mark.proves(
    "minimum-of-0-turns-it-off", "huge-minimum-turns-it-off", "the-minimum-changes-no-wait"
)
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
@pytest.mark.parametrize("minimum", [0, -5, 2**63])
def test_a_minimum_that_turns_the_backoff_off_leaves_the_waits_that_there_are(
    release: str, minimum: int
) -> None:
    day_ms = 24 * 60 * 60 * 1000
    failing = [["acquire", "a", {}], ["exit", "a", "RequestSendFailed"], ["acquire", "b", {}]]
    sequences = [
        {
            "seed": 1,
            "config": {"destination_min_retry_interval": minimum},
            "row": row,
            "operations": [*waiting, *failing],
        }
        for row, waiting in (
            (None, []),
            ([START_MS, START_MS, day_ms], [["acquire", "early", {}], ["due", 0]]),
        )
    ]
    views = synapses(synapse_python(release), sequences)
    assert views == [ours(sequence, release) for sequence in sequences]
    begins, waits = views
    assert begins[-1][0] is None
    assert waits[0][0] == ["NotRetryingDestination", START_MS, day_ms]
    refused, _, longer_ms = waits[-1][0]
    assert refused == "NotRetryingDestination"
    assert longer_ms > day_ms


@pytest.mark.proves("word-as-multiplier-raises-type-error", "ours-differs-from-synapse")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
@pytest.mark.parametrize("multiplier", ["two", None, [2]])
def test_a_multiplier_that_is_not_a_number_hides_the_error_only_in_synapse(
    release: str, multiplier: object
) -> None:
    sequence = {
        "seed": 1,
        "config": {"destination_retry_multiplier": multiplier},
        "row": None,
        "operations": [
            ["acquire", "first", {}],
            ["exit", "first", "RequestSendFailed"],
            ["due", 0],
            ["acquire", "second", {}],
            ["exit", "second", "RequestSendFailed"],
        ],
    }
    (theirs,) = synapses(synapse_python(release), [sequence])
    own = ours(sequence, release)
    assert [raised for raised, _, _ in theirs][1::3] == ["RequestSendFailed", "TypeError"]
    assert [raised for raised, _, _ in own][1::3] == ["RequestSendFailed", "RequestSendFailed"]
    assert [row for _, row, _ in own] == [row for _, row, _ in theirs]


@pytest.mark.proves("multiplier-of-1-still-grows", "low-multiplier-may-shrink-a-wait")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_with_a_multiplier_of_1_synapses_waits_grow_by_the_median_jitter(
    release: str,
) -> None:
    failures, lives = 20, 400
    operations: list[list[object]] = []
    for number in range(failures):
        operations += [
            ["due", 0],
            ["acquire", str(number), {}],
            ["exit", str(number), "RequestSendFailed"],
        ]
    config = {"destination_min_retry_interval": "1s", "destination_retry_multiplier": 1}
    sequences = [
        {"seed": seed, "config": config, "row": None, "operations": operations}
        for seed in range(lives)
    ]
    runs = synapses(synapse_python(release), sequences)
    waits = [[row[2] for _, row, _ in views[2::3] if row] for views in runs]
    last = sorted(life[-1] for life in waits)
    # 1.90 does not store a wait that is shorter than the last one, so its waits never shrink.
    least, most = (4000, 5500) if release == NEWEST else (9000, 2**40)
    assert least < last[lives // 2] < most
    shrank = any(after < before for life in waits for before, after in pairwise(life))
    assert shrank == (release == NEWEST)


@pytest.mark.proves(
    "lower-maximum-counts-from-the-next-failure", "dead-server-costs-one-request-per-maximum"
)
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_1_90_stores_no_failure_under_a_lowered_maximum_and_the_newest_leaves_it_alone_for_that(
    release: str,
) -> None:
    before = [START_MS, START_MS, 7 * DAY_MS]
    sequence = {
        "seed": 1,
        "config": {"destination_max_retry_interval": "1d"},
        "row": before,
        "operations": [
            ["due", 0],
            ["acquire", "one", {}],
            ["exit", "one", "RequestSendFailed"],
            ["acquire", "at once", {}],
        ],
    }
    (theirs,) = synapses(synapse_python(release), [sequence])
    *_, (_, row, _), (refused, _, _) = theirs
    if release == NEWEST:
        assert row == [START_MS, START_MS + 7 * DAY_MS, DAY_MS]
        assert refused == ["NotRetryingDestination", row[1], DAY_MS]
    else:
        assert (row, refused) == (before, None)


@pytest.mark.proves("minimum-above-the-maximum", "first-wait-is-the-minimum")
@pytest.mark.slow
@pytest.mark.parametrize(("release", "second_days"), list(zip(COMPARED, (8, 1), strict=True)))
def test_a_minimum_above_the_maximum_is_the_first_wait_and_1_90_stores_no_shorter_one(
    release: str, second_days: int
) -> None:
    fails = [["due", 0], ["acquire", "one", {}], ["exit", "one", "RequestSendFailed"]]
    config = {"destination_min_retry_interval": "8d", "destination_max_retry_interval": "1d"}
    sequence = {"seed": 1, "config": config, "row": None, "operations": 2 * fails}
    (views,) = synapses(synapse_python(release), [sequence])
    waits = [row[2] for _, row, _ in views[2::3]]
    assert waits == [8 * DAY_MS, second_days * DAY_MS]


def printed(release: str, program: str) -> str:
    """What a program in the environment of a release prints."""
    command = [str(synapse_python(release)), "-W", "ignore", "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_the_catch_up_limit_is_an_hour() -> None:
    program = (
        "from synapse.federation.sender import per_destination_queue as queue; "
        "print(queue.CATCHUP_RETRY_INTERVAL)"
    )
    assert int(printed(NEWEST, program)) == CATCH_UP_MS == 60 * 60 * 1000


@pytest.mark.proves("retry-interval-is-the-whole-wait")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_the_error_of_a_refused_request_has_the_time_and_the_whole_wait(release: str) -> None:
    program = (
        "from synapse.util.retryutils import NotRetryingDestination as Refused; "
        "print(Refused(1764000000000, 604800000, 'dead.example'))"
    )
    assert printed(release, program).strip() == (
        "Not retrying server dead.example because we tried it recently "
        "retry_last_ts=1764000000000 and we won't check for another retry_interval=604800000ms."
    )
