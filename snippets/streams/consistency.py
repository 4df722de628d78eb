"""The three numbers of a stream in a database: highest row ≤ highest position ≤ sequence."""

from collections.abc import Iterable
from typing import NamedTuple

from snippets.streams.database import Database


# --8<-- [start:inconsistent]
class InconsistentStream(RuntimeError):
    """The sequence is behind the stored IDs, so it would give out some of them again."""

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
    """The three numbers, without the sign of a negative stream; 0 if there is nothing yet.

    A crash after a fact's commit, before its position is recorded, leaves a row beyond the highest
    position. That is harmless. The sequence is never behind the other two.
    """

    highest_row: int
    highest_position: int
    last_value: int


# --8<-- [start:numbers]
def read_numbers(database: Database, stream_name: str) -> Numbers:
    """The three numbers now. The sequence is read last, since other writers may be at work."""
    # Both ends come from the index. A negative stream's farthest ID is its smallest.
    (rows,) = database.execute(f"SELECT MIN(stream_id), MAX(stream_id) FROM {stream_name}")
    (positions,) = database.execute(
        "SELECT MIN(stream_id), MAX(stream_id) FROM stream_positions WHERE stream_name = ?",
        (stream_name,),
    )
    row, position = (max(abs(end or 0) for end in ends) for ends in (rows, positions))
    return Numbers(row, position, database.last_value(f"{stream_name}_sequence"))


def check_consistency(database: Database, stream_name: str) -> None:
    """Raises InconsistentStream when a row or a recorded position is beyond the sequence.

    Since 1.109 Synapse raises the sequence itself if a row is beyond it (#17305). It never checks
    the position of a negative stream.
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
    """Raises the sequence to the highest stored ID. Nothing is deleted and no token goes back.

    Run it while every process of the homeserver is stopped.
    """
    row, position, last_value = read_numbers(database, stream_name)
    if max(row, position) > last_value:
        database.set_last_value(f"{stream_name}_sequence", max(row, position))


# --8<-- [end:numbers]


# --8<-- [start:stuck]
def stuck_writers_sql(stream_name: str, columns: Iterable[str], *, positive: bool = True) -> str:
    """A query for writers with rows beyond their recorded position, for PostgreSQL and SQLite.

    `columns` are those with the stream's IDs, such as `events.stream_ordering`. A healthy writer
    may appear for a moment, after it commits a row and before it records its position. A writer
    that stays has an ID pending. A writer that wrote nothing after its pending ID is not found.
    """
    names = [column.split(".") for column in columns]
    rows = "\n    UNION ALL ".join(
        f"SELECT instance_name, {column} AS stream_id FROM {table}" for table, column in names
    )
    farthest, beyond = ("max", ">") if positive else ("min", "<")
    return f"""\
SELECT p.instance_name, p.stream_id AS position, {farthest}(r.stream_id) AS farthest_row
FROM stream_positions AS p JOIN (
    {rows}
) AS r ON r.instance_name = p.instance_name AND r.stream_id {beyond} p.stream_id
WHERE p.stream_name = '{stream_name}' GROUP BY p.instance_name, p.stream_id;"""


# --8<-- [end:stuck]
