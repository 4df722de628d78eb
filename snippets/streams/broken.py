"""Broken twins: each is the real class with one mistake that Synapse once made, or still makes.

The tests of the rules run on these too, and must fail. Never use one.
"""

from collections.abc import Iterable
from typing import Any

from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.positions import Positions
from snippets.streams.reader import Reader
from snippets.streams.reservation import OneId, Reservation, SeveralIds


# --8<-- [start:new-writer-race]
class _OnlyThoseThatWrote(Positions):
    """Knows of no writer before it has written."""

    def _add_unheard(self, writers: Iterable[str]) -> None:
        self._at.setdefault(self._own_name, self.linear)

    def of(self, name: str) -> int:
        """Falls back to the linear token, and so goes back once the writer is heard of."""
        return self._at.get(name, self.linear)


class NewWriterRace(MultiWriterIdGenerator):
    """Knows of no writer before it has written, as Synapse up to 1.95 (#16473).

    So the linear token passes the first ID that a new writer has pending.
    """

    view = _OnlyThoseThatWrote


# --8<-- [end:new-writer-race]
# --8<-- [start:allocation-race]
class _NothingIsComing(Positions):
    """Does not note that IDs are on their way."""

    def ask(self, reservation: object) -> None:
        """Holds nothing back."""


class AllocationRace(MultiWriterIdGenerator):
    """Takes an ID for pending only when the sequence's answer is here, as up to 1.44 (#11045).

    An ID of another writer that arrives in between takes the tokens past it.
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
    """Completes an ID only when the block succeeds; one that failed is pending for ever.

    Synapse up to 1.159 leaks one when a request is cancelled at the wrong moment (#20090).
    """

    one_id, several_ids = _OneIdOnSuccess, _SeveralIdsOnSuccess


# --8<-- [end:leaked-reservation]
# --8<-- [start:batch-mixing]
class BatchMixing(Reader):
    """Keeps one batch for the stream and not one for each writer, as Synapse 1.163.2 does.

    A row is credited to another writer's fact, or dropped.
    """

    def _batch(self, name: str) -> list[Any]:
        return super()._batch("the same for all")


# --8<-- [end:batch-mixing]
# --8<-- [start:foreign-id]
class ForeignIdRace(Reader):
    """Takes the writer's token for what was applied of it, as Synapse 1.163.2 does.

    The token also rises with the linear one, and that with an ID that *another* process has
    announced: the writer's own announcement of it then looks old, and is dropped.
    """

    def _applied(self, name: str) -> int:
        return abs(self._generator.get_current_token_for_writer(name))


# --8<-- [end:foreign-id]
# --8<-- [start:position-first]
class PositionFirst(Reader):
    """Moves the position before the rows are applied, as Synapse up to 1.74 (#14723).

    Whoever waits for the position then finds caches that still hold the old values.
    """

    def _apply(self, name: str, token: int, rows: list[Any]) -> None:
        self._generator.advance(name, self._sign * token)
        super()._apply(name, token, rows)


# --8<-- [end:position-first]
