"""What the page `Speed` says of the recorded benchmarks. No test here is timed."""

import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import pytest

from snippets.shared.curves import curves_svg, short
from snippets.shared.floor import Floor
from snippets.shared.speed import as_text, curves, in_words, measured, read_bench, rows_table

BENCHES = {subject: read_bench(subject) for subject in ("streams", "federation_backoff")}
CURVES = [curve for bench in BENCHES.values() for curve in bench["curves"]]
BEHIND = "An ID completes behind a stuck one"

SMALL: dict[str, Any] = {
    "recorded": "2026-01-02",
    "machine": "an abacus",
    "rounds": 3,
    "rows": [{"what": "A", "against": "B", "times_as_fast": 2.0}],
    "curves": [
        {
            "of": "Abacus",
            "operation": "A bead moves",
            "size": "beads",
            "sizes": [1, 1_000, 1_000_000],
            "costs": {
                "ours": [1.5, 2.0, 1234.5],
                "theirs": [3.0, 400.0, None],
                "others'": [4.0, 5.0, 6.0],
            },
        }
    ],
}


def costs(of: str, operation: str) -> tuple[list[float], list[float | None]]:
    """Ours, and Synapse's."""
    (curve,) = (c for c in CURVES if (c["of"], c["operation"]) == (of, operation))
    ours, theirs, *_ = curve["costs"].values()
    return ours, theirs


def test_every_recorded_curve_has_a_cost_of_ours_for_every_size() -> None:
    assert len(CURVES) == 8
    for curve in CURVES:
        first, second, *_ = curve["costs"]
        assert (first, second.split()[0]) == ("ours", "Synapse")
        assert curve["sizes"] == sorted(set(curve["sizes"]))
        assert {len(line) for line in curve["costs"].values()} == {len(curve["sizes"])}
        assert None not in curve["costs"]["ours"]


@pytest.mark.proves("synapse-is-slow-while-an-id-is-stuck")
@pytest.mark.parametrize("of", ["StreamIdGenerator", "MultiWriterIdGenerator"])
@pytest.mark.parametrize("operation", ["An ID completes, the oldest first", BEHIND])
def test_ours_is_flat_in_what_is_pending_or_finished(of: str, operation: str) -> None:
    ours, _ = costs(of, operation)
    assert max(ours) <= 2 * min(ours)  # while the size grows 10,000-fold


@pytest.mark.proves("synapse-is-slow-while-an-id-is-stuck", "one-writer-is-flat")
def test_synapse_is_recorded_to_be_flat_while_no_id_is_stuck_and_with_one_writer() -> None:
    oldest_first = "An ID completes, the oldest first"
    for of, operation in (
        ("MultiWriterIdGenerator", oldest_first),
        ("StreamIdGenerator", oldest_first),
        ("StreamIdGenerator", BEHIND),
    ):
        _, theirs = costs(of, operation)
        measured = [cost for cost in theirs if cost]
        assert len(measured) == len(theirs)
        assert max(measured) <= 2 * min(measured)


@pytest.mark.proves("hearing-grows-with-the-writers")
def test_hearing_is_recorded_to_cost_more_with_more_writers() -> None:
    for line in costs("MultiWriterIdGenerator", "A writer hears of another's"):
        measured = [cost for cost in line if cost]
        assert measured[-1] > 1.5 * measured[0]


@pytest.mark.proves("the-pool-is-a-large-part", "most-goes-into-the-statements")
def test_on_postgresql_the_pool_and_the_statements_are_recorded_as_large_parts() -> None:
    whole, without_pool, bare = (
        row["times_as_fast"] for row in BENCHES["streams"]["rows"] if "PostgreSQL" in row["what"]
    )
    assert whole > 2 * without_pool
    assert 0.5 < bare < 1


@pytest.mark.proves("a-full-cache-reads-the-table")
def test_a_request_is_recorded_to_cost_more_when_the_destinations_do_not_fit_the_cache() -> None:
    (curve,) = (c for c in CURVES if c["operation"] == "One request, every request succeeds")
    fit = curve["sizes"].index(10_000)
    for line in curve["costs"].values():
        assert min(line[fit:]) > 3 * max(line[:fit])


@pytest.mark.proves("synapse-is-slow-while-an-id-is-stuck")
def test_synapse_is_recorded_to_grow_with_what_finished_behind_a_stuck_id() -> None:
    ours, theirs = costs("MultiWriterIdGenerator", BEHIND)
    measured = [cost for cost in theirs if cost]
    assert measured == sorted(measured)
    assert measured[-1] >= 100 * measured[0]
    from_1000 = measured[1:]
    assert all(5 < b / a < 20 for a, b in pairwise(from_1000))
    assert measured[3] >= 500 * ours[3]


@pytest.mark.proves("a-failure-costs-the-same-among-many")
def test_a_failure_is_recorded_at_about_the_same_cost_among_many_destinations() -> None:
    for line in costs("RetryDestinationLimiter", "One request, every request fails"):
        measured = [cost for cost in line if cost]
        assert max(measured) <= 1.5 * min(measured)


def test_ours_is_faster_in_every_point_that_was_measured() -> None:
    for curve in CURVES:
        ours, *others = curve["costs"].values()
        for line in others:
            assert all(b is None or a <= b for a, b in zip(ours, line, strict=True)), curve


def test_a_healthy_destination_is_recorded_at_half_of_synapses_cost_or_less() -> None:
    ours, theirs = costs("RetryDestinationLimiter", "One request, every request succeeds")
    assert all(b is None or b >= 2 * a for a, b in zip(ours, theirs, strict=True))


def test_the_floor_counts() -> None:
    floor = Floor()
    with floor.get_next() as first, floor.get_next() as second:
        pass
    assert (first, second) == (1, 2)


def test_a_table_has_each_row_and_says_where_it_is_from() -> None:
    assert rows_table(SMALL).splitlines()[-1] == "| A | B | 2 |"
    assert measured(SMALL) == (
        "Recorded on 2026-01-02 by `make record`, in 3 rounds: an abacus.\n{.provenance}"
    )


@pytest.mark.proves("too-slow-is-not-measured")
def test_what_was_not_measured_is_said_in_words_figures_and_picture() -> None:
    (curve,) = SMALL["curves"]
    assert in_words(curve) == (
        "A bead moves. From 1 to 1,000,000 beads the cost over that of the floor goes: "
        "ours from 1.5 to 1,234; theirs from 3 to not measured; others' from 4 to 6"
    )
    page = curves(SMALL, ["A bead moves"], of="Abacus")
    assert [line.strip() for line in page.splitlines() if "| " in line] == [
        "| beads | ours | theirs | others' | Ratio |",
        "| 1 | 1.5 | 3 | 4 | 2 |",
        "| 1,000 | 2 | 400 | 5 | 200 |",
        "| 1,000,000 | 1,234 | not measured | 6 | not measured |",
    ]
    picture = ET.fromstring(next(line for line in page.splitlines() if "<svg" in line))
    assert "not measured" in [part.text for part in picture]
    assert picture.get("aria-label") == in_words(curve)


def test_the_terminal_shows_the_same_figures() -> None:
    words = as_text(SMALL).split()
    for cell in ("1,234", "200", "1,000,000", "times", "others'"):
        assert cell in words


def test_an_operation_that_was_not_measured_is_an_error() -> None:
    with pytest.raises(KeyError, match="A bead jumps"):
        curves(SMALL, ["A bead jumps"], of="Abacus")


def test_lines_differ_by_dashes_and_marks_and_not_only_by_colour() -> None:
    (curve,) = SMALL["curves"]
    svg = curves_svg(curve["sizes"], curve["costs"], "beads", "a & b", high=2000)
    parts = [part for part in ET.fromstring(svg) if part.get("class") in ("ours", "theirs")]
    dashes = [part.get("stroke-dasharray") for part in parts if "stroke-dasharray" in part.attrib]
    assert dashes == ["", "", "7 4", "7 4", "2 4", "2 4"]  # in the legend, and in the plot
    marks = [part.tag.rpartition("}")[2] for part in parts if part.get("fill") == "currentColor"]
    assert marks == ["circle"] * 4 + ["rect"] * 3 + ["text"] + ["path"] * 4


def test_a_higher_cost_is_higher_and_a_larger_size_further_right() -> None:
    svg = curves_svg([1, 10, 100], {"ours": [1.0, 10.0, 100.0]}, "beads", "", high=100)
    _, *dots = [
        (float(str(part.get("cx"))), float(str(part.get("cy"))))
        for part in ET.fromstring(svg)
        if part.get("class") == "ours" and part.tag.endswith("circle")
    ]
    (x1, y1), (x2, y2), (x3, y3) = dots
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2)
    assert y1 - y2 == pytest.approx(y2 - y3, abs=0.2)
    assert x1 < x2
    assert y2 < y1


@pytest.mark.parametrize(
    ("number", "letters"), [(1, "1"), (64, "64"), (1_000, "1k"), (10**6, "1M")]
)
def test_a_size_is_short(number: int, letters: str) -> None:
    assert short(number) == letters
