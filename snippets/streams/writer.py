"""Writes facts to a stream and tells the others about them."""

from typing import Any, NamedTuple

from snippets.streams.bus import BusUnavailable, Endpoint
from snippets.streams.database import DatabaseUnavailable
from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.replication import Command, Position, Rdata, check_names
from snippets.streams.tables import Facts


class OutcomeUnknown(RuntimeError):
    """The database went away during a write; only a restart settles what became of it."""


class WriterState(NamedTuple):
    """What a writer knows besides its generator; equal for two that will always do the same."""

    sent_upto: int
    says_position: bool


# --8<-- [start:class]
class Writer:
    """One process's writing side: a fact is stored first, and announced after.

    What is announced is read from the database, so an announcement that was lost with its
    connection is made again. Tokens are positive on the wire, also those of a negative stream.
    """

    def __init__(
        self,
        instance_name: str,
        generator: MultiWriterIdGenerator,
        store: Facts,
        endpoint: Endpoint,
        *,
        limit: int = 100,
    ) -> None:
        check_names(instance_name)
        self.instance_name = instance_name
        self._generator = generator
        self._store = store
        self._endpoint = endpoint
        self._limit = limit
        self._sent_upto = generator.get_current_token_for_writer(instance_name)
        self._says_position = True
        self._lost = False

    # --8<-- [end:class]
    # --8<-- [start:write]
    def write(self, rows: list[Any]) -> int:
        """Stores one fact of so many rows, and returns its stream ID.

        The ID is pending until the fact is committed, or has failed; the position is recorded
        after that, on its own. Raises TypeError or ValueError for a row that JSON cannot hold,
        and then the fact is not there.

        Where the store does not wait out an outage, raises its DatabaseUnavailable. The fact
        may be there then, or may yet come, so this writer says nothing more: it raises
        OutcomeUnknown. A process that starts again under its name waits until that is settled.
        """
        self._check_outcomes()
        try:
            with self._generator.get_next() as stream_id:
                self._store.add(stream_id, self.instance_name, rows)
            own = self._generator.get_current_token_for_writer(self.instance_name)
            self._store.record_position(self.instance_name, own)
        except DatabaseUnavailable:
            self._lost = True
            raise
        return stream_id

    def _check_outcomes(self) -> None:
        if self._lost:
            raise OutcomeUnknown(
                f"the database went away while {self.instance_name!r} wrote: start this process "
                "again, or give its store an `on_outage` that waits"
            )

    # --8<-- [end:write]
    # --8<-- [start:send]
    def say_position(self) -> None:
        """The next `send_updates` begins with a POSITION: somebody sent REPLICATE, or is new."""
        self._says_position = True

    def send_updates(self) -> bool:
        """Announces what was written since the last time, at most `limit` facts at a time.

        False when the bus cannot be reached; the next call then announces the rest. Raises
        OutcomeUnknown, see `write`.
        """
        self._check_outcomes()
        try:
            if self._says_position:
                self._position(self._sent_upto, self._sent_upto)
                self._says_position = False
            limited = True
            current = self._generator.get_current_token_for_writer(self.instance_name)
            while limited and self._sent_upto != current:
                facts, upto, limited = self._store.get_updates(
                    self.instance_name, self._sent_upto, current, self._limit
                )
                for stream_id, rows in facts:
                    for row in rows[:-1]:
                        self._send(Rdata(self._store.stream_name, self.instance_name, None, row))
                    token = abs(stream_id)
                    self._send(Rdata(self._store.stream_name, self.instance_name, token, rows[-1]))
                    self._sent_upto = stream_id
                if self._sent_upto != upto:
                    self._position(self._sent_upto, upto)
                    self._sent_upto = upto
        except BaseException as error:
            # The others may have half of a batch: a POSITION makes them forget it.
            self._says_position = True
            if isinstance(error, BusUnavailable):
                return False
            raise
        return True

    def _position(self, previous: int, new: int) -> None:
        self._send(Position(self._store.stream_name, self.instance_name, abs(previous), abs(new)))

    def _send(self, command: Command) -> None:
        self._endpoint.publish(str(command))

    # --8<-- [end:send]

    def has_news(self) -> bool:
        """Whether `send_updates` would send anything."""
        own = self._generator.get_current_token_for_writer(self.instance_name)
        return self._says_position or self._sent_upto != own

    def state(self) -> WriterState:
        """What this writer knows now, unless it does not know whether its last fact is stored."""
        return WriterState(self._sent_upto, self._says_position)

    def resume(self, state: WriterState) -> None:
        """Continues from this state."""
        self._sent_upto, self._says_position = state
