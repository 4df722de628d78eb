"""Schedules of one writer, replayed on our generator and on Synapse's.

The notation is that of the pages, with one operation in each clause: `reserve 4, 5` is one
`get_next_mult(2)`, and the clause that ends those IDs names both.
"""

import random
from collections.abc import Hashable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from snippets.streams import StreamIdGenerator, parse_schedule, stream_id_generator
from tests.real import synapse
from tests.recordings import Run, Steps, branches

WORKED_EXAMPLE = (
    "start at 1; reserve 2; reserve 3; complete 3; complete 2; "
    "reserve 4; reserve 5; reserve 6; complete 5; complete 4; complete 6"
)
DRIVER = Path(__file__).with_name("synapse_one_writer_driver.py")

Operation = tuple[str, list[int]]


class RolledBack(Exception):
    """What a failing operation raises inside its block."""


def operations(schedule: str) -> list[Operation]:
    """One operation for each clause; the first is the start."""
    clauses = [list(parse_schedule(clause)) for clause in schedule.split(";")]
    return [(steps[0].action, [step.stream_id for step in steps]) for steps in clauses]


def in_words(schedule: str) -> Steps:
    """The schedule in the words of a recording: a step for each clause."""
    return schedule.split("; ")


def from_words(steps: Steps) -> str:
    """Parses the steps of a recording."""
    return "; ".join(steps)


def ours(schedule: str) -> list[int]:
    """Our generator's current token at the start and after every operation."""
    return list(_tokens(schedule))


def reached(run: Run) -> list[set[Hashable]]:
    """For each step: branches of our generator, and what happened to which of the open IDs."""
    executed = branches(_tokens(from_words(run["schedule"])), [stream_id_generator])
    pending: list[list[int]] = []
    before, last = 0, ""
    ops = operations(from_words(run["schedule"]))
    for step, (action, stream_ids), token in zip(executed, ops, run["seen"], strict=True):
        which = ""
        if action == "reserve":
            pending.append(stream_ids)
        elif action != "start":
            place = pending.index(stream_ids)
            which = "oldest" if place == 0 else "newest" if stream_ids == pending[-1] else "other"
            pending.remove(stream_ids)
        moved = "not" if token == before else "by more" if abs(token - before) > 3 else "a little"
        step.add((action, len(stream_ids), which, moved, ops[0][1][0] > 0))
        step.add((last, action, which, moved))
        before, last = token, action
    return executed


def _tokens(schedule: str) -> Iterator[int]:
    (_, [start]), *rest = operations(schedule)
    stream = StreamIdGenerator(start, step=1 if start > 0 else -1)
    pending: dict[int, AbstractContextManager[Sequence[int]]] = {}
    yield stream.get_current_token()
    for action, stream_ids in rest:
        if action == "reserve":
            write = stream.get_next_mult(len(stream_ids))
            assert list(write.__enter__()) == stream_ids
            pending[stream_ids[0]] = write
        else:
            error = RolledBack() if action == "fail" else None
            kind = type(error) if error else None
            pending.pop(stream_ids[0]).__exit__(kind, error, None)
        yield stream.get_current_token()


def synapses(python: Path, schedules: list[str]) -> list[list[int]]:
    """The same from the generator of the Synapse in the environment of `python`, for every
    schedule.
    """
    requests: list[dict[str, Any]] = []
    for schedule in schedules:
        (_, [start]), *ops = operations(schedule)
        requests.append({"start": start, "step": 1 if start > 0 else -1, "ops": ops})
    return drive(python, requests)


def drive(python: Path, requests: Sequence[str | dict[str, Any]]) -> list[Any]:
    """The driver's answers, one for each request: a schedule or the name of a case."""
    return synapse.ask(python, DRIVER, requests)


def random_schedule(rng: random.Random, length: int = 40, most_at_once: int = 3) -> str:
    """A schedule of `length` operations in either direction, a quarter of its ends failures."""
    step = rng.choice((1, -1))
    last = start = step * rng.randint(1, 1000)
    pending: list[list[int]] = []
    clauses = [f"start at {start}"]
    for _ in range(length):
        if not pending or rng.random() < 0.5:
            stream_ids = [last + step * n for n in range(1, rng.randint(1, most_at_once) + 1)]
            last = stream_ids[-1]
            pending.append(stream_ids)
            action = "reserve"
        else:
            stream_ids = pending.pop(rng.randrange(len(pending)))
            action = "fail" if rng.random() < 0.25 else "complete"
        clauses.append(f"{action} {', '.join(map(str, stream_ids))}")
    return "; ".join(clauses)
