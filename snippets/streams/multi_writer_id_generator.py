"""Stream IDs for a stream with several writers, with the rules of Synapse 1.163.2."""

import heapq
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from threading import Lock

from snippets.streams.sequence import Sequence


class UnknownWriter(ValueError):
    """A name that is not among the stream's writers; the message lists those."""


class NotAWriter(RuntimeError):
    """An ID was asked for in a process that is not one of the stream's writers."""


# --8<-- [start:class]
class MultiWriterIdGenerator:
    """One process's view of a stream: it reserves IDs, and knows how far each writer has come.

    However writes end and in whatever order processes hear of each other:

    1. the linear token never reaches a pending ID of any writer;
    2. a writer's token never reaches a pending ID of that writer;
    3. the linear token never goes back while the process lives;
    4. nor does a writer's token;
    5. once nothing is pending and all have heard of all, every linear token is the highest ID;
    6. and so is every writer's token.

    `positions` holds each writer's token as loaded at the start (`StreamStore.load` loads it);
    without it the stream is at 1 and its first ID is 2. `persisted` holds the IDs of the facts
    found at or beyond the lowest of these positions: others write while this process loads.
    A negative stream (`positive=False`) counts down from -1. Only a writer needs the `sequence`.
    With no `writers` every process may write, as in Synapse's *caches* stream; then promises 1
    and 5 are about those that were heard of.

    An operation takes O(log n + w) time, amortised, for n IDs pending or finished and w
    writers. All methods may be called from any thread from which the sequence may be; that of a
    `StreamStore` is its database connection's. Raises UnknownWriter for a position of
    somebody else, and ValueError for one with the wrong sign or a writer without a sequence.
    """

    def __init__(
        self,
        *,
        instance_name: str,
        writers: Collection[str],
        sequence: Sequence | None = None,
        positions: Mapping[str, int] | None = None,
        persisted: Iterable[int] = (),
        positive: bool = True,
    ) -> None:
        self._instance_name = instance_name
        self.writers = tuple(writers)
        writes = not writers or instance_name in writers
        self._sequence = sequence if writes else None
        if writes and sequence is None:
            raise ValueError(f"{instance_name!r} writes this stream: give it the `sequence`")
        # Inside, IDs count up in every stream; the sign is turned at the edges.
        self._sign = 1 if positive else -1
        self._lock = Lock()

        self._pending: set[int] = set()
        self._pending_heap: list[int] = []  # holds IDs that completed, until they are its first
        self._in_flight: OrderedDict[object, int] = OrderedDict()
        self._finished: list[int] = []  # a heap: own IDs finished above the oldest pending one
        self._persisted: list[int] = []  # a heap: IDs known to be written, above the linear token

        self._positions = {
            name: self._magnitude(name, at) for name, at in (positions or {}).items()
        }
        self._linear = min(self._positions.values(), default=1)
        self._highest_seen = self._own_token = 1
        self._raise_linear(sorted(map(abs, persisted)))
        for name in self.writers or [instance_name]:
            self._positions.setdefault(name, self._linear)
        self._highest_seen = self._own_token = max(self._linear, *self._positions.values())

    # --8<-- [end:class]
    # --8<-- [start:reserve]
    def get_next(self) -> AbstractContextManager[int]:
        """Reserves the next ID on entry and completes it on exit, also when the block raises.

        Raises NotAWriter in a process that is not one of the writers.
        """
        return _OneId(self, self._sequence_to_write(), 1)

    def get_next_mult(self, n: int) -> AbstractContextManager[list[int]]:
        """Reserves `n` IDs on entry and completes them together on exit.

        They go up, but other writers may hold IDs between them. 0 gives none, where Synapse
        reserves one. Raises NotAWriter, and ValueError for a negative `n`.
        """
        if n < 0:
            raise ValueError(f"get_next_mult({n}): n is a number of IDs, write 0 or more")
        return _SeveralIds(self, self._sequence_to_write(), n)

    def _sequence_to_write(self) -> Sequence:
        if self._sequence is None:
            raise NotAWriter(
                f"{self._instance_name!r} reads this stream; it is written by {self._names()}"
            )
        return self._sequence

    def _reserve(self, sequence: Sequence, n: int, stream_ids: list[int]) -> None:
        # The in-flight rule: while the sequence's answer is on its way, the new IDs may be any
        # above the highest one seen so far, so nothing here may pass that (#11045).
        fetch = object()
        with self._lock:
            self._in_flight[fetch] = self._highest_seen
        try:
            reserved = sequence.get_next_mult(n)
            with self._lock:
                stream_ids += reserved
                self._pending.update(reserved)
                for stream_id in reserved:
                    heapq.heappush(self._pending_heap, stream_id)
                self._highest_seen = max(self._highest_seen, *reserved)
                del self._in_flight[fetch]
        except BaseException:
            with self._lock:
                self._in_flight.pop(fetch, None)
                self._raise_linear(())  # what it held back may go on
            raise

    # --8<-- [end:reserve]
    # --8<-- [start:complete]
    def _complete(self, stream_ids: list[int]) -> None:
        """Ends IDs: the own position becomes the last finished ID before the oldest pending one."""
        with self._lock:
            self._pending.difference_update(stream_ids)
            for stream_id in stream_ids:
                heapq.heappush(self._finished, stream_id)
            oldest = self._oldest_pending()
            reached = self._positions[self._instance_name]
            while self._finished and (oldest is None or self._finished[0] < oldest):
                reached = max(reached, heapq.heappop(self._finished))
            self._positions[self._instance_name] = reached
            self._own_token = max(self._own_token, reached)
            self._raise_linear(stream_ids)

    def _oldest_pending(self) -> int | None:
        """The lowest ID that is pending here, or that may be; None when there is none."""
        heap = self._pending_heap
        while heap and heap[0] not in self._pending:
            heapq.heappop(heap)
        oldest = heap[0] if heap else None
        if self._in_flight:
            # In order of asking, and the highest ID seen only grows: the first is the lowest.
            coming = next(iter(self._in_flight.values())) + 1
            return coming if oldest is None else min(oldest, coming)
        return oldest

    def advance(self, instance_name: str, new_id: int) -> None:
        """Notes that another process's writer has come to `new_id`.

        Raises UnknownWriter, and ValueError for an ID with the wrong sign, for one before the
        writer's position (Synapse ignores it), and for this process's own name: completing
        an ID moves its own position.
        """
        stream_id = self._magnitude(instance_name, new_id)
        if instance_name == self._instance_name:
            raise ValueError(f"advance({instance_name!r}, {new_id}): that is this process itself")
        with self._lock:
            position = self._positions.get(instance_name, 0)
            if stream_id < position:
                raise ValueError(
                    f"advance({instance_name!r}, {new_id}): it is at "
                    f"{self._sign * position}, and a position never goes back"
                )
            self._positions[instance_name] = stream_id
            self._highest_seen = max(self._highest_seen, stream_id)
            self._raise_linear([stream_id])

    def _raise_linear(self, persisted: Iterable[int]) -> None:
        """Moves the linear token as far as the positions and the IDs known to be written allow."""
        busy = bool(self._pending or self._in_flight)
        # What this process wrote last says nothing about the others, so its own position counts
        # only while it has work under way, or when there is nobody else.
        counted = [
            at for name, at in self._positions.items() if busy or name != self._instance_name
        ]
        lowest = min(counted, default=self._positions.get(self._instance_name, 0))
        self._linear = max(self._linear, lowest)
        for stream_id in persisted:
            heapq.heappush(self._persisted, stream_id)
            # Before the linear token goes on over gapless IDs: so does Synapse, and while work
            # is under way the own token may be a little low. It is never too high.
            self._own_token = max(self._own_token, self._linear)
            while self._persisted and self._persisted[0] <= self._linear + 1:
                self._linear = max(self._linear, heapq.heappop(self._persisted))
        if not busy:
            self._own_token = max(self._own_token, self._highest_seen)

    # --8<-- [end:complete]
    # --8<-- [start:tokens]
    def get_current_token(self) -> int:
        """The linear token: every fact up to it is written, by whomever."""
        with self._lock:
            return self._sign * self._linear

    def get_current_token_for_writer(self, instance_name: str) -> int:
        """How far that writer has come: all its facts up to here are written.

        Another writer's is its position, or the linear token where that is higher (also for
        a name not known). This process's own is the *highest* ID that is true of: with
        nothing pending, the highest ID that it has seen of anybody.
        """
        with self._lock:
            if instance_name == self._instance_name:
                return self._sign * self._own_token
            return self._sign * max(self._positions.get(instance_name, 0), self._linear)

    def get_minimal_local_current_token(self) -> int:
        """The *lowest* ID that is true of for this process: its own position.

        That is the last ID that it completed before its oldest pending one, or where it started.
        """
        with self._lock:
            return self._sign * self._positions.get(self._instance_name, self._linear)

    def get_positions(self) -> dict[str, int]:
        """Each writer's position, as last heard; a copy."""
        with self._lock:
            return {name: self._sign * position for name, position in self._positions.items()}

    # --8<-- [end:tokens]
    def check_writer(self, instance_name: str) -> None:
        """Raises UnknownWriter for a name that is not among the stream's writers."""
        if self.writers and instance_name not in self.writers:
            raise UnknownWriter(
                f"{instance_name!r} is not a writer of this stream; its writers are {self._names()}"
            )

    def _magnitude(self, instance_name: str, stream_id: int) -> int:
        self.check_writer(instance_name)
        if stream_id * self._sign < 0:
            kind = "positive" if self._sign > 0 else "negative"
            raise ValueError(f"{instance_name!r} at {stream_id}: this stream's IDs are {kind}")
        return abs(stream_id)

    def _names(self) -> str:
        return ", ".join(map(repr, self.writers)) or "every process"


# --8<-- [start:with]
class _Ids:
    """What the `with` of a generator enters and leaves; `_stream_ids` count up."""

    __slots__ = ("_generator", "_n", "_sequence", "_stream_ids")

    def __init__(self, generator: MultiWriterIdGenerator, sequence: Sequence, n: int) -> None:
        self._generator = generator
        self._sequence = sequence
        self._n = n
        self._stream_ids: list[int] = []

    def _enter(self) -> list[int]:
        if self._n:
            self._generator._reserve(self._sequence, self._n, self._stream_ids)
        return self._stream_ids

    def _refuse_twice(self) -> None:
        if self._stream_ids:
            raise RuntimeError("one `get_next()` is entered twice: call it for each block")

    def __exit__(self, *error: object) -> None:
        if self._stream_ids:
            self._generator._complete(self._stream_ids)


class _OneId(_Ids):
    __slots__ = ()

    def __enter__(self) -> int:
        self._refuse_twice()
        try:
            return self._generator._sign * self._enter()[0]
        except BaseException:
            # Interrupted after the reservation and before the block (#20090).
            self.__exit__()
            raise


class _SeveralIds(_Ids):
    __slots__ = ()

    def __enter__(self) -> list[int]:
        self._refuse_twice()
        try:
            return [self._generator._sign * stream_id for stream_id in self._enter()]
        except BaseException:
            self.__exit__()
            raise


# --8<-- [end:with]
