"""What was observed of every minor release since 1.79, read from `history.json`.

An observation has a kind, such as an option, and a subject, such as "email.smtp_host". For every
release it has a value, or ABSENT. The file stores eras: a value, and the first release that has it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from snippets.shared.release import parse_release

FILE = Path(__file__).with_name("history.json")


# --8<-- [start:history]
class Kind(StrEnum):
    """What is observed, and the name of its table in `history.json`."""

    ANSWER = "answer"  # what a homeserver answers to a request, or itself requests
    DEFAULT = "default"  # an attribute of the configuration when no option is set
    LABELS = "labels"  # the labels of a metric
    OPTION = "option"  # the default with which it is looked up, or None
    PACKAGE = "package"  # what its Python package offers
    READING = "reading"  # of a configuration: the error or None, and the warnings
    REQUIREMENT = "requirement"  # the oldest Python, SQLite or PostgreSQL
    SCHEMA = "schema"  # the constants that say which databases a release opens


class Absent:
    """The value of an observation that a release does not have, such as an unknown option."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


@dataclass(frozen=True)
class Change:
    """A value that differs from the previous release's. Each value is JSON, or ABSENT."""

    subject: str
    release: str
    before: Any
    after: Any


@dataclass(frozen=True)
class History:
    """The observations of all releases.

    `releases` maps the last patch of each minor release, such as "1.95.1", to the day its wheel was
    built, oldest first. `recorded` maps each kind to the day it was recorded. An era in
    `observations` is [release, value], or [release] if the value is ABSENT from there on.
    """

    recorded: dict[str, str]
    releases: dict[str, str]
    observations: dict[str, dict[str, list[list[Any]]]]

    def release(self, release: str) -> str:
        """The release of the same minor version that was run. Raises ValueError if none was."""
        if release in self.releases:
            return release  # called thousands of times
        if run := self._of_minor.get(parse_release(release)):
            return run
        oldest, *_, newest = self.releases
        raise ValueError(f"{release} was not run: write a release from {oldest} to {newest}")

    @cached_property
    def _of_minor(self) -> dict[tuple[int, int], str]:
        return {parse_release(run): run for run in self.releases}

    @cached_property
    def _order(self) -> dict[str, int]:
        return {run: number for number, run in enumerate(self.releases)}

    def before(self, release: str) -> str:
        """The release that was run before this one. Raises ValueError for the first."""
        number = self._order[self.release(release)]
        if not number:
            raise ValueError(f"nothing was run before {release}")
        return list(self.releases)[number - 1]

    def value(self, kind: Kind, subject: str, release: str) -> Any:
        """The value at a release, or ABSENT."""
        eras = self.observations[kind].get(subject, [])
        return self._value(eras, self._order[self.release(release)])

    def _value(self, eras: list[Any], number: int) -> Any:
        value: Any = ABSENT
        for since, *values in eras:
            if self._order[since] <= number:
                value = values[0] if values else ABSENT
        return value

    def values(self, kind: Kind, release: str) -> dict[str, Any]:
        """All values of one kind that a release has, by subject."""
        number = self._order[self.release(release)]
        values = {
            subject: self._value(eras, number) for subject, eras in self.observations[kind].items()
        }
        return {subject: value for subject, value in values.items() if value is not ABSENT}

    def changes(self, kind: Kind, start: str, end: str) -> list[Change]:
        """The changes after `start`, up to and including `end`: oldest first, then by subject."""
        first, last = (self._order[self.release(release)] for release in (start, end))
        return sorted(
            (
                Change(
                    subject,
                    since,
                    self.value(kind, subject, self.before(since)),
                    self.value(kind, subject, since),
                )
                for subject, eras in self.observations[kind].items()
                for since, *_ in eras
                if first < self._order[since] <= last
            ),
            key=lambda change: (self._order[change.release], change.subject),
        )

    def eras(self, kind: Kind, subject: str) -> list[tuple[str, str, Any]]:
        """The first and the last release with each value, and that value. ABSENT is left out."""
        eras = self.observations[kind].get(subject, [])
        ends = [*(self.before(since) for since, *_ in eras[1:]), list(self.releases)[-1]]
        return [
            (since, last, values[0])
            for (since, *values), last in zip(eras, ends[: len(eras)], strict=True)
            if values
        ]

    def oldest_downgrade(self, release: str) -> str:
        """The oldest release that was run and still opens a database that `release` has opened."""
        needed = self.value(Kind.SCHEMA, "SCHEMA_COMPAT_VERSION", release)
        return next(
            run for run in self.releases if self.value(Kind.SCHEMA, "SCHEMA_VERSION", run) >= needed
        )


# --8<-- [end:history]


@cache
def read_history() -> History:
    """The history that comes with the guide."""
    return History(**json.loads(FILE.read_text("utf-8")))


def changed_options(history: History, start: str, end: str) -> list[Change]:
    """Options that were added, were removed, or got another default. Sections are left out."""
    sections = {name.rpartition(".")[0] for name in history.observations[Kind.OPTION]}
    changes = history.changes(Kind.OPTION, start, end)
    return [change for change in changes if change.subject not in sections]


def options_of(history: History, release: str) -> dict[str, Any]:
    """Every option that the release looks up, by name, with its default or None.

    Guarantee: an option that another release looks up and that is missing here does nothing in this
    release, whatever its value. Dots separate the parts of a name, as in "email.smtp_host". The
    part `*` stands for a name that the file chooses, or for an item of a list:
    "instance_map.*.port", "listeners.*.port". A `.*` at the end means that the release keeps the
    mapping as it is, so no name in it can be misspelt: "database.args.*". A section is listed
    beside its options. Raises ValueError for a release that was not run.
    """
    return history.values(Kind.OPTION, release)


def looks_up(options: Iterable[str], parts: Sequence[str]) -> bool:
    """Whether `options`, as `options_of` returns them, contain the place `parts` of a file.

    A place below an option is looked up if the release keeps the option as it is, or if nothing
    below the option is known: a release may read it later, as it runs.

    >>> looks_up(["listeners", "listeners.*.port"], ["listeners", "0", "port"])
    True
    >>> looks_up(["listeners", "listeners.*.port"], ["listeners", "0", "prot"])
    False
    """
    names = [option.split(".") for option in options]
    for end in range(1, len(parts) + 1):
        names = [name for name in names if name[end - 1 : end] in ([parts[end - 1]], ["*"])]
        if names and all(len(name) == end for name in names):  # nothing below it is known
            return True
    return any(len(name) == len(parts) for name in names)
