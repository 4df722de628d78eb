"""`make mutants`: makes errors in `snippets/`, and counts how many the tests notice."""

import contextlib
import datetime
import hashlib
import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from snippets.shared.command_line import Parser, refuse, start, warn
from tests import ROOT
from tests.mutants import Impossible
from tests.mutants.change import Mutant, mutants
from tests.mutants.run import Runs

HARMLESS = Path(__file__).with_name("harmless.yaml")
RESULT = Path(__file__).with_name("result.json")
NAMES = ("file", "function", "original", "changed")
LEAST = 0.97  # of those that make a difference are killed, or the status is 1


def parser() -> Parser:
    made = Parser(prog="python -m tests.mutants", description="Do the tests notice an error?")
    made.add_argument("--seed", type=int, default=14, metavar="N", help="another makes others")
    made.add_argument("--sample", type=int, default=320, metavar="N", help="how many; default 320")
    made.add_argument("--only", default="snippets", metavar="PATH", help="a file or folder there")
    made.add_argument(
        "--quick", action="store_true", help="only the likeliest tests: quick, and of the line"
    )
    made.add_argument("--again", action="store_true", help="only what no recorded run killed")
    made.add_argument("--json", action="store_true", help="the result as JSON")
    return made


def identity(mutant: Mutant, seed: int) -> str:
    """The same wherever its lines move."""
    return hashlib.sha256(repr((seed, mutant.key)).encode()).hexdigest()[:12]


def sample(every: Iterable[Mutant], seed: int, count: int) -> list[Mutant]:
    """So many of them. An edit of the code leaves the choice of all other mutants as it was."""
    return sorted(every, key=lambda mutant: identity(mutant, seed))[:count]


def harmless() -> dict[tuple[str, ...], str]:
    """Why a change makes no difference, by the mutant's key."""
    entries = yaml.safe_load(HARMLESS.read_text("utf-8")) or []
    return {tuple(entry[name] for name in NAMES): entry["why"] for entry in entries}


def result(chosen: Sequence[Mutant], survivors: Iterable[Mutant], seed: int) -> dict[str, Any]:
    """What is recorded of a run."""
    survived = sorted(survivors, key=lambda mutant: (mutant.file, mutant.line, mutant.changed))
    why = harmless()
    killed = sorted(identity(mutant, seed) for mutant in set(chosen) - set(survived))
    subjects = {}
    for subject in sorted({mutant.subject for mutant in chosen}):
        there = [mutant for mutant in chosen if mutant.subject == subject]
        left = [mutant for mutant in survived if mutant.subject == subject]
        equal = sum(mutant.key in why for mutant in left)
        subjects[subject] = {
            "mutants": len(there),
            "killed": len(there) - len(left),
            "harmless": equal,
        }
    return {
        "recorded": datetime.date.today().isoformat(),
        "seed": seed,
        "mutants": len(chosen),
        "killed": len(killed),
        "harmless": sum(mutant.key in why for mutant in survived),
        "subjects": subjects,
        "survivors": [
            {**dict(zip(NAMES, m.key, strict=True)), "harmless": why.get(m.key)} for m in survived
        ],
        "identities": killed,
    }


def rate(row: dict[str, Any]) -> float:
    """How many are killed, of those that make a difference."""
    different: int = row["mutants"] - row["harmless"]
    return row["killed"] / different if different else 1.0


def table(run: dict[str, Any]) -> str:
    """A line for each subject, then the sum."""
    rows = [*run["subjects"].items(), ("together", run)]
    return "\n".join(
        f"{name:22}{row['mutants']:5} mutants{row['killed']:5} killed{row['harmless']:4} harmless"
        f"{rate(row):8.1%}"
        for name, row in rows
    )


def _left(done: Iterable[tuple[Mutant, bool]], count: int, tests: str) -> list[Mutant]:
    """Those that survive, which it names as they come."""
    left = []
    for number, (mutant, survives) in enumerate(done, 1):
        if survives:
            left.append(mutant)
            file, function, original, changed = mutant.key
            warn(f"survives {tests}: {file}:{mutant.line} {function}: {original} -> {changed}")
        if survives or number % 10 == 0 or number == count:
            warn(f"{number} of {count}, killed {number - len(left)}, survived {len(left)}")
    return left


def main(arguments: Sequence[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    if given.sample < 1:
        return refuse("mutants", "--sample: at least 1", as_json=given.json)
    inside = (ROOT / given.only).resolve().is_relative_to(ROOT.resolve() / "snippets")
    every = mutants(ROOT, given.only) if inside else []
    if not every:
        wrong = f"--only: {given.only}: no code of snippets/"
        return refuse("mutants", wrong, as_json=given.json)
    chosen = sample(every, given.seed, given.sample)
    if given.again:
        killed = json.loads(RESULT.read_text("utf-8"))["identities"]
        chosen = [mutant for mutant in chosen if identity(mutant, given.seed) not in killed]
    warn(f"{len(chosen)} of {len(every)} mutants; first a run without a change, a minute or two")
    with tempfile.TemporaryDirectory() as folder:
        try:
            runs = Runs(ROOT, Path(folder))
        except Impossible as why:
            return refuse("mutants", str(why), as_json=given.json)
        with contextlib.closing(runs):
            survivors = _left(runs.survive(chosen, runs.likeliest), len(chosen), "the likeliest")
            if not given.quick:
                known = [mutant for mutant in survivors if mutant.key in harmless()]
                rest = [mutant for mutant in survivors if mutant.key not in harmless()]
                survivors = known + _left(runs.survive(rest, runs.others), len(rest), "every test")
    run = result(sample(every, given.seed, given.sample), survivors, given.seed)
    print(json.dumps(run, indent=2) if given.json else table(run))
    for survivor in run["survivors"]:
        if not survivor["harmless"]:
            warn(f"add a test, or why it is harmless: {survivor['file']}: {survivor['changed']}")
    return int(rate(run) < LEAST)


if __name__ == "__main__":
    start(main)
