"""Where a process finds a stream when it starts."""

from collections.abc import Collection
from typing import NamedTuple, Protocol


class Stored(Protocol):
    """What the database has of a stream; `tables.Tables` reads it. IDs have the stream's sign."""

    def last_row(self) -> int:
        """The last ID that stands in the table; of an empty table the one before the first."""

    def own_number(self) -> int:
        """The sequence's last value, or the next one where the last may be pending."""

    def positions(self) -> dict[str, int]:
        """The recorded positions, by writer."""

    def keep_positions_of(self, writers: Collection[str]) -> None:
        """Deletes the positions of all other writers."""

    def ids_from(self, lowest: int) -> list[int]:
        """The IDs of all facts from this one on."""


# --8<-- [start:start]
class Start(NamedTuple):
    """What a process knows when it starts, as a generator takes it."""

    positions: dict[str, int]
    persisted: list[int]


def find_start(stored: Stored, instance_name: str, writers: Collection[str]) -> Start:
    """Each writer's position, and the facts found from the lowest of them on.

    A writer's own position is the sequence's last value, as in Synapse, with a care that
    Synapse does not take: where that number may be another writer's pending ID, it first
    takes a number of its own, and leaves it empty.
    """
    # Before the positions: a row of a writer that starts in between must not count.
    last_row = stored.last_row()
    own: dict[str, int] = {}
    if instance_name in writers:
        # Nothing of this process is pending now, whatever the sequence gave to it.
        own = {instance_name: stored.own_number()}
    positions: dict[str, int] = {}
    if writers:
        stored.keep_positions_of(writers)
        positions = {**stored.positions(), **own}
    if positions:
        return Start(positions, stored.ids_from(min(positions.values(), key=abs)))
    return Start(dict.fromkeys(writers or [instance_name], last_row), [])


# --8<-- [end:start]
