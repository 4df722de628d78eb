"""The steps of following a release, in order: each is a command that can be repeated."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.follow import FOUND

STATE = FOUND / "state.json"


@dataclass(frozen=True)
class Step:
    """A step. `module` and `arguments` are its command; RELEASE and FORMER are replaced."""

    name: str
    does: str
    module: str
    arguments: tuple[str, ...] = ()
    if_it_fails: str = "fix what the message names"

    def command(self, release: str, former: str) -> list[str]:
        """The arguments for Python."""
        names = {"RELEASE": release, "FORMER": former}
        return ["-m", self.module, *(names.get(word, word) for word in self.arguments)]


BOTH = ("RELEASE", "FORMER")
INDEX = "is the package index reachable?"
DRIVER = "if a driver no longer fits this release, the end of its error names what is missing"


def _edit(name: str, does: str, if_it_fails: str = INDEX) -> Step:
    return Step(name, does, "tests.follow.edits", (name, *BOTH), if_it_fails)


def _history(name: str, does: str, if_it_fails: str = DRIVER) -> Step:
    return Step(name, does, "tests.follow.history", (name, *BOTH), if_it_fails)


def _record(subject: str, module: str, does: str, *arguments: str) -> Step:
    return Step(f"{subject}.{module}", does, f"tests.{subject}.{module}", arguments, DRIVER)


STEPS = (
    _edit("newest", "names it as the newest release, in snippets/shared/release.py"),
    _edit("wheel", "adds its hashes to tests/real/synapse-wheels.txt"),
    _edit(
        "lock",
        "pins its packages in tests/real, as close to the former ones as possible",
        "change the .in file of the former newest release as the message says",
    ),
    _edit("proofs", "names it in started.json, where tests start the newest release"),
    Step(
        "environment",
        "installs it, and the former newest release with its packages",
        "tests.follow.environment",
        BOTH,
        "if the former newest release does not fit the new packages, it needs its own lock again: "
        "`git checkout` its two files in tests/real",
    ),
    _history("facts", "observes what it is and how it reads configurations"),
    _history("options", "searches for the options that it looks up"),
    _history("answers", "starts it and asks what a homeserver answers"),
    _history("history", "adds it to snippets/shared/history.json", "run the steps that it names"),
    Step(
        "compare",
        "runs limiter, generator and streams of both releases with the same input",
        "tests.follow.compare",
        BOTH,
        DRIVER,
    ),
    _record("streams", "record", "records generators, starts and streams"),
    _record("streams", "bench", "measures the generators", "--record"),
    _record("configuration", "record", "records how durations and options are read"),
    _record("configuration", "bench", "measures the checker", "--record"),
    _record("federation_backoff", "record", "records the limiter"),
    _record("federation_backoff", "bench", "measures the limiter", "--record"),
    _record("reverse_proxies", "record_probe", "runs the probe against it"),
    _record("application_services", "record", "records what it asks an application service"),
    _record("errors", "record", "searches its package for the texts of errors"),
    _edit("leftovers", "removes recordings of the former newest release"),
    Step(
        "pages",
        "rewrites the pages",
        "tests.docs.update",
        (),
        "correct the page that the message names: something on it is no longer true",
    ),
    Step("summary", "says what changed", "tests.follow.summary", BOTH),
)
NAMES = [step.name for step in STEPS]


@dataclass
class State:
    """The progress of following a release: `former` was the newest before, `done` names steps."""

    release: str
    former: str
    done: list[str] = field(default_factory=list)

    @property
    def left(self) -> list[str]:
        """The steps that are not done, without the summary, which runs every time."""
        return [name for name in NAMES[:-1] if name not in self.done]

    def keep(self) -> None:
        """Writes the state, so that the same command continues from here."""
        FOUND.mkdir(parents=True, exist_ok=True)
        STATE.write_text(json.dumps(vars(self)) + "\n", "utf-8")


def read_state() -> State | None:
    """The last state that was written, or None."""
    if not STATE.exists():
        return None
    kept: dict[str, Any] = json.loads(STATE.read_text("utf-8"))
    return State(**kept)
