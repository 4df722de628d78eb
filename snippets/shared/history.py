"""What every minor release since 1.79 is and does, as it was observed: `history.json` beside this.

An observation has a kind, such as an option, and a subject, such as "email.smtp_host". For every
release it has a value, or ABSENT. The file keeps eras: the value, and the release it holds from.
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

    ANSWER = "answer"  # of a running homeserver to a request, or to whoever is asked by it
    DEFAULT = "default"  # an attribute of its configuration where no option is given
    LABELS = "labels"  # of a metric
    OPTION = "option"  # the default with which it is looked up, or None
    PACKAGE = "package"  # what the wheel offers
    READING = "reading"  # of a configuration: an error or None, and the warnings
    REQUIREMENT = "requirement"  # the oldest Python, SQLite or PostgreSQL
    SCHEMA = "schema"  # the constants that say which databases a release opens


class Absent:
    """The value of an observation that a release does not have, such as an unknown option."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


@dataclass(frozen=True)
class Change:
    """A value that differs from that of the release before. It is JSON, or ABSENT."""

    subject: str
    release: str
    before: Any
    after: Any


@dataclass(frozen=True)
class History:
    """The observations of all releases.

    `releases` has the last patch of each minor release, oldest first, such as "1.95.1", with the
    day on which its wheel was built. `recorded` is the day on which they were run, by kind. An era
    in `observations` is [release, value], or [release] where the value is ABSENT from there on.
    """

    recorded: dict[str, str]
    releases: dict[str, str]
    observations: dict[str, dict[str, list[list[Any]]]]

    def release(self, release: str) -> str:
        """The one that was run of the same minor release. Raises ValueError where none was."""
        if release in self.releases:
            return release  # asked for thousands of times
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
        """The one that was run before it. Raises ValueError for the first."""
        number = self._order[self.release(release)]
        if not number:
            raise ValueError(f"nothing was run before {release}")
        return list(self.releases)[number - 1]

    def value(self, kind: Kind, subject: str, release: str) -> Any:
        """The value at a release, or ABSENT."""
        number = self._order[self.release(release)]
        value: Any = ABSENT
        for since, *values in self.observations[kind].get(subject, []):
            if self._order[since] <= number:
                value = values[0] if values else ABSENT
        return value

    def values(self, kind: Kind, release: str) -> dict[str, Any]:
        """Everything of this kind that a release has, by subject."""
        values = {
            subject: self.value(kind, subject, release) for subject in self.observations[kind]
        }
        return {subject: value for subject, value in values.items() if value is not ABSENT}

    def changes(self, kind: Kind, start: str, end: str) -> list[Change]:
        """What changed after `start`, up to and with `end`, oldest first, then by subject."""
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
        """The first and the last release with each value, except for those where it is ABSENT."""
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
    """The history that is shipped."""
    return History(**json.loads(FILE.read_text("utf-8")))


def changed_options(history: History, start: str, end: str) -> list[Change]:
    """The options that came, went, or changed their default. A section is not one of them."""
    sections = {name.rpartition(".")[0] for name in history.observations[Kind.OPTION]}
    changes = history.changes(Kind.OPTION, start, end)
    return [change for change in changes if change.subject not in sections]


def options_of(history: History, release: str) -> dict[str, Any]:
    """Every option that the release looks up, by name, with its default or None.

    Guarantee: an option that another release looks up and that is not here does nothing in this
    release, whatever its value. A name has a dot before each part, such as "email.smtp_host".
    The part `*` stands for a name of the file's own choosing and for each item of a list:
    "instance_map.*.port", "listeners.*.port". A name that ends with `.*` says that the mapping
    is kept as it is, with every name in it, so that none in it is misspelt: "database.args.*".
    A section is here too, beside what is in it. Raises ValueError where no release was run.
    """
    return history.values(Kind.OPTION, release)


def looks_up(options: Iterable[str], parts: Sequence[str]) -> bool:
    """Whether `options`, as of `options_of`, have this place in a file, such as listeners, 0, port.

    What stands below an option is looked up where that is kept as it is, or nothing below it is
    known: a release may read it once it runs.

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
