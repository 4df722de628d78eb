"""`make follow RELEASE=1.164.0`: makes a release of Synapse the newest one that is run."""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence

from snippets.shared.command_line import Parser, refuse, start
from snippets.shared.release import NEWEST_RUN
from tests.follow import FOUND, ROOT, Impossible, order
from tests.follow.edits import hashed
from tests.follow.steps import NAMES, STEPS, State, read_state

DESCRIPTION = """
Makes RELEASE the newest release of Synapse that this guide runs: names and pins it, runs and
records it, rewrites the pages, and says in ten lines what changed and what is left for you.
Finished steps are not repeated: after a failure, the same command continues.
"""


def parser() -> Parser:
    made = Parser(
        prog="python -m tests.follow",
        description=DESCRIPTION,
        epilog="steps:\n" + "\n".join(f"  {step.name:30}{step.does}" for step in STEPS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("release", metavar="RELEASE", help="such as 1.164.0")
    only = "run this step alone, again if it was done; may be given several times"
    made.add_argument("--only", action="append", choices=NAMES, metavar="STEP", help=only)
    skip = "skip this step for now; may be given several times"
    made.add_argument("--skip", action="append", choices=NAMES, metavar="STEP", help=skip)
    return made


def begun(release: str, kept: State | None) -> State:
    """The state to continue from. Raises Impossible for a release that cannot be followed."""
    if not re.fullmatch(r"\d{1,4}\.\d{1,4}\.\d{1,4}", release, re.ASCII):
        raise Impossible(f"{release!r} is not a release: write three numbers, such as 1.164.0")
    if kept and kept.release == release and ("newest" not in kept.done or release == NEWEST_RUN):
        return kept
    if kept and kept.left and kept.release == NEWEST_RUN:
        raise Impossible(f"{kept.release} is still being followed: finish that release first")
    if order(release) <= order(NEWEST_RUN):
        raise Impossible(f"{release} is not newer than {NEWEST_RUN}, the newest that is run")
    major, minor, _ = order(NEWEST_RUN)
    if order(release)[:2] > (major, minor + 1):
        raise Impossible(
            f"every minor release is run: follow the last release of {major}.{minor + 1} first"
        )
    try:
        hashed(release)
    except Impossible as why:
        if "no version of" in str(why):
            raise Impossible(f"the package index has no Synapse {release}") from None
        raise Impossible(f"the package index cannot be reached: {why}") from None
    return State(release, NEWEST_RUN)


def follow(state: State, only: Sequence[str], skip: Sequence[str]) -> int:
    """Runs the chosen steps; returns 1 if one fails, otherwise 0."""
    for number, step in enumerate(STEPS, 1):
        if step.name in skip or (only and step.name not in only):
            continue
        if step.name in state.done and not only:
            continue
        print(f"{number} of {len(STEPS)}, {step.name}: {step.does}", flush=True)
        command = [sys.executable, *step.command(state.release, state.former)]
        if subprocess.run(command, cwd=ROOT).returncode:
            print(
                f"follow: the step {step.name} failed: {step.if_it_fails}. Then run the same "
                f"command again; it continues here. `--skip {step.name}` skips the step.",
                file=sys.stderr,
            )
            return 1
        if step.name not in state.done and step.name != "summary":
            state.done.append(step.name)
            state.keep()
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    kept = read_state()
    try:
        state = begun(given.release, kept)
    except Impossible as why:
        return refuse("follow", str(why))
    if given.only and state is not kept:
        return refuse("follow", f"nothing was done for {given.release} yet: leave out --only")
    if state is not kept:
        shutil.rmtree(FOUND, ignore_errors=True)  # the results of another release
    state.keep()
    return follow(state, given.only or [], given.skip or [])


if __name__ == "__main__":
    start(main)
