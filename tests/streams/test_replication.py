"""The commands as values and as lines; another file compares them with Synapse's."""

import pytest

from snippets.streams.replication import (
    BadCommand,
    Position,
    Rdata,
    Replicate,
    UnknownCommand,
    parse_command,
)


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (Replicate(), "REPLICATE"),
        (Position("events", "worker1", 5, 9), "POSITION events worker1 5 9"),
        (Rdata("caches", "master", 7, ["a b", 1]), 'RDATA caches master 7 ["a b",1]'),
        (Rdata("caches", "master", None, "x\ny"), 'RDATA caches master batch "x\\ny"'),
    ],
)
def test_a_command_is_written_and_parsed_as_one_line(
    command: Replicate | Position | Rdata, line: str
) -> None:
    assert str(command) == line
    assert parse_command(line) == command


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("REPLICATE events", "'REPLICATE events': write REPLICATE, POSITION or RDATA"),
        ("POSITION events w1 5", "write POSITION <stream> <instance> <previous> <new>"),
        ("POSITION events w1 5 six", "'six' is not a token, write a whole number below 2**63"),
        ("RDATA events w1 5", "write RDATA <stream> <instance> <token or batch> <row>"),
        ("RDATA events w1 five []", "'five' is not a token, write a whole number"),
        ("RDATA events w1 5 [", "the row '[' is not JSON: Expecting value"),
        ("RDATA  w1 5 []", "name '': write one word, without spaces or newlines"),
        ("", "'': write REPLICATE, POSITION or RDATA"),
        (f"RDATA facts w1 2 {'[' * 200_000}", "is not JSON: "),
        (f"POSITION facts w1 1 {2**63}", "is not a token, write a whole number below 2**63"),
        (f"POSITION facts w1 1 {-(2**63) - 1}", "is not a token, write a whole number below 2**63"),
    ],
)
def test_an_invalid_command_is_refused_with_what_to_write(line: str, message: str) -> None:
    with pytest.raises(BadCommand) as refused:
        parse_command(line)
    assert message in str(refused.value)


@pytest.mark.proves("one-line-is-one-command")
@pytest.mark.parametrize("name", ["", "to device", "events\nREPLICATE", "w1\t"])
def test_a_name_with_a_space_cannot_be_written(name: str) -> None:
    with pytest.raises(BadCommand, match="write one word"):
        Position(name, "w1", 1, 2)
    with pytest.raises(BadCommand, match="write one word"):
        Rdata("events", name, 1, [])


@pytest.mark.parametrize("row", [{1, 2}, float("nan")])
def test_a_row_that_json_cannot_represent_cannot_be_written(row: object) -> None:
    with pytest.raises(BadCommand, match="cannot be written as JSON"):
        str(Rdata("events", "w1", 1, row))


def test_another_kind_of_command_is_distinguished_from_a_broken_line() -> None:
    with pytest.raises(UnknownCommand):
        parse_command("REMOTE_SERVER_UP matrix.org")
