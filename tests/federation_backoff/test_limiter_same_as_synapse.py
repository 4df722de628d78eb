"""Our limiter and table against those of six Synapse releases: same request, same row."""

import json
import random
import secrets
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from snippets.federation_backoff.policy import CATCH_UP_MS
from tests.federation_backoff import decisions
from tests.federation_backoff.record import (
    DECISIONS,
    RELEASES,
    SEQUENCES,
    compact,
    recorded_sequence,
    recording,
)
from tests.federation_backoff.sequences import ours, random_sequence, synapses

RECORDED = {
    release: [json.loads(line) for line in recording(release).read_text("utf-8").splitlines()[1:]]
    for release in RELEASES
}
TABLE = json.loads(DECISIONS.read_text("utf-8"))
LIVE = {"1.90.0": "synapse_1_90_python", "1.163.2": "synapse_1_163_python"}
ERAS = ["1.89.0", "1.90.0", "1.91.2", "1.94.0", "1.95.1"]


@pytest.mark.parametrize("release", RELEASES)
def test_after_every_operation_the_row_the_error_and_the_notices_are_the_recorded_ones(
    release: str,
) -> None:
    assert [run["schedule"] for run in RECORDED[release]] == list(range(SEQUENCES))
    for run in RECORDED[release]:
        sequence = recorded_sequence(release, run["schedule"])
        assert len(sequence["operations"]) == 60
        assert compact(ours(sequence, release)) == run["seen"], (release, run["schedule"])


@pytest.mark.slow
@pytest.mark.parametrize(("older", "newer"), list(pairwise(ERAS)))
def test_the_recording_tells_each_era_from_the_next(older: str, newer: str) -> None:
    convicted = 0
    for run in RECORDED[older]:
        sequence = recorded_sequence(older, run["schedule"])
        convicted += compact(ours(sequence, newer)) != run["seen"]
    assert convicted > 10


@pytest.mark.slow
@pytest.mark.parametrize("release", LIVE)
def test_synapse_still_does_what_was_recorded_and_the_same_as_ours_in_new_sequences(
    release: str, request: pytest.FixtureRequest
) -> None:
    python: Path = request.getfixturevalue(LIVE[release])
    known = [recorded_sequence(release, number) for number in range(SEQUENCES)]
    seed = secrets.randbits(32)
    rng = random.Random(seed)
    new = [random_sequence(rng, release, length=rng.randint(1, 120)) for _ in range(400)]
    seen = synapses(python, known + new)
    assert [compact(views) for views in seen[:SEQUENCES]] == [
        run["seen"] for run in RECORDED[release]
    ]
    for number, (sequence, views) in enumerate(zip(new, seen[SEQUENCES:], strict=True)):
        assert ours(sequence, release) == views, f"seed {seed}, sequence {number}"


def test_every_outcome_is_decided_as_each_release_decides_it() -> None:
    assert [release for group in TABLE["synapse"] for release in group["releases"]] == RELEASES
    for group in TABLE["synapse"]:
        for release in group["releases"]:
            assert decisions.our_decisions(release) == group["decisions"], release


@pytest.mark.slow
@pytest.mark.parametrize("release", LIVE)
def test_synapse_still_decides_as_recorded(release: str, request: pytest.FixtureRequest) -> None:
    decided = decisions.synapses_decisions(release, request.getfixturevalue(LIVE[release]))
    (group,) = [group for group in TABLE["synapse"] if release in group["releases"]]
    assert decided == group["decisions"]


@pytest.mark.slow
@pytest.mark.parametrize("release", LIVE)
@pytest.mark.parametrize("multiplier", ["two", None, [2]])
def test_a_multiplier_that_is_no_number_hides_the_error_only_in_synapse(
    release: str, multiplier: object, request: pytest.FixtureRequest
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
    (theirs,) = synapses(request.getfixturevalue(LIVE[release]), [sequence])
    own = ours(sequence, release)
    assert [raised for raised, _, _ in theirs][1::3] == ["RequestSendFailed", "TypeError"]
    assert [raised for raised, _, _ in own][1::3] == ["RequestSendFailed", "RequestSendFailed"]
    assert [row for _, row, _ in own] == [row for _, row, _ in theirs]


@pytest.mark.slow
@pytest.mark.parametrize("release", LIVE)
def test_with_a_multiplier_of_1_synapses_waits_grow_by_what_the_jitter_is_in_the_median(
    release: str, request: pytest.FixtureRequest
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
    seen = synapses(request.getfixturevalue(LIVE[release]), sequences)
    waits = [[row[2] for _, row, _ in views[2::3] if row] for views in seen]
    last = sorted(life[-1] for life in waits)
    # 1.90 stores no wait that is shorter than the last one, so its waits never shrink.
    least, most = (4000, 5500) if release == "1.163.2" else (9000, 2**40)
    assert least < last[lives // 2] < most
    shrank = any(after < before for life in waits for before, after in pairwise(life))
    assert shrank == (release == "1.163.2")


@pytest.mark.slow
def test_the_catch_up_limit_is_an_hour(synapse_1_163_python: Path) -> None:
    program = (
        "from synapse.federation.sender import per_destination_queue as queue; "
        "print(queue.CATCHUP_RETRY_INTERVAL)"
    )
    done = subprocess.run(
        [synapse_1_163_python, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) == CATCH_UP_MS == 60 * 60 * 1000
