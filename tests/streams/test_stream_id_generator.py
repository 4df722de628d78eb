"""The rules of stream IDs with one writer."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets.streams import StreamIdGenerator


@pytest.mark.proves("the-first-id-is-2")
@pytest.mark.parametrize(("step", "first"), [(1, 2), (-1, -2)])
def test_an_empty_stream_is_at_its_start_and_the_next_id_follows(step: int, first: int) -> None:
    stream = StreamIdGenerator(step=step)
    assert stream.get_current_token() == step
    with stream.get_next() as stream_id:
        assert stream_id == first


@pytest.mark.parametrize(
    ("current", "step", "token"), [(7, 1, 7), (0, 1, 1), (-7, 1, 1), (-7, -1, -7), (7, -1, -1)]
)
def test_a_loaded_position_before_the_start_is_the_start(
    current: int, step: int, token: int
) -> None:
    assert StreamIdGenerator(current, step=step).get_current_token() == token


@pytest.mark.parametrize("step", [0, 2, -2])
def test_a_stream_counts_up_or_down_by_one(step: int) -> None:
    with pytest.raises(ValueError, match=f"step is {step}: write 1"):
        StreamIdGenerator(step=step)


@pytest.mark.proves("with-one-writer-there-is-one-token")
def test_the_token_of_the_writer_is_the_token_of_the_stream() -> None:
    stream = StreamIdGenerator(5)
    with stream.get_next():
        assert stream.get_current_token_for_writer("anybody") == stream.get_current_token() == 5
    assert stream.get_current_token_for_writer("anybody") == 6


@pytest.mark.proves("a-failed-write-counts-as-completed")
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_a_block_that_raises_completes_its_ids_and_raises(error: type[BaseException]) -> None:
    stream = StreamIdGenerator()
    with pytest.raises(error), stream.get_next_mult(3):
        raise error
    assert stream.get_current_token() == 4


@pytest.mark.parametrize("n", [1, 2])
def test_a_manager_cannot_be_entered_twice(n: int) -> None:
    stream = StreamIdGenerator()
    write = stream.get_next() if n == 1 else stream.get_next_mult(n)
    with write, pytest.raises(RuntimeError, match="entered twice"), write:
        pass
    assert stream.get_current_token() == 1 + n


def test_a_manager_that_is_never_entered_holds_nothing_back() -> None:
    stream = StreamIdGenerator()
    stream.get_next()
    stream.get_next_mult(5)
    with stream.get_next() as stream_id:
        assert stream_id == 2
    assert stream.get_current_token() == 2


def test_asking_for_no_ids_reserves_none() -> None:
    stream = StreamIdGenerator(4)
    with stream.get_next_mult(0) as stream_ids:
        assert list(stream_ids) == []
        assert stream.get_current_token() == 4
    with stream.get_next() as stream_id:
        assert stream_id == 5


def test_a_negative_number_of_ids_is_refused_and_changes_nothing() -> None:
    stream = StreamIdGenerator(4)
    with pytest.raises(
        ValueError, match=r"get_next_mult\(-1\): write the number of IDs, 0 or more"
    ):
        stream.get_next_mult(-1).__enter__()
    assert stream.get_current_token() == 4


@pytest.mark.proves(
    "counting-down-is-the-same-mirrored",
    "up-to-the-token-all-is-finished",
    "the-last-id-before-the-oldest-pending-one",
    "a-stuck-write-stops-before-its-own-id",
    "one-writer-reserves-no-gap",
)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 99)), max_size=60),
    st.sampled_from([1, -1]),
)
def test_the_token_is_the_last_id_before_the_oldest_pending_one(
    choices: list[tuple[int, int]], step: int
) -> None:
    stream = StreamIdGenerator(step=step)
    last, before = step, 1
    writes: list[tuple[list[int], object]] = []
    for count, pick in choices:
        if count:
            write = stream.get_next_mult(count)
            writes.append((list(write.__enter__()), write))
            assert writes[-1][0] == [last + step * (1 + number) for number in range(count)]
            last = writes[-1][0][-1]
        elif writes:
            writes.pop(pick % len(writes))[1].__exit__(None, None, None)  # type: ignore[attr-defined]
        pending = [step * stream_id for stream_ids, _ in writes for stream_id in stream_ids]
        token = step * stream.get_current_token()
        assert token == (min(pending) - 1 if pending else step * last)
        assert token >= before
        before = token


@pytest.mark.proves("up-to-the-token-all-is-finished")
def test_threads_share_a_stream_without_losing_or_repeating_an_id() -> None:
    stream = StreamIdGenerator()
    got: list[int] = []
    passed: list[int] = []

    def write() -> None:
        for _ in range(500):
            with stream.get_next() as stream_id:
                if stream.get_current_token() >= stream_id:
                    passed.append(stream_id)
                got.append(stream_id)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(2, 4002))
    assert passed == []
    assert stream.get_current_token() == 4001


@pytest.mark.proves("an-operation-looks-at-no-other-id")
@pytest.mark.parametrize("ending", ["oldest first", "newest first"])
def test_an_operation_does_not_visit_other_pending_ids(ending: str) -> None:
    """Counted, not timed: calls to the OrderedDict must not grow with the number of pending IDs."""
    pending = 20_000
    stream = StreamIdGenerator()
    writes = [stream.get_next() for _ in range(pending)]
    for write in writes:
        write.__enter__()
    asked = 0

    class Counting(type(stream._pending)):  # type: ignore[misc]
        def __iter__(self):  # type: ignore[no-untyped-def]
            nonlocal asked
            for stream_id in super().__iter__():
                asked += 1
                yield stream_id

    stream._pending = Counting(stream._pending)
    asked = 0
    for write in writes if ending == "oldest first" else reversed(writes):
        write.__exit__(None, None, None)
        stream.get_current_token()
    assert asked <= pending
