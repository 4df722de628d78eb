"""Reports which options a release of Synapse looks up, by reading configurations with its code.

This file runs in the environment of a release. It reads lines of JSON, which have

- search: whether to search for options;
- names: options that were found in another release;
- gone: options that were found in an earlier release, but not in this one;

and answers each with a line that has

- found: the options that are looked up, with the default given in the call, or null;
- differing: those of the names that were not found, but are treated differently from a made-up
  name, each with a value that shows this; and those of the gone ones that make the release refuse
  every file, each with the error.

An option counts as looked up if the release uses its name (`get`, `[]`, `in`, `pop`,
`setdefault`), or if the release treats it differently from a made-up name in the same place. The
second rule finds options that are read with `**`, or by iterating over a whole mapping.
"""

import contextlib
import itertools
import json
import re
import sys
import types
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tests.real.driver import LEAST, serve
from tests.upgrade_notes.synapse_reading import (
    BASES,
    KEPT,
    KEY,
    MADE_UP,
    MAIN,
    MORE_VALUES,
    OTHER,
    VALUES,
    Database,
    Reading,
    comparable,
    parsed,
    put,
    refused,
    sections,
    shape,
    whole,
)  # fmt: skip

# -- Searching for options --


KNOWN: dict[type, tuple[set[Any], set[Any], set[Any]]] = {}  # by searches in the same section


class Search:
    """The options of one section; starts from a configuration that it accepts."""

    def __init__(self, section: Any, base: dict[str, Any], found: dict[Any, Any]) -> None:
        self.section, self.found = section, found
        self.candidates = _candidates(type(section))
        self.mappings: dict[tuple[str, ...], dict[Any, dict[str, Any]]] = {}
        self.doubtful: set[tuple[str, ...]] = set()  # mappings in refused configurations
        self.errors: set[str] = set()
        self.tried, self.guessed, self.here = KNOWN.setdefault(type(section), (set(), set(), set()))
        self.queue: list[tuple[int, dict[str, Any]]] = [(0, base)]
        self.runs = 0
        self.look(base)
        while self.queue:
            depth, given = self.queue.pop(0)
            self.explore(depth, given)
            if not self.queue:
                self.guess()

    def look(self, given: dict[str, Any]) -> list[tuple[str, ...]]:
        """Reads a configuration; returns the new names in this section."""
        self.runs += 1
        reading = Reading(self.section, given)
        new = []
        for name, default in reading.names.asked.items():
            name = whole(name)
            # Except for names that were reached by iterating over all, or that are for tests.
            if name[-1] == "*" or name[-1].startswith("_"):
                continue
            if self.found.get(name) is None:
                self.found[name] = default
            if name not in self.here:
                self.here.add(name)
                new.append(name)
        for place, within in reading.names.used.items():
            place, context = whole(place), (whole(place), within)
            contexts = self.mappings.setdefault(place, {})
            if reading.error is None and place in self.doubtful:
                contexts.clear()
                self.doubtful.discard(place)
            if place and len(contexts) < (2 if reading.error is None else 1):
                contexts.setdefault(context, given)
                if reading.error is not None and len(contexts) == 1:
                    self.doubtful.add(place)
        self.reading = reading
        return new

    def explore(self, depth: int, given: dict[str, Any]) -> None:
        """Tries values of all kinds for each name; those that lead to new names are explored
        further.
        """
        self.look(given)
        error = self.reading.error
        asked = [whole(name) for name in self.reading.names.asked]
        if not asked:
            return
        last = {*asked[-3:], *(name for name in asked if name[0] == asked[-1][0])}
        for name in asked:
            if name[-1] == "*" or (name in self.tried and not (error and name in last)):
                continue
            self.tried.add(name)
            for value in VALUES:
                try:
                    further = put(given, name, value)
                except LookupError:
                    break
                new = self.look(further)
                after = str(self.reading.error)
                mended = error is not None and after != error and after not in self.errors
                if new or (mended and depth < 5 and len(self.errors) < 6):
                    self.errors.add(after)
                    self.queue.append((depth + 1, further))

    def guess(self) -> None:
        """Tries names from the section's code in each of its mappings."""
        every = [pair for contexts in self.mappings.values() for pair in contexts.items()]
        for context, given in every:
            if context in self.guessed:
                continue
            self.guessed.add(context)
            place = context[0]
            self.open(place, given)
            names = [name for name in self.candidates if (*place, name) not in self.here]
            for name, value in self.differing(place, given, names):
                if (*place, name) not in self.here:
                    self.here.add((*place, name))
                    self.found.setdefault((*place, name), None)
                    self.queue.append((1, put(given, (*place, name), value)))

    def differing(
        self, place: tuple[str, ...], given: dict[str, Any], names: list[str]
    ) -> Iterator[tuple[str, Any]]:
        """The names that are treated differently from a made-up name."""
        values: tuple[Any, ...]
        values = (True, "text") if (*place, "*") in self.found else (True, 1, "text", {}, ["text"])
        for value in values if names else ():
            for name in self.unlike(place, given, names, value):
                yield name, value
            control = self.result(place, given, [OTHER], value)
            if control is None or refused(control):  # whatever its value
                return

    def unlike(
        self, place: tuple[str, ...], given: dict[str, Any], names: list[str], value: Any
    ) -> list[str]:
        # The names have the same length, since an error may shorten what it shows.
        others = [f"{'q' * len(name)}" for name in names[:1]] if len(names) == 1 else [OTHER]
        result, control = (self.result(place, given, some, value) for some in (names, others))
        if result is None or control is None:
            return []
        hidden = re.compile(rf"\b({'|'.join([*others, *names])})\b")
        alike = hidden.sub("*", result) == hidden.sub("*", control)
        if len(names) == 1 or (alike and not refused(control)):
            return [] if alike else names  # of several names, an error mentions only one
        half = len(names) // 2
        return [
            name
            for part in (names[:half], names[half:])
            for name in self.unlike(place, given, part, value)
        ]

    def result(
        self, place: tuple[str, ...], given: dict[str, Any], names: list[str], value: Any
    ) -> str | None:
        try:
            for name in names:
                given = put(given, (*place, name), value)
        except LookupError:
            return None
        self.runs += 1
        return Reading(self.section, given).result()

    def open(self, place: tuple[str, ...], given: dict[str, Any]) -> None:
        """Notes a mapping that is kept as a whole."""
        for value, before in itertools.product((1, "text", {}, True, KEY, MAIN), ("", "ed25519:")):
            with contextlib.suppress(LookupError):
                one, two = (
                    Reading(self.section, put(given, (*place, f"{before}{name}"), value))
                    for name in ("first_name", "second_name")
                )
                if one.error or two.error or one.result() == two.result():
                    continue
                # A list that may be given as a mapping keeps the names too.
                if Reading(self.section, put(given, place, ["first_name"])).error:
                    self.found[(*place, "*")] = None


def _candidates(section: type) -> list[str]:
    """Every name in the section's code, or in a class that it uses, that could be an option."""
    if section is Database:
        return []
    module = sys.modules[section.__module__]
    names = set(_constants(module.__loader__.get_code(module.__name__)))  # type: ignore
    for used in vars(module).values():
        if isinstance(used, type) and used.__module__.startswith("synapse."):
            names |= set(getattr(used, "__annotations__", ()))
    return sorted(name for name in names if re.fullmatch(r"[a-z][a-zA-Z0-9_]*", name))


def _constants(code: types.CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, (tuple, frozenset)):
            yield from (part for part in constant if isinstance(part, str))
        elif isinstance(constant, types.CodeType):
            yield from _constants(constant)


def taken(base: dict[str, Any]) -> dict[str, Any]:
    """The part of a configuration that the release accepts, tried option by option."""
    given = {name: base[name] for name in LEAST}
    if "worker_app" in base:
        with contextlib.suppress(Exception):
            parsed(base)
            return base
        return given
    for name, value in base.items():
        with contextlib.suppress(Exception):
            parsed({**given, name: value})
            given[name] = value
    return given


def options() -> dict[str, Any]:
    """The options that are looked up, in any of the configurations with which a search starts."""
    found: dict[tuple[str, ...], Any] = {}
    known: set[tuple[int, str, str]] = set()
    for base in map(taken, BASES):
        for number, section in enumerate(sections(parsed(base))):
            reading = Reading(section, base)
            alike = (number, str(sorted(reading.names.asked)), reading.result())
            if alike not in known:
                known.add(alike)
                Search(section, base, found)
    return {".".join(name): found[name] for name in sorted(found)}


# -- Putting options into a file --


def outcome(given: dict[str, Any]) -> str:
    """The result of reading a file: every attribute of every section, or the error."""
    KEPT.lines.clear()
    try:
        made = shape([vars(section) for section in sections(parsed(given))[:-1]])
    except BaseException as raised:
        return comparable(["error", f"{type(raised).__name__}: {raised}"])
    return comparable([made, KEPT.lines])


def placed(base: dict[str, Any], names: list[tuple[str, ...]], value: Any) -> dict[str, Any]:
    """The file with a value for each of these names that has a place in it."""
    for name in names:
        with contextlib.suppress(LookupError):
            base = put(base, name, value)
    return base


def differences(names: list[tuple[str, ...]]) -> dict[str, Any]:
    """The names that are treated differently from a made-up name, with a value that shows this.

    Neighbouring names are tried together. If that makes a difference, half of them are tried, and
    so on.
    """
    found: dict[str, Any] = {}
    outer = {name[:end] for name in names for end in range(1, len(name))} & set(names)
    layers = [
        [name for name in names if name in outer and len(name) == depth]
        for depth in sorted({len(name) for name in outer})
    ]
    leaves = [
        [name for name in names if name[0] == section and name not in outer]
        for section in sorted({name[0] for name in names})
    ]
    for base in different(map(taken, BASES)):
        trial = Trial(base, found)
        calm: list[list[tuple[str, ...]]] = [[]]
        for group in (*layers, *leaves):
            trial.run(group, VALUES[0])
            if trial.refuses(group):
                for value in MORE_VALUES[1:]:
                    trial.run(group, value)
            elif group in layers:
                calm.append(group)
            else:
                calm[0] += group
        for group in calm:
            for value in MORE_VALUES[1:]:
                trial.run(group, value)
    return found


def different(bases: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for base in bases:
        if base not in found:
            found.append(base)
    return found


class Trial:
    """Tries options in one file."""

    def __init__(self, base: dict[str, Any], found: dict[str, Any]) -> None:
        self.base, self.found = base, found
        self.refused: Counter[tuple[str, ...]] = Counter()

    def run(self, names: list[tuple[str, ...]], value: Any) -> None:
        """Finds more names that make a difference with this value."""
        left = [name for name in names if ".".join(name) not in self.found]
        for name in self.differing(left, value):
            self.found[".".join(name)] = value

    def refuses(self, names: list[tuple[str, ...]]) -> bool:
        """Whether a section refuses unknown names."""
        return any(self.refused[name] for name in names)

    def differing(self, names: list[tuple[str, ...]], value: Any) -> list[tuple[str, ...]]:
        """The names that are treated differently from a made-up name of the same length."""
        # If every name is refused whatever its value, there is no need to try them all.
        names = [name for name in names if self.refused[name] < 3]
        if not names:
            return []
        others = ["q" * len(name[-1]) for name in names]
        instead = [(*name[:-1], other) for name, other in zip(names, others, strict=True)]
        with_names = outcome(placed(self.base, names, value))
        with_others = outcome(placed(self.base, instead, value))
        if len(names) > 1:
            if with_names == with_others and not refused(with_others):
                return []
            half = len(names) // 2
            parts = (names[:half], names[half:])
            return [name for part in parts for name in self.differing(part, value)]
        last = re.compile(rf"\b({re.escape(names[0][-1])}|{others[0]})\b")
        if last.sub("*", with_names) != last.sub("*", with_others):
            return names
        self.refused[names[0]] += refused(with_others)
        return []


def refusals(names: list[tuple[str, ...]]) -> dict[str, str]:
    """The names that make the release refuse a file that it accepts without them, with the error.

    The file has the section of the name, as far as the release accepts it.
    """
    bases = different(map(taken, BASES))
    found: dict[str, str] = {}
    for name in names:
        fitting = [base for base in bases if _has(base, name[:-1])]
        if not fitting:
            empty = [placed(base, [name[:-1]], {}) for base in bases]
            fitting = [base for base in empty if not refused(outcome(base))]
        tried = [
            outcome(placed(base, [name], value))
            for base in fitting or bases
            for value in (True, 1, "text")
        ]
        if all(map(refused, tried)):
            found[".".join(name)] = json.loads(tried[0])[1]
    return found


def _has(given: Any, place: tuple[str, ...]) -> bool:
    for step in place:
        if isinstance(given, list):
            given = given[0] if given else None
        elif isinstance(given, dict):
            given = given.get(MADE_UP if step == "*" else step)
    return isinstance(given, dict)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to one line of input."""
    found = options() if request["search"] else {}
    names = [tuple(name.split(".")) for name in request["names"] if name not in found]
    gone = [tuple(name.split(".")) for name in request["gone"]]
    return {"found": found, "differing": differences(names) | refusals(gone)}


if __name__ == "__main__":
    serve(answer)
