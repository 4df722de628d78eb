"""The position of each writer of a stream: the arithmetic of the several-writer generator."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from heapq import heappop, heappush


# --8<-- [start:class]
class Positions:
    """One process's view of a stream: its pending IDs, and each writer's position.

    IDs have no sign: they count up in every stream. `linear` is the linear token, `own_token` this
    process's token as a writer; neither ever goes back.

    `recorded` maps each writer to its position at the start. `persisted` has the IDs of facts at or
    beyond the lowest of these. Each method takes O(log n + w) time, amortised, for n IDs pending or
    finished and w writers. Not safe for several threads: the generator locks each call.
    """

    def __init__(
        self,
        own_name: str,
        writers: Collection[str],
        recorded: Mapping[str, int],
        persisted: Iterable[int],
    ) -> None:
        self._own_name = own_name
        self._at = dict(recorded)
        self._pending: set[int] = set()
        self._pending_heap: list[int] = []  # completed IDs stay until they are first
        self._in_flight: OrderedDict[object, int] = OrderedDict()
        self._finished: list[int] = []  # a heap: own IDs finished above the oldest pending one
        self._persisted: list[int] = []  # a heap: IDs known to be written, above `linear`
        self._highest_seen = self.own_token = 1
        self.linear = min(self._at.values(), default=1)
        self._note_lowest_other()
        self._raise_tokens(sorted(persisted))
        self._add_unheard(writers or [own_name])
        self._note_lowest_other()
        self._highest_seen = self.own_token = max(self.linear, *self._at.values())

    def _add_unheard(self, writers: Iterable[str]) -> None:
        """Puts writers without a position at the linear token: they will write above it."""
        for name in writers:
            self._at.setdefault(name, self.linear)

    def copy(self) -> "Positions":
        """An independent copy, for exploring another continuation."""
        same = copy(self)
        same._at = self._at.copy()
        same._pending = self._pending.copy()
        same._pending_heap = self._pending_heap.copy()
        same._in_flight = self._in_flight.copy()
        same._finished = self._finished.copy()
        same._persisted = self._persisted.copy()
        return same

    def key(self) -> tuple[object, ...]:
        """Equal for two views that will always behave the same."""
        return (
            self.linear,
            self.own_token,
            self._highest_seen,
            frozenset(self._at.items()),
            frozenset(self._pending),
            tuple(self._in_flight.items()),
            tuple(sorted(self._finished)),
            tuple(sorted(self._persisted)),
        )

    # --8<-- [end:class]
    # --8<-- [start:reserve]
    def ask(self, reservation: object) -> None:
        """Notes that IDs have been requested from the sequence.

        The in-flight rule: the answer may be any ID above the highest one seen so far. So until it
        arrives, no token passes that one (#11045).
        """
        self._in_flight[reservation] = self._highest_seen

    def reserve(self, reservation: object, stream_ids: Sequence[int]) -> None:
        """Notes the answer: these IDs, lowest first, are pending."""
        for stream_id in stream_ids:
            self._pending.add(stream_id)
            heappush(self._pending_heap, stream_id)
        if stream_ids[-1] > self._highest_seen:
            self._highest_seen = stream_ids[-1]
        self._in_flight.pop(reservation, None)

    def give_up(self, reservation: object) -> None:
        """Notes that no answer will come; the tokens that waited for it may rise."""
        self._in_flight.pop(reservation, None)
        self._raise_tokens(())

    # --8<-- [end:reserve]
    # --8<-- [start:complete]
    def complete(self, stream_ids: Sequence[int]) -> None:
        """Ends IDs: the own position becomes the last finished ID before the oldest pending one."""
        self._pending.difference_update(stream_ids)
        for stream_id in stream_ids:
            heappush(self._finished, stream_id)
        oldest = self._oldest_pending()
        reached = self._at[self._own_name]
        while self._finished and (oldest is None or self._finished[0] < oldest):
            finished = heappop(self._finished)
            if finished > reached:
                reached = finished
        self._at[self._own_name] = reached
        if reached > self.own_token:
            self.own_token = reached
        self._raise_tokens(stream_ids)

    def _oldest_pending(self) -> int | None:
        """The lowest ID that is or may be pending in this process; None if there is none."""
        heap = self._pending_heap
        while heap and heap[0] not in self._pending:
            heappop(heap)
        oldest = heap[0] if heap else None
        if self._in_flight:
            # Requests are in order and the highest ID seen only grows: the first is the lowest.
            coming = next(iter(self._in_flight.values())) + 1
            return coming if oldest is None else min(oldest, coming)
        return oldest

    def advance(self, name: str, stream_id: int) -> None:
        """Notes that the writer in another process has reached an ID."""
        self._at[name] = stream_id
        self._note_lowest_other()
        self._highest_seen = max(self._highest_seen, stream_id)
        self._raise_tokens([stream_id])

    # --8<-- [end:complete]
    # --8<-- [start:tokens]
    def _raise_tokens(self, persisted: Iterable[int]) -> None:
        """Moves both tokens as far as the positions and the IDs known to be written allow."""
        busy = bool(self._pending or self._in_flight)
        self._pass_positions(busy)
        for stream_id in persisted:
            # Before the linear token rises over gapless IDs, as in Synapse. So the own token may be
            # a little low while work is under way, but never too high.
            if self.linear > self.own_token:
                self.own_token = self.linear
            self._pass_gapless(stream_id)
        if not busy and self._highest_seen > self.own_token:
            self.own_token = self._highest_seen

    def _pass_positions(self, busy: bool) -> None:
        """Raises the linear token to the lowest position: up to there, everything is written.

        This process's own position says nothing about the other writers. So it counts only while
        this process has work under way, or if there is no other writer.
        """
        lowest = self._lowest_other
        if lowest is None:
            lowest = self._at.get(self._own_name, 0)
        elif busy:
            lowest = min(lowest, self._at.get(self._own_name, lowest))
        if lowest > self.linear:
            self.linear = lowest

    def _pass_gapless(self, written: int) -> None:
        """Raises the linear token over IDs that follow it without a gap and are written."""
        heappush(self._persisted, written)
        while self._persisted and self._persisted[0] <= self.linear + 1:
            lowest = heappop(self._persisted)
            if lowest > self.linear:
                self.linear = lowest

    def _note_lowest_other(self) -> None:
        others = (at for name, at in self._at.items() if name != self._own_name)
        self._lowest_other = min(others, default=None)

    def of(self, name: str) -> int:
        """A writer's token; for an unknown name, the linear token."""
        if name == self._own_name:
            return self.own_token
        return max(self.last_heard(name), self.linear)

    def last_heard(self, name: str) -> int:
        """A writer's position; 0 for a name that was not heard of."""
        return self._at.get(name, 0)

    def all(self) -> dict[str, int]:
        """Each writer's position, as last heard."""
        return dict(self._at)

    def lowest_own(self) -> int:
        """The own position: the last own ID that completed before the oldest pending one."""
        return self._at.get(self._own_name, self.linear)

    # --8<-- [end:tokens]
