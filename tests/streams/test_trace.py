"""The notation of schedules, the rows of a trace, and the picture of it."""

from xml.etree import ElementTree

import pytest

from snippets.streams import (
    ScheduleError,
    Step,
    markdown_table,
    parse_schedule,
    timeline_svg,
    trace,
)

WORKED_EXAMPLE = "start at 1; reserve 2, 3; complete 3, 2; reserve 4, 5, 6; complete 5, 4, 6"


def test_the_worked_example_gives_the_tokens_of_the_source() -> None:
    assert [row.current for row in trace(WORKED_EXAMPLE)] == [1, 1, 1, 1, 3, 3, 3, 3, 3, 5, 6]


def test_a_schedule_is_clauses_between_semicolons_or_lines_with_a_writer_before_a_colon() -> None:
    assert list(parse_schedule("Start at 5\n\nworker1: reserve 6, 7;fail 6")) == [
        Step("start", 5),
        Step("reserve", 6, "worker1"),
        Step("reserve", 7, "worker1"),
        Step("fail", 6),
    ]


def test_a_step_is_written_as_it_is_parsed() -> None:
    for text in ("start at -1", "reserve 2", "worker-1.example: fail 3"):
        assert [str(step) for step in parse_schedule(text)] == [text]


def test_a_trace_takes_steps_as_well_as_text() -> None:
    assert trace(parse_schedule(WORKED_EXAMPLE)) == trace(WORKED_EXAMPLE)


def test_a_stream_starts_at_1_by_default() -> None:
    assert trace("") == trace("start at 1")
    assert [row.current for row in trace("worker1: reserve 2; worker1: complete 2")] == [1, 1, 2]


def test_a_stream_that_starts_below_zero_counts_down() -> None:
    assert [row.current for row in trace("start at -4; reserve -5; complete -5")] == [-4, -4, -5]


def test_a_row_names_the_pending_ids_oldest_first() -> None:
    assert [row.pending for row in trace("reserve 2, 3; complete 2")] == [(), (2,), (2, 3), (3,)]


def test_notes_explain_unexpected_tokens() -> None:
    notes = [row.note for row in trace("reserve 2, 3; fail 3; complete 2")]
    assert notes[3] == "rolled back, which counts as completed; 2 is still pending"
    assert notes[4] == "jumps from 1 to 3"


def test_an_impossible_step_is_refused() -> None:
    with pytest.raises(ScheduleError, match="'frob 2': write reserve, complete or fail"):
        trace([Step("start", 1), Step("frob", 2)])


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("frob 3", "'frob 3': write 'start at', 'reserve', 'complete' or 'fail', then stream IDs"),
        ("reserve", "'reserve': write"),
        ("reserve 2 3", "'2 3' is not a stream ID; write whole numbers with commas between them"),
        ("reserve 3", "'reserve 3': the next stream ID is 2"),
        ("reserve 2; complete 3", "'complete 3': 3 is not pending (pending: 2)"),
        ("fail 2", "'fail 2': 2 is not pending (pending: none)"),
        ("start at 0", "'start at 0': streams start at 1, negative ones at -1"),
        ("reserve 2; start at 3", "only the first step says where the stream starts"),
        ("a: reserve 2; b: reserve 3", "'b: reserve 3': this stream has one writer, 'a'"),
    ],
)
def test_an_invalid_schedule_is_refused_with_its_clause(schedule: str, message: str) -> None:
    with pytest.raises(ScheduleError) as refused:
        trace(schedule)
    assert message in str(refused.value)


def test_the_table_has_a_line_for_every_row() -> None:
    table = markdown_table(trace("reserve 2, 3; complete 3")).splitlines()
    assert table[-1] == "| Complete 3 | 1 | 2 | 2 is still pending |"
    assert len(table) == 2 + 4


def test_the_picture_has_a_bar_for_every_id_and_an_end_for_every_ended_one() -> None:
    svg = timeline_svg(trace("reserve 2, 3, 4; complete 3; fail 2"), 'ids "against" <time>')
    root = ElementTree.fromstring(svg)
    kinds = [element.get("class") for element in root]
    assert root.get("aria-label") == 'ids "against" <time>'
    assert (kinds.count("pending"), kinds.count("completed"), kinds.count("failed")) == (3, 1, 1)
    assert kinds.count("current") == 1


def test_the_picture_contains_no_colour_or_style() -> None:
    svg = timeline_svg(trace(WORKED_EXAMPLE), "worked example")
    assert "style=" not in svg
    assert "#" not in svg
