"""One state of a small stream that is followed over the bus, and every step that can follow."""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from snippets.streams.bus import CONNECTED, BusUnavailable
from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.reader import Reader, ReaderState
from snippets.streams.sequence import MemorySequence
from snippets.streams.tables import Updates
from snippets.streams.world import ENDS, FIRST, Open, Step
from snippets.streams.writer import Writer, WriterState


class Process(NamedTuple):
    """What one process knows, and which facts of others it has applied.

    `key` is equal for two processes that will always behave the same.
    """

    generator: MultiWriterIdGenerator
    reader: ReaderState
    writer: WriterState | None
    has_news: bool
    applied: frozenset[int]
    key: object


class Following:
    """The database, the processes, and the undelivered lines.

    It does not change: `after` returns another one. Each writer writes `facts` facts of two rows,
    one after the other: it gets an ID, commits or fails, completes, and announces what is new,
    sooner or later. All processes follow the stream, the writers too. They hear the lines of one
    sender in the order sent, those of several senders in any order. There are up to `faults`
    faults: a process loses its connection and all undelivered lines to it, or a writer stops
    sending and does not know that its last line was sent. With `single_lines` the faults are
    different: a line is lost, heard twice, or heard before older lines of its sender.

    The processes run the real `Writer` and generator, and `Reader` or its twin `kind`. Database
    and bus are plain values. No process is killed.
    """

    def __init__(
        self,
        kind: type[Reader] = Reader,
        *,
        facts: Mapping[str, int] = MappingProxyType({"w1": 1, "w2": 1}),
        readers: Collection[str] = ("r",),
        faults: int = 0,
        single_lines: bool = False,
        from_database: bool = False,
    ) -> None:
        self.kind, self.from_database = kind, from_database
        self._single_lines = single_lines
        self._facts_left = dict(facts)
        self._faults_left = faults
        self._last_number = FIRST
        self._open: tuple[Open, ...] = ()
        self.stored: dict[int, str] = {}  # the writer of each fact, by ID
        self.lines: dict[tuple[str, str], tuple[str, ...]] = {}  # by (sender, receiver)
        self.broken: str | None = None
        self.processes: dict[str, Process] = {}
        for name in (*readers, *facts):
            writes = name in facts
            generator = MultiWriterIdGenerator(
                instance_name=name,
                writers=list(facts),
                sequence=MemorySequence(FIRST) if writes else None,
            )
            reader = ReaderState(FIRST, frozenset(), frozenset(), asks=False)
            writer = WriterState(FIRST, says_position=True) if writes else None
            self.processes[name] = Process(generator, reader, writer, writes, frozenset(), None)
        self._settle()

    def key(self) -> object:
        """Equal for two states in which the same can happen."""
        return (
            self._faults_left,
            self._last_number,
            self._open,
            tuple(self._facts_left.values()),
            frozenset(self.stored.items()),
            frozenset(self.lines.items()),
            tuple(process.key for process in self.processes.values()),
        )

    # --8<-- [start:steps]
    def steps(self) -> Iterator[Step]:
        """Everything that can happen now."""
        for writer, stream_id, stage in self._open:
            yield from (Step(action, writer, stream_id) for action in ENDS[stage])
        busy = {writer for writer, *_ in self._open}
        for writer, left in self._facts_left.items():
            if left and writer not in busy:
                yield Step("gets", writer, self._last_number + 1)
        yield from self._talk()
        if self._faults_left:
            yield from self._faults()

    def _talk(self) -> Iterator[Step]:
        for name, process in self.processes.items():
            if process.has_news:
                yield Step("announces", name)
        yield from (Step("hears", receiver, sender) for sender, receiver in self.lines)

    def _faults(self) -> Iterator[Step]:
        if self._single_lines:
            for (sender, receiver), lines in self.lines.items():
                yield Step("misses", receiver, sender)
                yield Step("hears", receiver, f"{sender} twice")
                if len(lines) > 1:
                    yield Step("hears", receiver, f"{sender} out of order")
        else:
            for name, process in self.processes.items():
                yield Step("loses", name, "its connection")
                if (
                    process.has_news
                ):  # with only one line to send, stopping after the second has no effect
                    yield from (Step("breaks off", name, f"after line {n}") for n in (1, 2))

    def after(self, step: Step) -> Self:
        """The stream after this step."""
        stream = self._copy()
        stream._happens(step)
        return stream

    # --8<-- [end:steps]
    def _copy(self) -> Self:
        same = object.__new__(type(self))
        vars(same).update(vars(self))
        same._facts_left = self._facts_left.copy()
        same.stored = self.stored.copy()
        same.lines = self.lines.copy()
        same.processes = self.processes.copy()
        return same

    def _happens(self, step: Step) -> None:
        match step:
            case Step("gets", name, int(stream_id)):
                self._facts_left[name] -= 1
                self._last_number = stream_id
                self._open += (Open(name, stream_id, "pending"),)
                _Acting(self, name).gets(stream_id)
            case Step("commits", name, int(stream_id)):
                self._leaves(name)
                self._open += (Open(name, stream_id, "committed"),)
                _Acting(self, name).add(stream_id, name, _rows(stream_id))
            case Step("completes" | "fails", name, int(stream_id)):
                self._leaves(name)
                _Acting(self, name).completes(stream_id)
            case Step("announces", name):
                _Acting(self, name).announces()
            case Step("breaks off", name, str(after)):
                self._faults_left -= 1
                lines = int(after.removeprefix("after line "))
                _Acting(self, name).announces(breaks_off_after=lines)
            case Step("loses", name):
                self._faults_left -= 1
                for sender in self.processes:
                    self.lines.pop((sender, name), None)
                self._connects(name)
            case Step("misses", name, str(sender)):
                self._faults_left -= 1
                self._takes(sender, name)
            case _:
                self._hears(step.process, *str(step.about).split(" ", 1))

    def _hears(self, name: str, sender: str, how: str = "") -> None:
        self._faults_left -= bool(how)
        line = self._takes(sender, name, -1 if how == "out of order" else 0)
        for _ in range(2 if how == "twice" else 1):
            _Acting(self, name).hears(line)

    def _leaves(self, name: str) -> None:
        self._open = tuple(open_ for open_ in self._open if open_.writer != name)

    def _connects(self, name: str) -> None:
        _Acting(self, name).hears(CONNECTED)

    def _takes(self, sender: str, receiver: str, number: int = 0) -> str:
        """Removes an undelivered line to the receiver: the oldest, or the one with this number."""
        lines = list(self.lines.pop((sender, receiver)))
        line = lines.pop(number)
        if lines:
            self.lines[sender, receiver] = tuple(lines)
        return line

    def _settle(self) -> None:
        """Runs until no process has anything left to announce or to hear."""
        while step := next(self._talk(), None):
            self._happens(step)

    # --8<-- [start:promises]
    def broken_promise(self, before: Self) -> str | None:
        """The promise of the reader that is broken after the last step, or None."""
        if self.broken:
            return self.broken
        written = self.stored | {stream_id: writer for writer, stream_id, _ in self._open}
        pending = [stream_id for _, stream_id, stage in self._open if stage == "pending"]
        oldest = min(pending, default=0)
        for name, process in self.processes.items():
            linear = process.generator.get_current_token()
            if oldest and linear >= oldest:
                return f"{name}'s linear token, {linear}, reaches a pending ID, {oldest}"
            positions = process.generator.get_positions()
            for stream_id, writer in written.items():
                passed = name != writer and positions[writer] >= stream_id
                if passed and stream_id not in process.applied:
                    return f"{name} has passed {writer}'s {stream_id} and not applied it"
        return None if self._open or any(self._talk()) else self._broken_at_rest()

    def _broken_at_rest(self) -> str | None:
        """The promise that is broken once nothing is pending and all have heard of all, or None."""
        rest = self
        if self._single_lines:  # a process finds out what it missed by asking
            rest = self._copy()
            for name in self.processes:
                rest._connects(name)
            rest._settle()
        for name, process in rest.processes.items():
            for stream_id, writer in self.stored.items():
                if name != writer and stream_id not in process.applied:
                    return f"at rest, {name} has not applied {writer}'s {stream_id}"
            token = process.generator.get_current_token()
            if token != self._last_number:
                return f"at rest, {name} has the linear token {token}, not {self._last_number}"
        return rest.broken

    # --8<-- [end:promises]


class _Acting:
    """One process during one step. It is also its own database, sequence and bus."""

    stream_name, positive = "facts", True

    def __init__(self, stream: Following, name: str) -> None:
        process = stream.processes[name]
        self._stream, self._name = stream, name
        self._applied = process.applied
        self._generator = process.generator.copy(self)
        self._writer = Writer(name, self._generator, self, self) if process.writer else None
        if self._writer and process.writer:
            self._writer.resume(process.writer)
        self._reader = stream.kind(
            name,
            self._generator,
            self,
            self,
            self._apply,
            on_replicate=self._writer.say_position if self._writer else lambda: None,
            from_database=stream.from_database,
        )
        self._reader.resume(process.reader)
        self._line: str | None = None
        self._number = 0
        self._breaks_off_after = 0

    def gets(self, stream_id: int) -> None:
        self._number = stream_id
        self._generator.get_next().__enter__()
        self._ends()

    def completes(self, stream_id: int) -> None:
        reservation = self._generator.one_id(self._generator, 1)
        reservation.pending = [stream_id]
        reservation.__exit__()
        self._ends()

    def announces(self, *, breaks_off_after: int = 0) -> None:
        assert self._writer
        self._breaks_off_after = breaks_off_after
        self._writer.send_updates()
        self._ends()

    def hears(self, line: str) -> None:
        self._line = line
        try:
            self._reader.receive()
        except ValueError as error:  # from the generator: a position never goes back
            self._stream.broken = f"for {self._name}, {error}"
        self._ends()

    def _ends(self) -> None:
        reader = self._reader.state()
        writer = self._writer.state() if self._writer else None
        has_news = bool(self._writer and self._writer.has_news())
        key = (self._generator.key(), reader, writer, self._applied)
        self._stream.processes[self._name] = Process(
            self._generator, reader, writer, has_news, self._applied, key
        )

    def _apply(self, writer: str, stream_id: int, rows: list[Any]) -> None:
        stored, fact = self._stream.stored, f"{writer}'s {stream_id}"
        last = max((i for i in self._applied if stored[i] == writer), default=0)
        if stored.get(stream_id) != writer or rows != _rows(stream_id):
            self._stream.broken = f"{self._name} applies {rows} as {fact}"
        elif stream_id <= last:
            self._stream.broken = f"{self._name} applies {fact} after {writer}'s {last}"
        elif self._generator.get_positions()[writer] >= stream_id:
            self._stream.broken = f"{self._name} is at {fact} before it applies it"
        else:
            self._applied |= {stream_id}

    # What the writer, the reader and the generator need from the database and from the bus.

    def add(self, stream_id: int, instance_name: str, rows: list[Any]) -> None:
        self._stream.stored[stream_id] = instance_name

    def record_position(self, instance_name: str, stream_id: int) -> None:
        """Does nothing: only a restarted process reads it, and none restarts."""

    def get_updates(self, instance_name: str, after: int, upto: int, limit: int) -> Updates:
        facts = [
            (stream_id, _rows(stream_id))
            for stream_id, writer in sorted(self._stream.stored.items())
            if writer == instance_name and after < stream_id <= upto
        ]
        return Updates(facts, upto, limited=False)

    def get_next_mult(self, n: int) -> list[int]:
        return [self._number]

    def publish(self, line: str) -> None:
        lines = self._stream.lines
        for receiver in self._stream.processes:
            if receiver != self._name:
                lines[self._name, receiver] = (*lines.get((self._name, receiver), ()), line)
        self._breaks_off_after -= 1
        if self._breaks_off_after == 0:
            raise BusUnavailable

    def receive(self, timeout_s: float) -> str | None:
        return self._line

    def close(self) -> None:
        """Does nothing: no process leaves the bus."""


def _rows(stream_id: int) -> list[Any]:
    """The two rows of a fact, which are two lines on the bus."""
    return [f"{stream_id}a", f"{stream_id}b"]
