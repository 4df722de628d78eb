"""Stream IDs for a stream with one writer, with the rules of Synapse's generator up to 1.108."""

from collections import OrderedDict
from contextlib import AbstractContextManager
from threading import Lock

from snippets.streams.reservation import OneId, Reservation, SeveralIds, StreamIds


# --8<-- [start:class]
class StreamIdGenerator:
    """Gives out stream IDs and knows the current stream ID.

    However the writes end, the current stream ID never reaches a pending ID, and it never goes back
    while the process lives.

    `current` is the stream's last ID: the largest in its tables, or for a negative stream the
    smallest. None means that the tables are empty. A positive stream starts at 1 and counts up
    (`step=1`), a negative one (backfill) starts at -1 and counts down (`step=-1`); as in Synapse, a
    `current` before that start counts as the start.

    Every operation takes O(1) time, however many IDs it reserves and however many are
    pending. All methods may be called from any thread. Raises ValueError for any other `step`.
    """

    def __init__(self, current: int | None = None, *, step: int = 1) -> None:
        if step not in (1, -1):
            raise ValueError(f"step is {step}: write 1 (IDs go up) or -1 (IDs go down)")
        self._step = step
        self._last_reserved = step if current is None else step * max(1, step * current)
        # The first ID of each reservation: its IDs complete together. An OrderedDict, since finding
        # the first key of a dict takes longer with every ID that was removed before it.
        self._pending: OrderedDict[int, None] = OrderedDict()
        self._lock = Lock()

    # --8<-- [end:class]
    # --8<-- [start:reserve]
    def get_next(self) -> AbstractContextManager[int]:
        """Reserves the next ID on entry and completes it on exit, also when the block raises.

        Synapse's `get_next()` reserves when it is called. Here, a context manager that is never
        entered reserves nothing, so it cannot hold the stream back.
        """
        return OneId(self, 1)

    def get_next_mult(self, n: int) -> AbstractContextManager[StreamIds]:
        """Reserves `n` contiguous IDs on entry and completes them together on exit.

        0 reserves nothing and gives an empty range, as in Synapse's StreamIdGenerator (its
        MultiWriterIdGenerator reserves one ID). Raises ValueError for a negative `n`; in Synapse it
        would move the current stream ID back.
        """
        if n < 0:
            raise ValueError(f"get_next_mult({n}): write the number of IDs, 0 or more")
        return SeveralIds(self, n)

    # --8<-- [end:reserve]
    # --8<-- [start:rule]
    def get_current_token(self) -> int:
        """The current stream ID: the last ID before the oldest pending one.

        With nothing pending it is the last ID reserved so far.
        """
        with self._lock:
            if self._pending:
                return next(iter(self._pending)) - self._step
            return self._last_reserved

    def get_current_token_for_writer(self, instance_name: str) -> int:
        """The same as `get_current_token()`, whatever the name: the stream has one writer."""
        return self.get_current_token()

    def _reserve(self, reservation: Reservation) -> StreamIds:
        n, step = reservation.n, self._step
        stream_ids: StreamIds
        with self._lock:
            first = self._last_reserved + step
            # Mostly one ID is asked for, and a tuple takes half the time of a range.
            stream_ids = (first,) if n == 1 else range(first, first + n * step, step)
            reservation.pending = stream_ids
            if stream_ids:
                self._pending[first] = None
                self._last_reserved = stream_ids[-1]
        return stream_ids

    def _complete(self, reservation: Reservation) -> None:
        with self._lock:
            self._pending.pop(reservation.pending[0], None)  # an interrupted one is not there

    # --8<-- [end:rule]
