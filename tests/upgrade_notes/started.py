"""`python -m tests.upgrade_notes.started`: which releases the tests that notes name really start.

Each test is run in a pytest of its own, in which this module notes every program that is started
from the environment of a release. What comes of it is kept in `recorded/started.json`.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from snippets.upgrade_notes.notes import read_notes
from tests.docs.fences import ROOT

STARTED = Path(__file__).parent / "recorded" / "started.json"
_TO = "GUIDE_STARTED"
_ENVIRONMENT = re.compile(
    r"/synapse-(?P<host>[\d.]+)-py[\d.]+-[0-9a-f]+(-with-(?P<own>[\d.]+))?/bin/python"
)


def named() -> list[str]:
    """The tests that notes say start Synapse."""
    return sorted({test for note in read_notes() for test in note.proof.tests})


def started_by(test: str) -> list[str]:
    """The releases that a test starts, oldest first. Raises where the test fails or is skipped."""
    (file,) = [
        file
        for file in (ROOT / "tests").rglob("test_*.py")
        if f"\ndef {test}(" in file.read_text("utf-8")
    ]
    with tempfile.NamedTemporaryFile("r+") as kept:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.upgrade_notes.started"]
        subprocess.run(
            [*command, "-p", "no:cacheprovider", f"{file}::{test}"],
            cwd=ROOT,
            env={**os.environ, _TO: kept.name, "CI": "true"},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return sorted(set(kept.read().split()), key=lambda name: [*map(int, name.split("."))])


def pytest_configure() -> None:
    """Begins to note what is started; pytest calls it, for this module is a plugin of it too."""

    def noted(event: str, arguments: tuple[object, ...]) -> None:
        if event == "subprocess.Popen":
            _, command, *_ = arguments
            words = (
                list(map(str, command)) if isinstance(command, (list, tuple)) else [str(command)]
            )
            found = _ENVIRONMENT.search(words[0])
            if found and words[1:3] != ["-m", "pip"]:
                with open(os.environ[_TO], "a") as kept:
                    print(found["own"] or found["host"], file=kept)

    sys.addaudithook(noted)


def main() -> int:
    found = {}
    for test in named():
        found[test] = started_by(test)
        print(f"  {test}: {', '.join(found[test])}", flush=True)
    STARTED.parent.mkdir(exist_ok=True)
    STARTED.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
