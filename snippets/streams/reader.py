"""Follows a stream: applies every fact once, in the order of its writer."""

import logging
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from snippets.streams.bus import CONNECTED, BusUnavailable, Endpoint
from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator, UnknownWriter
from snippets.streams.replication import (
    BadCommand,
    Command,
    Position,
    Rdata,
    Replicate,
    UnknownCommand,
    parse_command,
)
from snippets.streams.tables import Facts

logger = logging.getLogger(__name__)

# Called with the writer's name, the stream ID and the fact's rows.
OnRows = Callable[[str, int, list[Any]], None]


class ReaderState(NamedTuple):
    """What a reader knows besides its generator; equal for two that will always behave the same."""

    start: int
    synchronised: frozenset[str]
    batches: frozenset[tuple[str, tuple[Any, ...]]]
    asks: bool


# --8<-- [start:class]
class Reader:
    """The reading side of one process: rows are applied before the position moves.

    `on_rows` sees every fact of every writer once, and each writer's facts in the order of
    their IDs. When it raises, or the database goes away, `receive` raises that, the position
    stays, and the fact is read again from the database. `on_replicate` is called when another
    process asks where this one is.

    With `from_database` the rows are always read from the database, and an RDATA says only how
    far its writer has come: for a bus that may drop, repeat or reorder lines.
    """

    def __init__(
        self,
        instance_name: str,
        generator: MultiWriterIdGenerator,
        store: Facts,
        endpoint: Endpoint,
        on_rows: OnRows,
        *,
        on_replicate: Callable[[], None] = lambda: None,
        from_database: bool = False,
        limit: int = 100,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.instance_name = instance_name
        self._generator = generator
        self._store = store
        self._endpoint = endpoint
        self._on_rows = on_rows
        self._on_replicate = on_replicate
        self._from_database = from_database
        self._limit = limit
        self._clock = clock
        self._sign = 1 if store.positive else -1
        self._asks = False
        self._start = generator.get_current_token()  # of writers that were not heard of
        self._batches: dict[str, list[Any]] = {}
        # Writers that sent a position on this connection; before that, RDATA may have been missed.
        self._synchronised: set[str] = set()

    # --8<-- [end:class]
    # --8<-- [start:receive]
    def receive(self, timeout_s: float = 0.0) -> bool:
        """Handles the next line; False when none came within `timeout_s`.

        A line that is not a command is logged, and every writer is asked for its position.
        """
        if self._asks:
            self._ask()
        line = self._endpoint.receive(timeout_s)
        if line is None:
            return False
        if line == CONNECTED:
            self.resynchronise()
            self._on_replicate()
            return True
        try:
            command = parse_command(line)
        except UnknownCommand:
            return True
        except BadCommand as error:
            logger.error("asking for positions after a line that is not a command: %s", error)
            self.resynchronise()
            return True
        try:
            self._handle(command)
        except BaseException:
            # It was applied only in part: the rest is read from the database.
            self._synchronised.clear()
            self._asks = True
            raise
        return True

    def resynchronise(self) -> None:
        """Trusts no RDATA before a POSITION of its writer, and asks all writers for one."""
        self._synchronised.clear()
        self._ask()

    def wait_for(self, instance_name: str, token: int, timeout_s: float) -> None:
        """Receives until that writer's facts up to `token` are applied.

        Raises TimeoutError, saying where the writer is, and UnknownWriter.
        """
        self._generator.check_writer(instance_name)
        deadline = self._clock() + timeout_s
        while self._applied(instance_name) < abs(token):
            left = deadline - self._clock()
            if left <= 0:
                at = self._sign * self._applied(instance_name)
                raise TimeoutError(
                    f"{instance_name!r} is at {at} after {timeout_s} s, not at {token}"
                )
            self.receive(left)

    # --8<-- [end:receive]
    # --8<-- [start:handle]
    def _handle(self, command: Command) -> None:
        if isinstance(command, Replicate):
            self._on_replicate()
        elif command.stream_name != self._store.stream_name:
            pass
        elif command.instance_name == self.instance_name:
            pass  # Redis also sends a publisher its own lines
        else:
            try:
                self._generator.check_writer(command.instance_name)
            except UnknownWriter as error:
                logger.error("restart every process with the same writers: %s", error)
                return
            if isinstance(command, Rdata):
                self._handle_rdata(command)
            else:
                self._handle_position(command)

    def _handle_rdata(self, command: Rdata) -> None:
        name, token = command.instance_name, command.token
        if self._from_database:
            if token is not None:
                self._catch_up(name, token)
        elif name not in self._synchronised:
            pass
        elif token is None:
            self._batch(name).append(command.row)
        else:
            rows = [*self._batch(name), command.row]
            self._batch(name).clear()
            if token > self._applied(name):
                self._apply(name, token, rows)
                self._generator.advance(name, self._sign * token)

    def _handle_position(self, command: Position) -> None:
        name, new = command.instance_name, command.new_token
        self._batch(name).clear()
        if not command.prev_token <= self._applied(name):
            self._catch_up(name, new)
        elif new > self._applied(name):
            self._generator.advance(name, self._sign * new)
        self._synchronised.add(name)

    def _catch_up(self, name: str, upto: int) -> None:
        """Applies from the database what that writer wrote up to `upto`."""
        limited = True
        while limited and upto > self._applied(name):
            facts, reached, limited = self._store.get_updates(
                name, self._sign * self._applied(name), self._sign * upto, self._limit
            )
            for stream_id, rows in facts:
                self._apply(name, abs(stream_id), rows)
                self._generator.advance(name, stream_id)
            self._generator.advance(name, reached)

    def _batch(self, name: str) -> list[Any]:
        """Rows of the writer's next token. Mixed rows would be added to another writer's fact."""
        return self._batches.setdefault(name, [])

    # --8<-- [end:handle]
    def _apply(self, name: str, token: int, rows: list[Any]) -> None:
        self._on_rows(name, self._sign * token, rows)

    def _applied(self, name: str) -> int:
        # Not get_current_token_for_writer: the linear token may have passed a fact of this
        # writer that is stored, but not yet announced to this reader.
        return abs(self._generator.get_positions().get(name, self._start))

    def _ask(self) -> None:
        try:
            self._endpoint.publish(str(Replicate()))
            self._asks = False
        except BusUnavailable:
            self._asks = True  # `receive` asks again

    def state(self) -> ReaderState:
        """What this reader knows now. The rows of a batch must be hashable."""
        batches = frozenset((name, tuple(rows)) for name, rows in self._batches.items() if rows)
        return ReaderState(self._start, frozenset(self._synchronised), batches, self._asks)

    def resume(self, state: ReaderState) -> None:
        """Continues from this state."""
        self._start, self._asks = state.start, state.asks
        self._synchronised = set(state.synchronised)
        self._batches = {name: list(rows) for name, rows in state.batches}
