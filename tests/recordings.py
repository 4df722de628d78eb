"""What a real program did, step by step, in schedules, and whether ours still does the same.

A recording is a file of JSON lines. The first says what was run and when. Each of the others is
one schedule: its steps in words, and what was seen after each step.

    {"schedule": ["start at 1", "reserve 2", "complete 2"], "seen": [1, 1, 2]}

The schedules themselves are stored. So these lines stay valid whatever becomes of the code that
makes schedules, and a diff of them can be read.

They are a few dozen of the hundreds that were run, the mass, of which the first line has only
digests: one of the schedules, one of the schedules with what was seen. Ours runs the mass again,
made from the same seed, and must come to the same digest. When the code that makes schedules is
edited, the digests must be recorded anew, and `mass_differs` says so.

How the few are chosen: a step reaches things, such as a branch of our code, or a kind of step
with a kind of result. The beginning of a schedule is a schedule, and so is each of its own
beginnings. The one that adds most for its length is taken, again and again, until all that the
mass reached is reached.
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
    """A schedule in words, and what was seen after each of its steps."""

    schedule: Steps
    seen: list[Any]


@dataclass(frozen=True)
class Recording:
    """A recording as it was read: what was run, the digests of the mass, and the readable few."""

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
    """The one text of a value: JSON with sorted names and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def digest(values: Iterable[Any]) -> str:
    """The SHA-256 of the values' canonical lines."""
    return hashlib.sha256("".join(canonical(value) + "\n" for value in values).encode()).hexdigest()


def read(path: Path) -> Recording:
    """A recording. Raises ValueError where a line has not one observation for each step."""
    about, *runs = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return Recording(path, about, [run(each["schedule"], each["seen"]) for each in runs])


def write(path: Path, about: dict[str, Any], mass: list[Run], readable: list[Run]) -> None:
    """Keeps the readable runs whole, and the digests of the mass."""
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


# -- Is ours the same? --


def differences(recording: Recording, ours: Callable[[Steps], Iterable[Any]]) -> list[str]:
    """For each readable run in which ours does something else, the first step at which it does."""
    found = []
    for number, each in enumerate(recording.runs, 2):
        mine = run(each["schedule"], ours(each["schedule"]))["seen"]
        for step, (recorded, own) in enumerate(zip(each["seen"], mine, strict=True)):
            if canonical(recorded) != canonical(own):
                found.append(
                    f"{recording.path.name}, line {number}, step {step + 1}, "
                    f"{each['schedule'][step]!r}: {recording.about['program']} did "
                    f"{canonical(recorded)}, ours {canonical(own)}; {each['schedule'][: step + 1]}"
                )
                break
    return found


def mass_differs(
    recording: Recording, schedules: list[Steps], seen: Iterable[Iterable[Any]]
) -> str | None:
    """What to do about a mass that has another digest than the recorded one; None if it has not.

    `seen` is what ours, or the real program today, did in each of the schedules.
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


# -- Which runs are kept readable --


def choose(
    runs: list[Run], reaches: Callable[[Run], list[set[Hashable]]], always: Iterable[Run] = ()
) -> list[Run]:
    """Beginnings of runs that together reach whatever the runs reach, with few steps.

    `reaches` says what each step of a run reaches. The runs in `always` come first, whole.
    """
    bits: dict[Hashable, int] = {}

    def beginnings(each: Run) -> list[int]:
        """What each beginning of the run reaches, as a set of bits; the first has one step."""
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
                # Three steps for the line itself, so that not every run is a step or two long.
                worth = (reached & ~done).bit_count() / (length + 3)
                if worth > gain:
                    gain, number, steps = worth, candidate, length
        if not gain:
            return chosen
        done |= sets[number][steps - 1]
        chosen.append(run(runs[number]["schedule"][:steps], runs[number]["seen"][:steps]))


def branches(steps: Iterator[Any], modules: Iterable[ModuleType]) -> list[set[Hashable]]:
    """The lines of these modules that each step goes through, each with the line before it."""
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

    found: list[set[Hashable]] = []
    before = sys.gettrace()
    while True:
        reached, last = set(), {}
        sys.settrace(trace)
        try:
            next(steps)
        except StopIteration:
            return found
        finally:
            sys.settrace(before)
        found.append(reached)
