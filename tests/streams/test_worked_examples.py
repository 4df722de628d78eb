"""The examples on pages show what the text around them says."""

import pytest

from snippets.streams.worked_examples import (
    linear_token_table,
    position_cases_table,
    replicate_messages,
    three_writers,
)


@pytest.mark.proves(
    "a-pending-id-holds-both-tokens",
    "a-quiet-writer-follows",
    "leaked-id-stops-the-tokens",
)
def test_a_pending_id_holds_its_writers_token_and_the_linear_token_back() -> None:
    example = three_writers()
    assert example.facts["w1"] == {2: "completed", 5: "pending", 8: "completed"}
    tokens = [example.reader.get_current_token_for_writer(name) for name in ("w1", "w2", "w3")]
    assert (tokens, example.reader.get_current_token()) == ([4, 7, 7], 4)


def test_the_linear_token_is_raised_over_ids_that_all_writers_are_past() -> None:
    *_, last_but_one, last = linear_token_table().splitlines()
    assert last_but_one == "| w1 is at 11 | 11 | 9 | 9 |"
    assert last == "| w2 is at 15 | 11 | 15 | 11 |"


def test_a_late_reader_asks_and_gets_a_position_before_the_next_row() -> None:
    says = [(who, line.partition(" ")[0]) for who, line in replicate_messages()]
    assert says == [("reader", "REPLICATE"), ("w1", "POSITION"), ("w1", "RDATA")]


@pytest.mark.proves("reader-ignores-lower-positions")
def test_a_reader_fetches_only_if_the_position_shows_a_gap() -> None:
    rows = [line.split(" | ") for line in position_cases_table().splitlines()[2:]]
    assert [row[2:4] for row in rows] == [
        ["6, 8", "9"],
        ["6, 8", "9"],
        ["nothing", "9"],
        ["nothing", "9"],
        ["nothing", "5"],
        ["nothing", "5"],
    ]
