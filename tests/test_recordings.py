"""A recording catches one changed observation, in a readable schedule or in the mass."""

import copy
import sys
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import ROOT, recordings
from tests.federation_backoff.record import RELEASES, recording
from tests.recordings import Recording, Run, Steps
from tests.streams import one_writer
from tests.streams.record import ONE_WRITER, SEVERAL_WRITERS, one_writer_mass

FILES = [ONE_WRITER, SEVERAL_WRITERS, *map(recording, RELEASES)]
MOST_BYTES = 1_200_000

# The program to record adds numbers.
MASS = [["1", "2", "-3"], ["5", "-5"], ["4", "4"], ["1", "1", "1", "-3"]]


def sums(steps: Steps) -> Iterator[int]:
    """The sum after each step."""
    total = 0
    for step in steps:
        total += int(step)
        yield total


def reaches(run: Run) -> list[set[Hashable]]:
    """The sign of a step, and whether the sum is zero after it."""
    return [{step[0] == "-", seen == 0} for step, seen in zip(*run.values(), strict=True)]


@pytest.fixture
def adding(tmp_path: Path) -> Recording:
    """A recording of the program."""
    runs = [recordings.run(steps, sums(steps)) for steps in MASS]
    about = {"program": "Adder 1.0", "seed": 7, "command": "make record"}
    path = tmp_path / "recorded" / "adder.jsonl"
    recordings.write(path, about, runs, recordings.choose(runs, reaches))
    return recordings.read(path)


def test_the_same_program_does_what_was_recorded(adding: Recording) -> None:
    assert recordings.differences(adding, sums) == []
    assert recordings.mass_differs(adding, MASS, map(sums, MASS)) is None


def test_a_changed_result_in_a_readable_schedule_is_named_with_its_step(
    adding: Recording,
) -> None:
    assert adding.runs == [{"schedule": ["5", "-5"], "seen": [5, 0]}]
    (found,) = recordings.differences(adding, lambda steps: [abs(1 - s) for s in sums(steps)])
    assert found == ("adder.jsonl, line 2, step 1, '5': Adder 1.0 did 5, ours 4; ['5']")


def test_a_changed_result_in_the_mass_is_caught_without_a_readable_schedule(
    adding: Recording,
) -> None:
    def wrong_at_8(steps: Steps) -> list[int]:
        return [9 if total == 8 else total for total in sums(steps)]

    assert recordings.differences(adding, wrong_at_8) == []
    message = recordings.mass_differs(adding, MASS, map(wrong_at_8, MASS))
    assert message
    assert "one or more of the 4 schedules" in message
    assert "not what Adder 1.0 did" in message


@pytest.mark.parametrize("made", [[*MASS[:3], ["1"]], MASS[:3]], ids=["another", "fewer"])
def test_changed_schedules_need_a_new_digest_and_keep_the_readable_ones(
    made: list[Steps], adding: Recording
) -> None:
    message = recordings.mass_differs(adding, made, map(sums, made))
    assert message == (
        "adder.jsonl: the seed 7 no longer makes the 4 schedules whose digest was recorded, so "
        "the digest says nothing. The 1 readable schedules are still valid. Once they pass, "
        "record the digest anew: make record, or the line of it that writes this file"
    )
    assert recordings.differences(adding, sums) == []


def test_a_run_without_one_observation_for_each_step_is_refused(adding: Recording) -> None:
    text = adding.path.read_text("utf-8")
    adding.path.write_text(text.replace("[5,0]", "[5]"), "utf-8")
    with pytest.raises(ValueError, match="2 steps and 1 observations"):
        recordings.read(adding.path)


def test_the_chosen_runs_reach_what_the_mass_reaches_in_fewer_steps() -> None:
    runs = [recordings.run(steps, sums(steps)) for steps in [["1"] * 30, *MASS, ["-1"]]]
    always = [recordings.run(["1"], [1])]
    chosen = recordings.choose(runs, reaches, always)
    assert chosen[0] == always[0]

    def reached(of: list[Run]) -> set[Hashable]:
        return {thing for run in of for step in reaches(run) for thing in step}

    assert reached(chosen) == reached(runs)
    assert sum(len(run["schedule"]) for run in chosen) < 5


def test_each_step_has_the_branches_that_it_goes_through() -> None:
    """The second iteration of `sums` enters its loop from the loop's end, the first does not."""
    first, second, third = recordings.branches(sums(["1", "2", "3"]), [sys.modules[__name__]])
    assert first != second == third


def test_one_changed_token_in_the_mass_of_a_real_recording_is_caught() -> None:
    read, mass = recordings.read(ONE_WRITER), one_writer_mass()
    tokens = [one_writer.ours(one_writer.from_words(steps)) for steps in mass]
    assert recordings.mass_differs(read, mass, tokens) is None
    tokens[-1][-1] += 1
    assert "not what Synapse 1.90.0 did" in (recordings.mass_differs(read, mass, tokens) or "")


def _changed(seen: list[Any], number: int) -> list[Any]:
    """The observations, with another value at that step."""
    others = copy.deepcopy(seen)
    others[number] = {"another": seen[number]}
    return others


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_observation_of_every_readable_schedule_is_compared(path: Path) -> None:
    read = recordings.read(path)
    assert len(read.runs) >= 12
    by_schedule = {tuple(run["schedule"]): run["seen"] for run in read.runs}
    assert recordings.differences(read, lambda steps: by_schedule[tuple(steps)]) == []
    for number, run in enumerate(read.runs):
        for step in range(len(run["seen"])):
            runs = [*read.runs]
            runs[number] = {**run, "seen": _changed(run["seen"], step)}
            altered = Recording(path, read.about, [runs[number]])
            (found,) = recordings.differences(altered, lambda steps: by_schedule[tuple(steps)])
            assert found.startswith(f"{path.name}, line 2, step {step + 1}, ")


def test_all_recordings_together_are_small() -> None:
    files = [path for path in ROOT.glob("tests/*/recorded/*") if path.is_file()]
    files += ROOT.glob("snippets/*/*.json*")
    assert len(files) > 15
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in files}
    assert sum(sizes.values()) <= MOST_BYTES, sorted(sizes.items(), key=lambda one: -one[1])[:5]
    assert max(sizes[str(path.relative_to(ROOT))] for path in FILES) < 50_000
