"""What the lab about out-of-order completion says of its own pictures and figures."""

import contextlib
import io
import re

import jupytext
import pytest

from snippets.streams import trace
from tests.docs.guide import DOCS

LAB = DOCS / "labs" / "out-of-order.py"
DRAWN = re.findall(r'^draw\("(.*)"\)', LAB.read_text("utf-8"), re.MULTILINE)
STAIRCASE, SLOW, FAILED, LEAKED = DRAWN


@pytest.mark.proves("staircase-waits-below-the-oldest-bar")
def test_the_staircase_is_one_below_the_oldest_bar_and_jumps_when_that_ends() -> None:
    rows = trace(STAIRCASE)
    assert max(len(row.pending) for row in rows) > 1
    for row in rows:
        assert not row.pending or row.current == min(row.pending) - 1
    assert [row.current for row in rows] == [1, 1, 1, 1, 3, 3, 3, 3, 3, 5, 6]


@pytest.mark.proves("one-slow-write-holds-the-others-back")
def test_while_one_write_is_slow_the_staircase_stays_below_those_that_completed() -> None:
    *before, last = trace(SLOW)
    assert {row.current for row in before} == {1}
    assert [str(row.step) for row in before if row.step.action == "complete"] == [
        "complete 3", "complete 4", "complete 5",
    ]  # fmt: skip
    assert (str(last.step), last.current) == ("complete 2", 5)


@pytest.mark.proves("a-cross-counts-as-completed")
def test_a_write_that_was_rolled_back_counts_as_completed() -> None:
    rows = trace(FAILED)
    assert [row.current for row in rows] == [
        row.current for row in trace(FAILED.replace("fail", "complete"))
    ]
    assert (rows[-1].step.action, rows[-1].current, rows[-1].pending) == ("fail", 4, ())


@pytest.mark.proves("no-later-write-passes-a-leaked-id")
def test_no_write_after_a_leaked_id_moves_the_staircase() -> None:
    rows = trace(LEAKED)
    assert {row.current for row in rows} == {1}
    assert rows[-1].pending == (2,)


@pytest.mark.proves("lag-grows-with-the-slowest-write")
def test_the_lag_grows_with_the_time_of_the_slowest_writes() -> None:
    (code,) = (cell.source for cell in jupytext.read(LAB).cells if "def lags" in cell.source)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, {})
    figures = re.findall(r"(\d+) steps: mean lag +([\d.]+) IDs, largest (\d+)", printed.getvalue())
    slowest, means, largest = (
        [float(text) for text in column] for column in zip(*figures, strict=True)
    )
    assert slowest == [2, 10, 50]
    assert means == sorted(set(means))
    assert largest == sorted(set(largest))
