"""The context managers that generators return: they reserve IDs and complete them."""

from collections.abc import Sequence
from typing import Protocol

StreamIds = Sequence[int]  # in the order in which they were given out


# --8<-- [start:reservation]
class Reserves(Protocol):
    """The part of a generator that a reservation needs. Both methods take a lock."""

    def _reserve(self, reservation: "Reservation") -> StreamIds:
        """Reserves `reservation.n` IDs and returns them for the block.

        It stores them in `reservation.pending` before they are pending, so that the reservation can
        complete them even if this call is interrupted.
        """

    def _complete(self, reservation: "Reservation") -> None:
        """Completes the IDs in `reservation.pending`, together."""


# A class, since contextlib.contextmanager costs twice as much as everything else here.
class Reservation:
    """Reserves `n` IDs on entry and completes them on exit, however the block ends.

    Raises RuntimeError if it is entered twice.
    """

    __slots__ = ("_generator", "n", "pending")

    def __init__(self, generator: Reserves, n: int) -> None:
        self._generator = generator
        self.n = n
        self.pending: StreamIds = ()  # as the generator counts them

    def _enter(self) -> StreamIds:
        if self.pending:
            raise RuntimeError("one `get_next()` is entered twice: call it for each block")
        try:
            return self._generator._reserve(self)
        except BaseException:  # also when a task is cancelled, or on Ctrl+C (#20090)
            self.__exit__()
            raise

    def __exit__(self, *error: object) -> None:
        if self.pending:
            self._generator._complete(self)


class OneId(Reservation):
    """A reservation of one ID, which the block gets as a number."""

    __slots__ = ()

    def __enter__(self) -> int:
        return self._enter()[0]


class SeveralIds(Reservation):
    """A reservation of several IDs, which the block gets as a sequence."""

    __slots__ = ()

    def __enter__(self) -> StreamIds:
        return self._enter()


# --8<-- [end:reservation]
