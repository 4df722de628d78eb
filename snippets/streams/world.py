"""One state of a small stream with several writers, and every step that can follow."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.positions import Positions
from snippets.streams.reservation import Reservation, StreamIds
from snippets.streams.start import find_start

FIRST = 1  # the position of a new stream


# --8<-- [start:step]
class Step(NamedTuple):
    """One thing that happens to a process, such as "w1 asks 2" or "r hears w1"."""

    action: str  # asks, gets, commits, completes, fails, hears, crashes, starts
    process: str
    about: str | int = ""  # the ID; for `hears`, the writer

    def __str__(self) -> str:
        return f"{self.process} {self.action} {self.about}".rstrip()


# --8<-- [end:step]
class Open(NamedTuple):
    """An ID that the sequence has given out and that has not completed."""

    writer: str
    stream_id: int
    stage: str


# What may happen to an open ID, by its stage.
ENDS = {"asked": ("gets",), "pending": ("commits", "fails"), "committed": ("completes",)}


class World:
    """The database, the processes, and the undelivered messages.

    A world does not change: `after` returns another one. A process that is not in `_views` is down.

    Each writer writes `facts` facts, one after the other: it asks for an ID, gets the answer later,
    commits or fails, completes, and announces it; the others hear of it sooner or later. Up to
    `crashes` processes are killed, at any step, and start again. The `Positions` and the
    reservations of the generator `kind` are explored, its lock and its sign are not.
    """

    def __init__(
        self,
        kind: type[MultiWriterIdGenerator] = MultiWriterIdGenerator,
        *,
        writers: Collection[str] = ("w1", "w2"),
        readers: Collection[str] = ("r",),
        facts: int = 1,
        crashes: int = 0,
    ) -> None:
        self._kind, self._writers = kind, tuple(writers)
        self._processes = (*writers, *readers)
        self._facts_left = dict.fromkeys(writers, facts)
        self._crashes_left = crashes
        self._last_number = FIRST
        self._highest_completed = FIRST
        self._rows: frozenset[int] = frozenset()
        self._recorded: dict[str, int] = {}
        self._open: tuple[Open, ...] = ()
        self._messages: dict[tuple[str, str], tuple[int, ...]] = {}  # by (sender, receiver)
        self._views: dict[str, Positions] = {}
        for process in self._processes:
            self._starts(process)

    def key(self) -> object:
        """Equal for two worlds in which the same can happen."""
        return (
            self._crashes_left,
            self._last_number,
            self._highest_completed,
            self._rows,
            self._open,
            tuple(self._facts_left.values()),
            frozenset(self._recorded.items()),
            frozenset(self._messages.items()),
            frozenset((name, view.key()) for name, view in self._views.items()),
        )

    # --8<-- [start:steps]
    def steps(self) -> Iterator[Step]:
        """Everything that can happen now."""
        for writer, stream_id, stage in self._open:
            yield from (Step(action, writer, stream_id) for action in ENDS[stage])
        busy = {writer for writer, *_ in self._open}
        for writer, left in self._facts_left.items():
            if left and writer in self._views and writer not in busy:
                yield Step("asks", writer, self._last_number + 1)
        yield from (Step("hears", receiver, sender) for sender, receiver in self._messages)
        for process in self._processes:
            if process not in self._views:
                yield Step("starts", process)
            elif self._crashes_left:
                yield Step("crashes", process)

    def after(self, step: Step) -> "World":
        """The world after this step."""
        world = self._copy()
        if step.process in self._views:
            world._views[step.process] = self._views[step.process].copy()
        match step:
            case Step("asks", name, int(stream_id)):
                world._asks(name, stream_id)
            case Step("gets", name, int(stream_id)):
                self._kind.one_id(_OneWrite(world._views[name], stream_id), 1).__enter__()
                world._moves_on(stream_id, "pending")
            case Step("commits", name, int(stream_id)):
                world._rows |= {stream_id}
                world._moves_on(stream_id, "committed")
            case Step("completes", name, int(stream_id)):
                world._leaves(name, stream_id, None)
                world.record_first_position(name, world._views[name].own_token)
                world._recorded[name] = max(world._recorded[name], world._views[name].own_token)
            case Step("fails", name, int(stream_id)):
                world._leaves(name, stream_id, OSError())
            case Step("hears", name, str(sender)):
                world._hears(name, sender)
            case Step("crashes", name):
                world._crashes(name)
            case _:
                world._starts(step.process)
        return world

    # --8<-- [end:steps]
    def _copy(self) -> "World":
        world = object.__new__(World)
        vars(world).update(vars(self))
        world._facts_left = self._facts_left.copy()
        world._recorded = self._recorded.copy()
        world._messages = self._messages.copy()
        world._views = self._views.copy()
        return world

    def _asks(self, name: str, stream_id: int) -> None:
        self._facts_left[name] -= 1
        self._last_number = stream_id
        self._views[name].ask(stream_id)
        self._open += (Open(name, stream_id, "asked"),)

    def _moves_on(self, stream_id: int, stage: str) -> None:
        self._open = tuple(
            open_._replace(stage=stage) if open_.stream_id == stream_id else open_
            for open_ in self._open
        )

    def _leaves(self, name: str, stream_id: int, error: Exception | None) -> None:
        """Ends the block through the generator's own reservation, since a twin may replace that."""
        reservation = self._kind.one_id(_OneWrite(self._views[name], stream_id), 1)
        reservation.pending = [stream_id]
        reservation.__exit__(type(error) if error else None, error, None)
        self._open = tuple(open_ for open_ in self._open if open_.stream_id != stream_id)
        self._highest_completed = max(self._highest_completed, stream_id)
        self._says(name)

    def _says(self, sender: str) -> None:
        token = self._views[sender].own_token
        for process in self._views:
            if process != sender:
                sent = self._messages.get((sender, process), ())
                self._messages[sender, process] = (*sent, token)

    def _hears(self, name: str, sender: str) -> None:
        token, *rest = self._messages.pop((sender, name))
        if rest:
            self._messages[sender, name] = tuple(rest)
        self._views[name].advance(sender, token)

    def _crashes(self, name: str) -> None:
        self._crashes_left -= 1
        del self._views[name]
        self._open = tuple(open_ for open_ in self._open if open_.writer != name)
        for sender, receiver in list(self._messages):
            if receiver == name:
                del self._messages[sender, receiver]

    def _starts(self, name: str) -> None:
        start = find_start(self, name, self._writers)
        view = self._kind.view(name, self._writers, start.positions, start.persisted)
        self._views[name] = view
        if name in self._writers:
            self.record_first_position(name, view.own_token)

    # What a process finds in the database when it starts; see `start.Stored`.

    def last_row(self) -> int:
        """The last ID in the table, or FIRST."""
        return max(self._rows, default=FIRST)

    def own_number(self) -> int:
        """The sequence's last value, or its next one if the last one may be pending elsewhere."""
        if self._last_number != max(self.last_row(), *self._recorded.values(), FIRST):
            self._last_number += 1
        return self._last_number

    def positions(self) -> dict[str, int]:
        """The recorded position of each writer."""
        return dict(self._recorded)

    def keep_positions_of(self, writers: Collection[str]) -> None:
        """Does nothing: there are no other writers."""

    def ids_from(self, lowest: int) -> list[int]:
        """The IDs of all facts at or after `lowest`."""
        return [stream_id for stream_id in self._rows if stream_id >= lowest]

    def record_first_position(self, name: str, stream_id: int) -> None:
        """Records a position if the writer has none."""
        self._recorded.setdefault(name, stream_id)

    # --8<-- [start:promises]
    def broken_promise(self, before: "World") -> str | None:
        """The promise of the generator that this world breaks after the world `before`, or None."""
        recorded = max(self._recorded.values())
        if recorded > self._last_number:  # `check_consistency` would refuse to start
            return f"the recorded position {recorded} is beyond the sequence, {self._last_number}"
        pending = dict.fromkeys(self._writers, 0)
        for name, stream_id, stage in self._open:
            if stage != "committed":  # once committed, every token may reach it
                pending[name] = stream_id
        oldest = min(filter(None, pending.values()), default=0)
        for process, view in self._views.items():
            if oldest and view.linear >= oldest:
                return f"{process}'s linear token, {view.linear}, reaches a pending ID, {oldest}"
            earlier = before._views.get(process)
            if earlier and view.linear < earlier.linear:
                return f"{process}'s linear token goes back from {earlier.linear} to {view.linear}"
            for name, first in pending.items():
                token = view.of(name)
                if first and token >= first:
                    return f"for {process}, {name}'s token, {token}, reaches its pending ID {first}"
                if earlier and token < earlier.of(name):
                    went = f"from {earlier.of(name)} to {token}"
                    return f"for {process}, {name}'s token goes back {went}"
        return None if self._open or self._messages else self._broken_at_rest()

    def _broken_at_rest(self) -> str | None:
        """The promise that is broken once nothing is pending and all have heard of all, or None."""
        if len(self._views) < len(self._processes):
            return None
        world = self._copy()
        world._views = {name: view.copy() for name, view in self._views.items()}
        for _ in range(2):  # in the second round a writer announces what it heard in the first
            for sender in self._writers:
                world._says(sender)
                for sender, receiver in list(world._messages):
                    world._hears(receiver, sender)
        highest = max(view.linear for view in world._views.values())
        for process, view in world._views.items():
            tokens = {view.linear, *map(view.of, self._writers)}
            if tokens != {highest} or highest < self._highest_completed:
                reached = max(highest, self._highest_completed)
                return f"at rest, {process} has the tokens {sorted(tokens)}, not {reached}"
        return None

    # --8<-- [end:promises]


class _OneWrite:
    """What a reservation needs from a generator; the ID is already known."""

    def __init__(self, view: Positions, stream_id: int) -> None:
        self._view, self._stream_id = view, stream_id

    def _reserve(self, reservation: Reservation) -> StreamIds:
        reservation.pending = [self._stream_id]
        self._view.reserve(self._stream_id, reservation.pending)
        return reservation.pending

    def _complete(self, reservation: Reservation) -> None:
        self._view.complete(reservation.pending)
