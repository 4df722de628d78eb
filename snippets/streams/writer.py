"""Writes facts to a stream and announces them to the other processes."""

from typing import Any, NamedTuple

from snippets.streams.bus import BusUnavailable, Endpoint
from snippets.streams.database import DatabaseUnavailable
from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.replication import Command, Position, Rdata, check_names
from snippets.streams.tables import Facts


class OutcomeUnknown(RuntimeError):
    """The connection was lost during a write; only a restart can tell whether it succeeded."""


class WriterState(NamedTuple):
    """What a writer knows besides its generator; equal for two that will always behave the same."""

    sent_upto: int
    says_position: bool


# --8<-- [start:class]
class Writer:
    """The writing side of one process: a fact is stored first and announced afterwards.

    Announcements are read from the database, so one that was lost with its connection is repeated.
    On the wire tokens are positive, even those of a negative stream.
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
        """Stores one fact with these rows and returns its stream ID.

        The ID is pending until the fact is committed or has failed; after that the position is
        recorded separately. For a row that JSON cannot represent, raises TypeError or ValueError
        and stores nothing.

        If the store's `on_outage` raises, raises that DatabaseUnavailable. The fact may then be
        stored or not, so every later call raises OutcomeUnknown. A new process under the same name
        first waits until the database has finished the write.
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
        """Makes the next `send_updates` begin with a POSITION: a process asked, or is new."""
        self._says_position = True

    def send_updates(self) -> bool:
        """Announces all facts written since the last call, read `limit` at a time.

        Returns False if the bus cannot be reached; the next call then announces the rest. Raises
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
            # The others may have part of a batch: a POSITION makes them discard it.
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
