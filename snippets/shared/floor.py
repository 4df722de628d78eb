"""The least that a generator can cost: what the pages' relative costs are relative to."""

from threading import Lock


# --8<-- [start:floor]
class Floor:
    """Looks like a generator, and knows nothing: an empty context manager, a lock and a counter.

    It takes the lock twice, as every generator must: to reserve, and to complete.
    """

    def __init__(self) -> None:
        self.last = 0
        self.lock = Lock()

    def get_next(self) -> "Block":
        """Counts on entry."""
        return Block(self)


class Block:
    """Promises nothing about what else happens."""

    __slots__ = ("_floor",)

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def __enter__(self) -> int:
        floor = self._floor
        with floor.lock:
            floor.last += 1
            return floor.last

    def __exit__(self, *error: object) -> None:
        with self._floor.lock:
            pass


# --8<-- [end:floor]
