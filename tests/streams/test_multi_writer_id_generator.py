"""The rules of stream IDs with several writers; the six invariants are in test_invariants.py."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets.streams.multi_writer_id_generator import (
    MultiWriterIdGenerator,
    NotAWriter,
    UnknownWriter,
)
from snippets.streams.sequence import MemorySequence


def generator(instance_name: str = "first", **options: Any) -> MultiWriterIdGenerator:
    """One of two writers, or a reader of their stream."""
    options.setdefault("writers", ["first", "second"])
    options.setdefault("sequence", MemorySequence())
    return MultiWriterIdGenerator(instance_name=instance_name, **options)


@pytest.mark.proves("the-first-id-is-2")
def test_an_empty_stream_is_at_1_and_its_first_id_is_2() -> None:
    stream = generator()
    assert stream.get_current_token() == 1
    assert stream.get_positions() == {"first": 1, "second": 1}
    with stream.get_next() as stream_id:
        assert stream_id == 2


@pytest.mark.proves("with-one-writer-there-is-one-token")
def test_the_only_writer_of_a_stream_has_one_token() -> None:
    stream = generator(writers=["first"], positions={"first": 7}, sequence=MemorySequence(7))
    observed = []
    writes = [stream.get_next() for _ in range(4)]
    assert [write.__enter__() for write in writes] == [8, 9, 10, 11]
    for which in (1, 0, 3, 2):
        writes[which].__exit__(None, None, None)
        assert stream.get_current_token() == stream.get_current_token_for_writer("first")
        observed.append(stream.get_current_token())
    assert observed == [7, 9, 9, 11]


def test_a_position_does_not_go_back_to_an_id_that_the_sequence_gives_too_low() -> None:
    stream = generator(positions={"first": 7}, sequence=MemorySequence(4))
    positions = []
    for _ in range(4):
        with stream.get_next():
            pass
        positions.append(stream.get_positions()["first"])
    assert positions == [7, 7, 7, 8]


def test_the_linear_token_is_the_lowest_position_and_rises_over_gapless_ids() -> None:
    reader = generator("r", positions={"first": 3, "second": 5}, persisted=[5])
    observed = [reader.get_current_token()]
    for name, new_id in [("first", 6), ("second", 7), ("second", 9), ("first", 8), ("first", 11)]:
        reader.advance(name, new_id)
        observed.append(reader.get_current_token())
    reader.advance("second", 15)
    assert [*observed, reader.get_current_token()] == [3, 6, 7, 7, 9, 9, 11]


@pytest.mark.proves("pending-before-its-number-is-known")
def test_nothing_passes_the_highest_id_seen_while_the_sequence_answers() -> None:
    class Late(MemorySequence):
        def get_next_mult(self, n: int) -> list[int]:
            answer = super().get_next_mult(n)
            stream.advance("second", 6)
            tokens.append(stream.get_current_token())
            tokens.append(stream.get_current_token_for_writer("first"))
            tokens.append(stream.get_current_token_for_writer("second"))
            return answer

    tokens: list[int] = []
    stream = generator(positions={"first": 4, "second": 4}, sequence=Late(4))
    with stream.get_next() as stream_id:
        assert stream_id == 5
    assert tokens == [4, 4, 6]


@pytest.mark.proves("a-writers-token")
def test_an_idle_writer_follows_the_highest_id_and_a_busy_one_does_not() -> None:
    stream = generator(writers=["first", "second", "third"])
    stream.advance("second", 9)
    assert stream.get_current_token_for_writer("first") == 9
    assert stream.get_minimal_local_current_token() == 1
    assert stream.get_current_token() == 1, "the third is silent"
    with generator(positions={"first": 3}, sequence=MemorySequence(9)).get_next() as stream_id:
        assert stream_id == 10


@pytest.mark.proves("only-its-own-word-moves-a-position", "the-minimal-token-ignores-others")
@given(st.lists(st.tuples(st.sampled_from(["first", "second", "third"]), st.integers(1, 9))))
def test_a_position_moves_only_by_that_writers_own_word(words: list[tuple[str, int]]) -> None:
    stream = generator(writers=["first", "second", "third"])
    for name, more in words:
        before = stream.get_positions()
        if name == "first":  # this process: it writes
            with stream.get_next_mult(more):
                pass
        else:
            stream.advance(name, before[name] + more)
        after = stream.get_positions()
        assert after[name] > before.pop(name)
        assert all(after[other] == at for other, at in before.items())
        assert stream.get_minimal_local_current_token() == after["first"]


@pytest.mark.proves("the-minimal-token-ignores-others")
def test_a_process_that_does_not_write_has_the_linear_token_for_its_own() -> None:
    reader = generator("r", positions={"first": 3, "second": 4})
    for writer in ("first", "second"):
        reader.advance(writer, 7)
        assert reader.get_minimal_local_current_token() == reader.get_current_token()
    assert reader.get_current_token() == 7


def test_an_unknown_writer_counts_as_at_the_linear_token() -> None:
    assert generator(positions={"first": 7, "second": 5}).get_current_token_for_writer("x") == 5


def test_a_negative_stream_is_the_mirror_image() -> None:
    stream = generator("r", positions={"first": -3, "second": -5}, positive=False)
    assert stream.get_current_token() == -3
    stream.advance("second", -6)
    assert stream.get_positions() == {"first": -3, "second": -6}


def test_with_no_writers_named_every_process_may_write() -> None:
    stream = generator(writers=[])
    with stream.get_next() as stream_id:
        assert stream_id == 2
    stream.advance("anybody", 3)
    assert stream.get_positions() == {"first": 2, "anybody": 3}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_a_block_that_raises_completes_its_ids_and_raises(error: type[BaseException]) -> None:
    stream = generator()
    with pytest.raises(error), stream.get_next_mult(3):
        raise error
    assert stream.get_current_token_for_writer("first") == 4


def test_a_cancelled_task_leaks_no_id() -> None:
    stream = generator()

    async def cancel_while_writing() -> None:
        writing = asyncio.Event()

        async def write() -> None:
            with stream.get_next():
                writing.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(write())
        await writing.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel_while_writing())
    assert stream.get_current_token_for_writer("first") == 2


def test_an_interrupt_between_the_reservation_and_the_block_leaks_no_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = generator()
    reserve = stream._reserve

    def interrupted(*arguments: Any) -> None:
        reserve(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(stream, "_reserve", interrupted)
    with pytest.raises(KeyboardInterrupt), stream.get_next():
        pass
    assert stream.get_current_token_for_writer("first") == 2


def test_a_sequence_that_fails_leaves_nothing_pending() -> None:
    class Fails(MemorySequence):
        def get_next_mult(self, n: int) -> list[int]:
            raise OSError("no answer")

    stream = generator(sequence=Fails())
    with pytest.raises(OSError, match="no answer"), stream.get_next():
        pass
    stream.advance("second", 5)
    assert stream.get_current_token_for_writer("first") == 5


def test_a_sequence_that_fails_holds_nothing_back() -> None:
    class Fails(MemorySequence):
        def get_next_mult(self, n: int) -> list[int]:
            stream.advance("second", 6)
            raise OSError("no answer")

    stream = generator(sequence=Fails(), positions={"first": 4, "second": 4})
    with pytest.raises(OSError, match="no answer"), stream.get_next():
        pass
    assert stream.get_current_token_for_writer("first") == stream.get_current_token() == 6


@pytest.mark.parametrize("n", [1, 2])
def test_a_manager_cannot_be_entered_twice(n: int) -> None:
    stream = generator()
    write = stream.get_next() if n == 1 else stream.get_next_mult(n)
    with write, pytest.raises(RuntimeError, match="entered twice"), write:
        pass
    assert stream.get_current_token_for_writer("first") == 1 + n


def test_asking_for_no_ids_reserves_none() -> None:
    stream = generator()
    with stream.get_next_mult(0) as stream_ids:
        assert stream_ids == []
    assert stream.get_current_token_for_writer("first") == 1


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (
            lambda: generator("r").get_next().__enter__(),
            NotAWriter,
            "'r' reads this stream; it is written by 'first', 'second'",
        ),
        (
            lambda: generator("r").get_next_mult(2).__enter__(),
            NotAWriter,
            "'r' reads this stream; it is written by 'first', 'second'",
        ),
        (
            lambda: generator().get_next_mult(-1).__enter__(),
            ValueError,
            "get_next_mult(-1): write the number of IDs, 0 or more",
        ),
        (
            lambda: generator(sequence=None),
            ValueError,
            "'first' writes this stream: give it the `sequence`",
        ),
        (
            lambda: generator().advance("third", 5),
            UnknownWriter,
            "'third' is not a writer of this stream; its writers are 'first', 'second'",
        ),
        (lambda: generator(positions={"third": 5}), UnknownWriter, "'third' is not a writer"),
        (
            lambda: generator().advance("second", -5),
            ValueError,
            "'second' at -5: this stream's IDs are positive",
        ),
        (
            lambda: generator(positive=False).advance("second", 5),
            ValueError,
            "'second' at 5: this stream's IDs are negative",
        ),
        (
            lambda: generator(positions={"second": 9}).advance("second", 8),
            ValueError,
            "advance('second', 8): it is at 9, and a position never goes back",
        ),
        (
            lambda: generator().advance("first", 8),
            ValueError,
            "advance('first', 8): that is this process itself",
        ),
    ],
)
@pytest.mark.proves("ours-differs-from-synapse")
def test_impossible_calls_are_refused_with_advice(
    wrong: Callable[[], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as refused:
        wrong()
    assert message in str(refused.value)


def test_threads_share_a_stream_without_losing_or_repeating_an_id() -> None:
    stream = generator()
    got: list[int] = []
    passed: list[int] = []

    def write() -> None:
        for _ in range(300):
            with stream.get_next_mult(2) as stream_ids:
                if stream.get_current_token_for_writer("first") >= stream_ids[0]:
                    passed.append(stream_ids[0])
                got.extend(stream_ids)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(2, 4802))
    assert passed == []
    assert stream.get_current_token_for_writer("first") == 4801


@pytest.mark.proves("ours-looks-at-the-lowest")
def test_completing_after_a_stuck_id_does_not_visit_finished_ones() -> None:
    """Counted, not timed: the heaps' comparisons must not grow with the number of finished IDs."""
    compared = 0

    class Number(int):
        def __lt__(self, other: int) -> bool:
            nonlocal compared
            compared += 1
            return int(self) < other

    class Numbers(MemorySequence):
        def get_next_mult(self, n: int) -> list[int]:
            return [Number(number) for number in super().get_next_mult(n)]

    stream = generator(sequence=Numbers())
    stuck = stream.get_next()
    stuck.__enter__()
    counts = []
    for _ in range(3):
        compared = 0
        for _ in range(1000):
            with stream.get_next():
                pass
        counts.append(compared)
    assert counts[2] < 1000 * 40
    assert counts[2] < 2 * counts[0]
