"""Runs a schedule through a generator and reports the current stream ID after each step."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from snippets.streams.schedule import ScheduleError, Step, parse_schedule
from snippets.streams.stream_id_generator import StreamIdGenerator


# --8<-- [start:row]
class Row(NamedTuple):
    """One step, the current stream ID after it, and the IDs pending after it, oldest first."""

    step: Step
    current: int
    pending: tuple[int, ...]
    note: str = ""


# --8<-- [end:row]


class _RolledBack(Exception):
    """What a failing step raises inside its block."""


def trace(schedule: str | Iterable[Step]) -> list[Row]:
    """One row for each step of `schedule`; the first row is the start, by default 1.

    A stream that starts below zero is negative: its IDs count down. Raises ScheduleError, naming
    the step, if the schedule reserves an ID that is not the next one, ends one that is not pending,
    or has two writers (this generator has one).
    """
    steps = list(parse_schedule(schedule) if isinstance(schedule, str) else schedule)
    if not steps or steps[0].action != "start":
        writer = steps[0].writer if steps else Step("start", 1).writer
        steps.insert(0, Step("start", 1, writer))
    start = steps[0]
    if start.stream_id == 0:
        raise ScheduleError("'start at 0': streams start at 1, negative ones at -1")
    direction = 1 if start.stream_id > 0 else -1
    generator = StreamIdGenerator(start.stream_id, step=direction)
    expected = start.stream_id
    pending: dict[int, AbstractContextManager[int]] = {}
    rows = [Row(start, generator.get_current_token(), ())]

    for step in steps[1:]:
        if step.writer != start.writer:
            raise ScheduleError(f"'{step}': this stream has one writer, {start.writer!r}")
        if step.action == "reserve":
            expected += direction
            if step.stream_id != expected:
                raise ScheduleError(f"'{step}': the next stream ID is {expected}")
            pending[expected] = generator.get_next()
            pending[expected].__enter__()
        elif step.action in ("complete", "fail"):
            if step.stream_id not in pending:
                known = ", ".join(map(str, pending)) or "none"
                raise ScheduleError(f"'{step}': {step.stream_id} is not pending (pending: {known})")
            error = _RolledBack(str(step)) if step.action == "fail" else None
            kind = type(error) if error else None
            pending.pop(step.stream_id).__exit__(kind, error, None)
        else:
            raise ScheduleError(
                f"'{step}': write reserve, complete or fail; "
                "only the first step says where the stream starts"
            )
        current = generator.get_current_token()
        rows.append(
            Row(step, current, tuple(pending), _note(step, rows[-1].current, current, pending))
        )
    return rows


def _note(step: Step, before: int, current: int, pending: Iterable[int]) -> str:
    """A few words about what a reader may not expect of this step."""
    oldest = next(iter(pending), None)
    notes = ["rolled back, which counts as completed"] if step.action == "fail" else []
    if step.action != "reserve" and current == before:
        notes.append(f"{oldest} is still pending")
    if abs(current - before) > 1:
        notes.append(f"jumps from {before} to {current}")
    return "; ".join(notes)


def markdown_table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table: action, current stream ID, pending IDs, notes."""
    lines = ["| Action | Current stream ID | Pending | Notes |", "|:--|--:|:--|:--|"]
    for step, current, pending, note in rows:
        action = str(step)[:1].upper() + str(step)[1:]
        lines.append(f"| {action} | {current} | {', '.join(map(str, pending))} | {note} |")
    return "\n".join(lines)
