"""Stream IDs for a stream with several writers, with the rules of Synapse 1.163.2."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from threading import Lock

from snippets.streams.positions import Positions
from snippets.streams.reservation import OneId, Reservation, SeveralIds, StreamIds
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

    view, one_id, several_ids = Positions, OneId, SeveralIds  # a broken twin has its own

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
        self._sign = 1 if positive else -1  # Positions knows none
        self._lock = Lock()
        recorded = {name: self._magnitude(name, at) for name, at in (positions or {}).items()}
        self._view = self.view(instance_name, writers, recorded, map(abs, persisted))

    # --8<-- [end:class]
    # --8<-- [start:reserve]
    def get_next(self) -> AbstractContextManager[int]:
        """Reserves the next ID on entry and completes it on exit, also when the block raises.

        Raises NotAWriter in a process that is not one of the writers.
        """
        if self._sequence is None:
            raise self._only_reads()
        return self.one_id(self, 1)

    def get_next_mult(self, n: int) -> AbstractContextManager[StreamIds]:
        """Reserves `n` IDs on entry and completes them together on exit.

        They go up, but other writers may hold IDs between them. 0 gives none, where Synapse
        reserves one. Raises NotAWriter, and ValueError for a negative `n`.
        """
        if n < 0:
            raise ValueError(f"get_next_mult({n}): n is a number of IDs, write 0 or more")
        if self._sequence is None:
            raise self._only_reads()
        return self.several_ids(self, n)

    def _only_reads(self) -> NotAWriter:
        return NotAWriter(
            f"{self._instance_name!r} reads this stream; it is written by {self._names()}"
        )

    def _reserve(self, reservation: Reservation) -> StreamIds:
        if not reservation.n:
            return []
        assert self._sequence
        with self._lock:
            self._view.ask(reservation)
        try:
            stream_ids = self._sequence.get_next_mult(reservation.n)
            with self._lock:
                reservation.pending = stream_ids
                self._view.reserve(reservation, stream_ids)
        except BaseException:
            with self._lock:
                self._view.give_up(reservation)
            raise
        return stream_ids if self._sign > 0 else [-stream_id for stream_id in stream_ids]

    def _complete(self, reservation: Reservation) -> None:
        with self._lock:
            self._view.complete(reservation.pending)

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
            position = self._view.last_heard(instance_name)
            if stream_id < position:
                raise ValueError(
                    f"advance({instance_name!r}, {new_id}): it is at "
                    f"{self._sign * position}, and a position never goes back"
                )
            self._view.advance(instance_name, stream_id)

    def get_current_token(self) -> int:
        """The linear token: every fact up to it is written, by whomever."""
        with self._lock:
            return self._sign * self._view.linear

    def get_current_token_for_writer(self, instance_name: str) -> int:
        """How far that writer has come: all its facts up to here are written.

        Another writer's is its position, or the linear token where that is higher (also for
        a name not known). This process's own is the *highest* ID that is true of: with
        nothing pending, the highest ID that it has seen of anybody.
        """
        with self._lock:
            return self._sign * self._view.of(instance_name)

    def get_minimal_local_current_token(self) -> int:
        """The *lowest* ID that is true of for this process: its own position.

        That is the last ID that it completed before its oldest pending one, or where it started.
        """
        with self._lock:
            return self._sign * self._view.lowest_own()

    def get_positions(self) -> dict[str, int]:
        """Each writer's position, as last heard; a copy."""
        with self._lock:
            return {name: self._sign * position for name, position in self._view.all().items()}

    # --8<-- [end:reserve]
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
