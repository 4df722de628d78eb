"""The commands in which Synapse's processes tell each other how far a stream has come."""

import json
from dataclasses import dataclass
from typing import Any, ClassVar

# Written in place of a row's token if more rows with the same token follow.
BATCH = "batch"


class BadCommand(ValueError):
    """A line or a value that is not a command; the message says what is wrong and what to write."""


class UnknownCommand(BadCommand):
    """A line that begins with another word; Synapse has about twenty more kinds of command."""


# --8<-- [start:commands]
@dataclass(frozen=True)
class Replicate:
    """Asks every process for its positions: each answers with a POSITION for its streams."""

    NAME: ClassVar = "REPLICATE"

    def __str__(self) -> str:
        return self.NAME


@dataclass(frozen=True)
class Position:
    """`instance_name` is at `new_token`, and wrote no rows in (prev_token, new_token]."""

    NAME: ClassVar = "POSITION"

    stream_name: str
    instance_name: str
    prev_token: int
    new_token: int

    def __post_init__(self) -> None:
        check_names(self.stream_name, self.instance_name)

    def __str__(self) -> str:
        return (
            f"{self.NAME} {self.stream_name} {self.instance_name} "
            f"{self.prev_token} {self.new_token}"
        )


@dataclass(frozen=True)
class Rdata:
    """One row of the fact `token`. If the token is `None`, more rows of the same fact follow.

    `row` is any value that JSON can represent.
    """

    NAME: ClassVar = "RDATA"

    stream_name: str
    instance_name: str
    token: int | None
    row: Any

    def __post_init__(self) -> None:
        check_names(self.stream_name, self.instance_name)

    def __str__(self) -> str:
        token = BATCH if self.token is None else self.token
        try:
            # JSON escapes newlines, so a command is one line whatever the row contains.
            row = json.dumps(self.row, allow_nan=False, separators=(",", ":"))
        except (TypeError, ValueError) as error:
            raise BadCommand(f"row {self.row!r} cannot be written as JSON: {error}") from None
        return f"{self.NAME} {self.stream_name} {self.instance_name} {token} {row}"


Command = Replicate | Position | Rdata


# --8<-- [end:commands]
# --8<-- [start:parse]
def parse_command(line: str) -> Command:
    """Parses a line. Raises BadCommand, or UnknownCommand if another word begins the line."""
    name, _, rest = line.partition(" ")
    if name == Replicate.NAME and not rest:
        return Replicate()
    if name == Position.NAME:
        fields = rest.split(" ")
        if len(fields) != 4:
            raise BadCommand(f"{line!r}: write POSITION <stream> <instance> <previous> <new>")
        return Position(fields[0], fields[1], _token(line, fields[2]), _token(line, fields[3]))
    if name == Rdata.NAME:
        fields = rest.split(" ", 3)  # the row may contain spaces
        if len(fields) != 4:
            raise BadCommand(f"{line!r}: write RDATA <stream> <instance> <token or batch> <row>")
        token = None if fields[2] == BATCH else _token(line, fields[2])
        try:
            row = json.loads(fields[3])
        except (ValueError, RecursionError) as error:
            raise BadCommand(f"{line!r}: the row {fields[3]!r} is not JSON: {error}") from None
        return Rdata(fields[0], fields[1], token, row)
    raise UnknownCommand(f"{line!r}: write REPLICATE, POSITION or RDATA")


# --8<-- [end:parse]
def _token(line: str, text: str) -> int:
    try:
        token = int(text)
        if -(2**63) <= token < 2**63:  # the range of the database's column
            return token
    except ValueError:
        pass
    raise BadCommand(f"{line!r}: {text!r} is not a token, write a whole number below 2**63")


def check_names(*names: str) -> None:
    """Raises BadCommand for a name that is not one word."""
    for name in names:
        if not name or any(character.isspace() for character in name):
            raise BadCommand(f"name {name!r}: write one word, without spaces or newlines")
