"""The three numbers of a stream in a database: highest row ≤ highest position ≤ sequence."""

from typing import NamedTuple

from snippets.streams.database import Database


# --8<-- [start:inconsistent]
class InconsistentStream(RuntimeError):
    """The sequence is behind what is stored, so it would give out IDs a second time."""

    def __init__(
        self, stream_name: str, where: str, stored: int, last_value: int, repair: str
    ) -> None:
        self.repair = repair
        super().__init__(
            f"stream {stream_name!r}: {where} has ID {stored}, but the sequence "
            f"{stream_name}_sequence is at {last_value}. Stop every process of this homeserver, "
            f"then run: {repair}"
        )


# --8<-- [end:inconsistent]
class Numbers(NamedTuple):
    """How far each of the three has come, without the sign of a negative stream; 0 for nothing.

    A crash between a fact's commit and the recording of its position leaves a row beyond the
    highest position; that is no fault. The sequence is never behind either.
    """

    highest_row: int
    highest_position: int
    last_value: int


# --8<-- [start:numbers]
def read_numbers(database: Database, stream_name: str) -> Numbers:
    """The three numbers, now. Other writers may be at work: the sequence is read last."""
    # Both ends, each from the index: a negative stream's farthest ID is the smallest.
    (rows,) = database.execute(f"SELECT MIN(stream_id), MAX(stream_id) FROM {stream_name}")
    (positions,) = database.execute(
        "SELECT MIN(stream_id), MAX(stream_id) FROM stream_positions WHERE stream_name = ?",
        (stream_name,),
    )
    row, position = (max(abs(end or 0) for end in ends) for ends in (rows, positions))
    return Numbers(row, position, database.last_value(f"{stream_name}_sequence"))


def check_consistency(database: Database, stream_name: str) -> None:
    """Raises InconsistentStream when a row or a recorded position is beyond the sequence.

    Since v1.109 Synapse raises the sequence itself when a row is (#17305), and it never
    notices a negative stream's position.
    """
    row, position, last_value = read_numbers(database, stream_name)
    for where, stored in (
        (f"the table {stream_name!r}", row),
        ("the table 'stream_positions'", position),
    ):
        if stored > last_value:
            sql = database.repair_statement(f"{stream_name}_sequence", max(row, position))
            raise InconsistentStream(stream_name, where, stored, last_value, sql)


def repair(database: Database, stream_name: str) -> None:
    """Raises the sequence to the highest ID stored; nothing is deleted and no token falls.

    Run it while no process of the homeserver runs.
    """
    row, position, last_value = read_numbers(database, stream_name)
    if max(row, position) > last_value:
        database.set_last_value(f"{stream_name}_sequence", max(row, position))


# --8<-- [end:numbers]
