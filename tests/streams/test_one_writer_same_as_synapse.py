"""Our generator compared with that of Synapse 1.90.0: same schedule, same token at every step."""

import secrets
from random import Random

import pytest

from snippets.streams import StreamIdGenerator, trace
from tests import recordings
from tests.real.fixtures import synapse_python
from tests.real.releases import OLD
from tests.recordings import Steps
from tests.streams.one_writer import (
    WORKED_EXAMPLE,
    drive,
    from_words,
    in_words,
    operations,
    ours,
    random_schedule,
    synapses,
)
from tests.streams.record import ONE_WRITER, one_writer_mass

RECORDED = recordings.read(ONE_WRITER)


def own(steps: Steps) -> list[int]:
    """Our tokens."""
    return ours(from_words(steps))


def test_the_first_schedule_that_the_recording_has_is_the_worked_example() -> None:
    assert from_words(RECORDED.runs[0]["schedule"]) == WORKED_EXAMPLE


@pytest.mark.proves("schedules-agree-step-by-step")
def test_every_token_equals_the_recorded_one() -> None:
    assert recordings.differences(RECORDED, own) == []


def test_every_token_of_600_schedules_is_one_that_the_recordings_digest_has() -> None:
    mass = one_writer_mass()
    assert recordings.mass_differs(RECORDED, mass, map(own, mass)) is None


def test_a_trace_shows_the_same_tokens() -> None:
    one_at_a_time = [
        schedule
        for schedule in map(from_words, one_writer_mass())
        if all(len(ids) == 1 for _, ids in operations(schedule))
    ]
    assert len(one_at_a_time) > 250
    for schedule in one_at_a_time:
        assert [row.current for row in trace(schedule)] == ours(schedule), schedule


def test_a_schedule_in_words_is_parsed_as_the_same_schedule() -> None:
    rng = Random(1754)
    for _ in range(100):
        schedule = random_schedule(rng)
        assert from_words(in_words(schedule)) == schedule


@pytest.mark.proves(
    "one-writer-reserves-no-gap",
    "the-last-id-before-the-oldest-pending-one",
    "a-failed-write-counts-as-completed",
    "schedules-agree-step-by-step",
)
@pytest.mark.slow
def test_synapse_still_gives_the_recorded_tokens() -> None:
    mass = one_writer_mass()
    schedules = [*(run["schedule"] for run in RECORDED.runs), *mass]
    live = synapses(synapse_python(OLD), list(map(from_words, schedules)))
    few = len(RECORDED.runs)
    assert live[:few] == [run["seen"] for run in RECORDED.runs]
    assert list(map(own, mass)) == live[few:]
    assert recordings.mass_differs(RECORDED, mass, live[few:]) is None


@pytest.mark.proves("the-last-id-before-the-oldest-pending-one", "schedules-agree-step-by-step")
@pytest.mark.slow
def test_new_random_schedules_give_the_same_tokens() -> None:
    seed = secrets.randbits(32)
    rng = Random(seed)
    fresh = [random_schedule(rng, length=rng.randint(1, 120)) for _ in range(500)]
    for schedule, tokens in zip(fresh, synapses(synapse_python(OLD), fresh), strict=True):
        assert ours(schedule) == tokens, f"seed {seed}: {schedule}"


@pytest.mark.proves("a-negative-count-moves-1-90-back", "ours-differs-from-synapse")
@pytest.mark.slow
def test_a_negative_count_moves_synapse_back_and_raises_here() -> None:
    assert drive(synapse_python(OLD), ["negative count"]) == [[1, -2]]
    stream = StreamIdGenerator()
    with (
        pytest.raises(ValueError, match="write the number of IDs, 0 or more"),
        stream.get_next_mult(-3),
    ):
        pass
    assert stream.get_current_token() == 1


@pytest.mark.slow
@pytest.mark.proves("ours-differs-from-synapse")
def test_synapse_reserves_at_the_call_and_ours_on_entry() -> None:
    assert drive(synapse_python(OLD), ["never entered"]) == [[1, 1]]
    stream = StreamIdGenerator(1)
    stream.get_next()
    with stream.get_next():
        pass
    assert stream.get_current_token() == 2


@pytest.mark.proves(
    "one-writer-gives-an-id-twice",
    "a-restart-may-move-the-token-back",
    "id-without-a-row-comes-again",
)
@pytest.mark.slow
def test_an_id_without_a_row_is_given_out_again_after_a_restart() -> None:
    assert drive(synapse_python(OLD), ["restart after a failure"]) == [[4, 4]]
    handed_out = []
    for _ in range(2):
        with StreamIdGenerator(3).get_next() as stream_id:
            handed_out.append(stream_id)
    assert handed_out == [4, 4]
