"""Broken twins: each is the real class with one mistake that Synapse once made, or still makes.

The tests of the rules also run on these, and must fail. Never use one.
"""

from collections.abc import Iterable
from typing import Any

from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.positions import Positions
from snippets.streams.reader import Reader
from snippets.streams.reservation import OneId, Reservation, SeveralIds


# --8<-- [start:new-writer-race]
class _OnlyThoseThatWrote(Positions):
    """Does not know a writer before it has written."""

    def _add_unheard(self, writers: Iterable[str]) -> None:
        self._at.setdefault(self._own_name, self.linear)

    def of(self, name: str) -> int:
        """Falls back to the linear token, so it goes back once the writer is known."""
        return self._at.get(name, self.linear)


class NewWriterRace(MultiWriterIdGenerator):
    """Does not know a writer before it has written, like Synapse up to 1.95 (#16473).

    So the linear token passes the first pending ID of a new writer.
    """

    view = _OnlyThoseThatWrote


# --8<-- [end:new-writer-race]
# --8<-- [start:allocation-race]
class _NothingIsComing(Positions):
    """Does not note that IDs have been requested."""

    def ask(self, reservation: object) -> None:
        """Holds nothing back."""


class AllocationRace(MultiWriterIdGenerator):
    """Counts an ID as pending only once the sequence has answered, like Synapse up to 1.44
    (#11045).

    An ID of another writer that arrives in between moves the tokens past it.
    """

    view = _NothingIsComing


# --8<-- [end:allocation-race]
# --8<-- [start:leaked-reservation]
class _OnlyOnSuccess(Reservation):
    """Completes its IDs only when the block raised nothing."""

    def __exit__(self, *error: object) -> None:
        if error == (None, None, None):
            super().__exit__()


class _OneIdOnSuccess(_OnlyOnSuccess, OneId):
    pass


class _SeveralIdsOnSuccess(_OnlyOnSuccess, SeveralIds):
    pass


class LeakedReservation(MultiWriterIdGenerator):
    """Completes an ID only if the block succeeds; a failed one stays pending for ever.

    Synapse up to 1.159 leaks one when a request is cancelled at the wrong moment (#20090).
    """

    one_id, several_ids = _OneIdOnSuccess, _SeveralIdsOnSuccess


# --8<-- [end:leaked-reservation]
# --8<-- [start:batch-mixing]
class BatchMixing(Reader):
    """Has one batch for the stream instead of one for each writer, like Synapse 1.163.2.

    So a row is added to another writer's fact, or dropped.
    """

    def _batch(self, name: str) -> list[Any]:
        return super()._batch("the same for all")


# --8<-- [end:batch-mixing]
# --8<-- [start:foreign-id]
class ForeignIdRace(Reader):
    """Takes the writer's token for the last fact applied, like Synapse 1.163.2.

    But the token also rises with the linear token, and that rises when *another* process announces
    an ID. The writer's own announcement of that ID then looks old, and is dropped.
    """

    def _applied(self, name: str) -> int:
        return abs(self._generator.get_current_token_for_writer(name))


# --8<-- [end:foreign-id]
# --8<-- [start:position-first]
class PositionFirst(Reader):
    """Moves the position before the rows are applied, like Synapse up to 1.74 (#14723).

    A task that waits for the position then finds old values in the caches.
    """

    def _apply(self, name: str, token: int, rows: list[Any]) -> None:
        self._generator.advance(name, self._sign * token)
        super()._apply(name, token, rows)


# --8<-- [end:position-first]
