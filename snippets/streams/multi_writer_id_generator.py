"""Stream IDs for a stream with several writers, with the rules of Synapse 1.163.2."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from copy import copy
from threading import Lock

from snippets.streams.positions import Positions
from snippets.streams.reservation import OneId, Reservation, SeveralIds, StreamIds
from snippets.streams.sequence import Sequence


class UnknownWriter(ValueError):
    """A name that is not one of the stream's writers; the message lists the writers."""


class NotAWriter(RuntimeError):
    """A process that is not one of the stream's writers asked for an ID."""


# --8<-- [start:class]
class MultiWriterIdGenerator:
    """One process's view of a stream: it reserves IDs, and knows each writer's position.

    The promises, however writes end and in whatever order processes hear of each other:

    1. the linear token never reaches a pending ID of any writer;
    2. a writer's token never reaches a pending ID of that writer;
    3. the linear token never goes back while the process lives;
    4. a writer's token never goes back either;
    5. once nothing is pending and all processes have heard of all others, every linear token is the
       highest ID;
    6. in that case, every writer's token is the highest ID too.

    `positions` maps each writer to its token at the start (`StreamStore.load` loads it). Without it
    the stream is at 1 and its first ID is 2. `persisted` has the IDs of the facts at or beyond the
    lowest of these positions: others write while this process loads. A negative stream
    (`positive=False`) counts down from -1. Only a writer needs the `sequence`. With no `writers`
    every process may write, as in Synapse's *caches* stream; then promises 1 and 5 cover only the
    writers that this process has heard of.

    An operation takes O(log n + w) time, amortised, for n IDs pending or finished and w writers.
    All methods may be called from any thread in which the sequence may be used; the sequence of a
    `StreamStore` is tied to the thread of its database connection. Raises UnknownWriter for the
    position of a process that is not a writer, and ValueError for a position with the wrong sign or
    a writer without a sequence.
    """

    view, one_id, several_ids = Positions, OneId, SeveralIds  # a broken twin replaces these

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
        self._sign = 1 if positive else -1  # Positions has no signs
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

        They are in ascending order, but other writers may have IDs between them. 0 reserves none;
        Synapse reserves one. Raises NotAWriter, and ValueError for a negative `n`.
        """
        if n < 0:
            raise ValueError(f"get_next_mult({n}): write the number of IDs, 0 or more")
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
        """Notes that the writer in another process has reached `new_id`.

        Raises UnknownWriter, and ValueError for an ID with the wrong sign, for an ID before the
        writer's position (Synapse ignores it), and for this process's own name: its own position
        moves only when an ID completes.
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
        """The linear token: every fact up to it is written, whoever writes it."""
        with self._lock:
            return self._sign * self._view.linear

    def get_current_token_for_writer(self, instance_name: str) -> int:
        """That writer's token: all its facts up to it are written.

        For another writer it is the position, or the linear token if that is higher (also for an
        unknown name). For this process it is the *highest* ID for which this is true: with nothing
        pending, the highest ID heard of from any writer.
        """
        with self._lock:
            return self._sign * self._view.of(instance_name)

    def get_minimal_local_current_token(self) -> int:
        """This process's own position, the *lowest* ID that may be its token.

        It is the last ID that this process completed before its oldest pending one, or the ID at
        which it started.
        """
        with self._lock:
            return self._sign * self._view.lowest_own()

    def get_positions(self) -> dict[str, int]:
        """A copy of each writer's position, as last heard."""
        with self._lock:
            return {name: self._sign * position for name, position in self._view.all().items()}

    # --8<-- [end:reserve]
    def check_writer(self, instance_name: str) -> None:
        """Raises UnknownWriter for a name that is not one of the stream's writers."""
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

    def copy(self, sequence: Sequence | None) -> "MultiWriterIdGenerator":
        """An independent generator with the same view and another sequence."""
        same = copy(self)
        same._view, same._sequence = self._view.copy(), sequence
        return same

    def key(self) -> object:
        """Equal for two generators that will always do the same."""
        return self._view.key()
