"""What every minor release since 1.79 was seen to be and to do: `history.json` beside this file."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from snippets.shared.release import parse_release

FILE = Path(__file__).with_name("history.json")
OPTION = "option "  # begins the names of what is seen of an option: the default it is read with


class Absent:
    """What a release has not, such as an option that it does not look up."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


# --8<-- [start:history]
@dataclass(frozen=True)
class Change:
    """What was seen to change with a release."""

    name: str
    release: str
    before: Any  # JSON, or ABSENT
    after: Any


@dataclass(frozen=True)
class History:
    """What was seen of releases: for each name its first value and every other one from then on.

    `releases` has the last patch of each minor release, oldest first, such as "1.95.1", with the
    day on which its wheel was built; `recorded` is the day on which they were run.
    """

    recorded: str
    releases: dict[str, str]
    seen: dict[str, list[list[Any]]]

    def release(self, release: str) -> str:
        """The one that was run of the same minor release. Raises ValueError where none was."""
        if release in self.releases:
            return release  # asked for thousands of times
        minor = parse_release(release)
        for run in self.releases:
            if parse_release(run) == minor:
                return run
        oldest, *_, newest = self.releases
        raise ValueError(f"{release} was not run: write a release from {oldest} to {newest}")

    def before(self, release: str) -> str:
        """The one that was run before it. Raises ValueError for the first."""
        order = list(self.releases)
        number = order.index(self.release(release))
        if not number:
            raise ValueError(f"nothing was run before {release}")
        return order[number - 1]

    def value(self, name: str, release: str) -> Any:
        """What was seen under this name at a release, or ABSENT."""
        order = list(self.releases)
        number = order.index(self.release(release))
        value: Any = ABSENT
        for since, *found in self.seen.get(name, []):
            if order.index(since) <= number:
                value = found[0] if found else ABSENT
        return value

    def changes(self, start: str, end: str, prefix: str = "") -> list[Change]:
        """What changed after `start`, up to and with `end`, oldest first, then by name."""
        order = list(self.releases)
        first, last = (order.index(self.release(release)) for release in (start, end))
        return sorted(
            (
                Change(name, since, self.value(name, self.before(since)), self.value(name, since))
                for name, values in self.seen.items()
                for since, *_ in values
                if name.startswith(prefix) and first < order.index(since) <= last
            ),
            key=lambda change: (order.index(change.release), change.name),
        )

    def eras(self, name: str) -> list[tuple[str, str, Any]]:
        """The first and the last release of each value that was seen, but where there was none."""
        starts = [since for since, *_ in self.seen[name]]
        ends = [*(self.before(since) for since in starts[1:]), list(self.releases)[-1]]
        return [
            (since, last, found[0])
            for (since, *found), last in zip(self.seen[name], ends, strict=True)
            if found
        ]

    def oldest_way_back(self, release: str) -> str:
        """The oldest release that was run and still opens a database that `release` has opened."""
        needed = self.value("oldest_schema", release)
        return next(run for run in self.releases if self.value("schema", run) >= needed)


# --8<-- [end:history]


@cache
def read_history() -> History:
    """The history that is shipped."""
    return History(**json.loads(FILE.read_text("utf-8")))


def changed_options(history: History, start: str, end: str) -> list[Change]:
    """The options that came, went, or changed their default on the way. A section is none."""
    sections = {name.rpartition(".")[0] for name in history.seen}
    changes = history.changes(start, end, OPTION)
    return [change for change in changes if change.name not in sections]


def options_of(history: History, release: str) -> dict[str, Any]:
    """Every option that the release was seen to look up, by name, with its default or None.

    Guarantee: an option that another release looks up and that is not here does nothing in this
    release, whatever its value. A name has a dot before each part, such as "email.smtp_host".
    The part `*` stands for a name of the file's own choosing and for each item of a list:
    "instance_map.*.port", "listeners.*.port". A name that ends with `.*` says that the mapping
    is kept as it is, with every name in it, so that none in it is misspelt: "database.args.*".
    A section is here too, beside what is in it. Raises ValueError where no release was run.
    """
    release = history.release(release)
    found = {
        name.removeprefix(OPTION): history.value(name, release)
        for name in history.seen
        if name.startswith(OPTION)
    }
    return {name: value for name, value in found.items() if value is not ABSENT}


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


def told(value: Any) -> str:
    """A value that was seen, in words."""
    match value:
        case Absent():
            return "not looked up"
        case None:
            return "no default"
        case {"error": str() as error}:
            return f"Synapse does not start: {' '.join(error.split())}"
        case {"warnings": warnings}:
            return " and warns: ".join(["Synapse starts", *warnings])
        case []:
            return "none"
        case [int(), *_]:  # a status, and an error's code
            return " ".join(str(part) for part in value)
        case [str() as first, *_]:
            return (", then " if first.startswith("/") else ", ").join(value)
    return value if isinstance(value, str) else json.dumps(value)


def joined(seen: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, list[list[Any]]]:
    """What was seen of each release, oldest first, as History keeps it."""
    values: dict[str, list[list[Any]]] = {}
    for number, (release, found) in enumerate(seen):
        before = seen[number - 1][1] if number else {}
        for name in {**before, **found}:
            if name not in found:
                values[name].append([release])
            elif name not in before or before[name] != found[name]:
                values.setdefault(name, []).append([release, found[name]])
    return dict(sorted(values.items()))
