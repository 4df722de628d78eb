"""Recordings of what a real program did, step by step, and the comparison with ours.

A recording is a file of JSON lines. The first line says what was run and when. Each other line is
one schedule: its steps in words, and the observation after each step.

    {"schedule": ["start at 1", "reserve 2", "complete 2"], "seen": [1, 1, 2]}

Since the schedules themselves are stored, these lines stay valid if the code that generates
schedules changes, and their diffs are readable.

They are a few dozen out of hundreds. All of these together are the mass. The first line has two
digests of it: of the schedules, and of the schedules with their observations. Our code runs the
mass again, generated from the same seed, and must get the same digest. After a change of the code
that generates schedules, the digests must be recorded again; `mass_differs` says so.

How the few are chosen: a step reaches things, such as a branch of our code, or a kind of step with
a kind of result. Each beginning of a schedule is a schedule too. Repeatedly, the one that adds most
for its length is chosen, until everything that the mass reaches is reached.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, TypedDict

Steps = list[str]


class Run(TypedDict):
    """A schedule in words, and the observation after each of its steps."""

    schedule: Steps
    seen: list[Any]


@dataclass(frozen=True)
class Recording:
    """A recording: what was run, the digests of the mass, and the readable runs."""

    path: Path
    about: dict[str, Any]
    runs: list[Run]


def run(schedule: Steps, seen: Iterable[Any]) -> Run:
    """A run. Raises ValueError unless there is one observation for each step."""
    views = list(seen)
    if len(schedule) != len(views):
        raise ValueError(f"{len(schedule)} steps and {len(views)} observations: {schedule}")
    return {"schedule": schedule, "seen": views}


def canonical(value: Any) -> str:
    """The canonical text of a value: JSON with sorted names and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def digest(values: Iterable[Any]) -> str:
    """The SHA-256 of the canonical texts of the values, one per line."""
    return hashlib.sha256("".join(canonical(value) + "\n" for value in values).encode()).hexdigest()


def read(path: Path) -> Recording:
    """Reads a recording. Raises ValueError unless each line has one observation for each step."""
    about, *runs = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return Recording(path, about, [run(each["schedule"], each["seen"]) for each in runs])


def write(path: Path, about: dict[str, Any], mass: list[Run], readable: list[Run]) -> None:
    """Writes the readable runs, and the digests of the mass."""
    digests = {
        "count": len(mass),
        "steps": sum(len(each["schedule"]) for each in mass),
        "schedules": digest(each["schedule"] for each in mass),
        "seen": digest(mass),
    }
    head = json.dumps({**about, "mass": digests})
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([head, *map(canonical, readable)]) + "\n", "utf-8")
    print(
        f"recorded {len(mass)} schedules from {about['program']} in {path.name}, "
        f"{len(readable)} of them readable"
    )


# -- Comparing ours with a recording --


def differences(recording: Recording, ours: Callable[[Steps], Iterable[Any]]) -> list[str]:
    """The first step at which ours differs, for each readable run in which it does."""
    differing = []
    for number, each in enumerate(recording.runs, 2):
        mine = run(each["schedule"], ours(each["schedule"]))["seen"]
        for step, (recorded, own) in enumerate(zip(each["seen"], mine, strict=True)):
            if canonical(recorded) != canonical(own):
                differing.append(
                    f"{recording.path.name}, line {number}, step {step + 1}, "
                    f"{each['schedule'][step]!r}: {recording.about['program']} did "
                    f"{canonical(recorded)}, ours {canonical(own)}; {each['schedule'][: step + 1]}"
                )
                break
    return differing


def mass_differs(
    recording: Recording, schedules: list[Steps], seen: Iterable[Iterable[Any]]
) -> str | None:
    """What to do about a mass with a different digest from the recorded one, or None.

    `seen` has the observations in each schedule, from ours or from the real program today.
    """
    name, about = recording.path.name, recording.about
    mass = about["mass"]
    if len(schedules) != mass["count"] or digest(schedules) != mass["schedules"]:
        return (
            f"{name}: the seed {about['seed']} no longer makes the {mass['count']} schedules whose "
            f"digest was recorded, so the digest says nothing. The {len(recording.runs)} readable "
            "schedules are still valid. Once they pass, record the digest anew: "
            f"{about['command']}, or the line of it that writes this file"
        )
    if digest(map(run, schedules, seen)) != mass["seen"]:
        return (
            f"{name}: in one or more of the {mass['count']} schedules made from the seed "
            f"{about['seed']}, this is not what {about['program']} did. If no readable schedule "
            "shows which, the slow tests do: they run the mass on the real program again"
        )
    return None


# -- Choosing the readable runs --


def choose(
    runs: list[Run], reaches: Callable[[Run], list[set[Hashable]]], always: Iterable[Run] = ()
) -> list[Run]:
    """Beginnings of runs that together reach what the runs reach, with few steps.

    `reaches` says what each step of a run reaches. The runs in `always` come first, complete.
    """
    bits: dict[Hashable, int] = {}

    def beginnings(each: Run) -> list[int]:
        """What each beginning of the run reaches, as a bit set; the first has one step."""
        reached, sets = 0, []
        for step in reaches(each):
            for thing in step:
                reached |= 1 << bits.setdefault(thing, len(bits))
            sets.append(reached)
        return sets

    chosen = list(always)
    done = 0
    for each in chosen:
        done |= beginnings(each)[-1]
    sets = [beginnings(each) for each in runs]
    while True:
        gain, number, steps = 0.0, 0, 0
        for candidate, reached_by in enumerate(sets):
            for length, reached in enumerate(reached_by, 1):
                # Each run costs three steps more, so that not all runs are only a step or two long.
                worth = (reached & ~done).bit_count() / (length + 3)
                if worth > gain:
                    gain, number, steps = worth, candidate, length
        if not gain:
            return chosen
        done |= sets[number][steps - 1]
        chosen.append(run(runs[number]["schedule"][:steps], runs[number]["seen"][:steps]))


def branches(steps: Iterator[Any], modules: Iterable[ModuleType]) -> list[set[Hashable]]:
    """The lines of these modules that each step executes, each with the line before it."""
    files = {module.__file__ for module in modules}
    reached: set[Hashable] = set()
    last: dict[FrameType, int] = {}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            reached.add((frame.f_code.co_filename, last.get(frame, 0), frame.f_lineno))
            last[frame] = frame.f_lineno
        return trace

    lines: list[set[Hashable]] = []
    before = sys.gettrace()
    while True:
        reached, last = set(), {}
        sys.settrace(trace)
        try:
            next(steps)
        except StopIteration:
            return lines
        finally:
            sys.settrace(before)
        lines.append(reached)
