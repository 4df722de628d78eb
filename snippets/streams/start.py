"""The positions with which a process starts."""

from collections.abc import Collection
from typing import NamedTuple, Protocol


class Stored(Protocol):
    """What the database knows of a stream; `tables.Tables` reads it. IDs have the stream's sign."""

    def last_row(self) -> int:
        """The last ID in the table; for an empty table, the ID before the first one."""

    def own_number(self) -> int:
        """The sequence's last value, or its next one if the last one may be pending elsewhere."""

    def positions(self) -> dict[str, int]:
        """The recorded position of each writer."""

    def keep_positions_of(self, writers: Collection[str]) -> None:
        """Deletes the positions of all other writers."""

    def ids_from(self, lowest: int) -> list[int]:
        """The IDs of all facts at or after `lowest`."""


# --8<-- [start:start]
class Start(NamedTuple):
    """What a process knows when it starts; the arguments of a generator."""

    positions: dict[str, int]
    persisted: list[int]


def find_start(stored: Stored, instance_name: str, writers: Collection[str]) -> Start:
    """Each writer's position, and the IDs of the facts from the lowest position on.

    As in Synapse, a writer's own position is the sequence's last value. One precaution is ours: if
    another writer may have that number pending, the process first takes a new number and leaves it
    unused.
    """
    # Read before the positions: rows of a writer that starts in between must not count.
    last_row = stored.last_row()
    own: dict[str, int] = {}
    if instance_name in writers:
        # This process has nothing pending now, whatever numbers it was given earlier.
        own = {instance_name: stored.own_number()}
    positions: dict[str, int] = {}
    if writers:
        stored.keep_positions_of(writers)
        positions = {**stored.positions(), **own}
    if positions:
        return Start(positions, stored.ids_from(min(positions.values(), key=abs)))
    return Start(dict.fromkeys(writers or [instance_name], last_row), [])


# --8<-- [end:start]
