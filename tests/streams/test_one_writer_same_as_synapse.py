"""Our generator against the one inside Synapse 1.90.0: same schedule, same token, every step."""

import json
import secrets
from random import Random

import pytest

from snippets.streams import StreamIdGenerator, trace
from tests.real.fixtures import synapse_python
from tests.real.releases import OLD
from tests.streams.one_writer import (
    WORKED_EXAMPLE,
    drive,
    operations,
    ours,
    random_schedule,
    synapses,
)
from tests.streams.record import ONE_WRITER, one_writer_schedules

RECORDED = [json.loads(line) for line in ONE_WRITER.read_text("utf-8").splitlines()[1:]]


def test_the_recording_holds_the_worked_example_and_500_random_schedules() -> None:
    assert [run["schedule"] for run in RECORDED] == one_writer_schedules()
    assert len(RECORDED) > 500
    assert RECORDED[0]["schedule"] == WORKED_EXAMPLE


def test_every_token_equals_the_recorded_one() -> None:
    for run in RECORDED:
        assert ours(run["schedule"]) == run["seen"], run["schedule"]


def test_a_trace_shows_the_recorded_tokens() -> None:
    one_at_a_time = [
        run for run in RECORDED if all(len(ids) == 1 for _, ids in operations(run["schedule"]))
    ]
    assert len(one_at_a_time) > 250
    for run in one_at_a_time:
        assert [row.current for row in trace(run["schedule"])] == run["seen"], run["schedule"]


@pytest.mark.slow
def test_synapse_still_gives_the_recorded_tokens() -> None:
    live = synapses(synapse_python(OLD), [run["schedule"] for run in RECORDED])
    assert live == [run["seen"] for run in RECORDED]


@pytest.mark.slow
def test_schedules_that_nobody_has_seen_give_the_same_tokens() -> None:
    seed = secrets.randbits(32)
    rng = Random(seed)
    fresh = [random_schedule(rng, length=rng.randint(1, 120)) for _ in range(500)]
    for schedule, tokens in zip(fresh, synapses(synapse_python(OLD), fresh), strict=True):
        assert ours(schedule) == tokens, f"seed {seed}: {schedule}"


@pytest.mark.slow
def test_a_negative_count_moves_synapse_back_and_raises_here() -> None:
    assert drive(synapse_python(OLD), ["negative count"]) == [[1, -2]]
    stream = StreamIdGenerator()
    with pytest.raises(ValueError, match="write 0 or more"), stream.get_next_mult(-3):
        pass
    assert stream.get_current_token() == 1


@pytest.mark.slow
def test_synapse_reserves_at_the_call_and_ours_on_entry() -> None:
    assert drive(synapse_python(OLD), ["never entered"]) == [[1, 1]]
    stream = StreamIdGenerator(1)
    stream.get_next()
    with stream.get_next():
        pass
    assert stream.get_current_token() == 2


@pytest.mark.slow
def test_an_id_that_left_no_row_is_handed_out_again_after_a_restart() -> None:
    assert drive(synapse_python(OLD), ["restart after a failure"]) == [[4, 4]]
    handed_out = []
    for _ in range(2):
        with StreamIdGenerator(3).get_next() as stream_id:
            handed_out.append(stream_id)
    assert handed_out == [4, 4]
