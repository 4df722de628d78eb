"""The upgrade notes as data, read from `notes.yaml` and checked."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from snippets.shared.history import Kind
from snippets.shared.release import parse_release
from snippets.upgrade_notes.conditions import EVERYONE, Condition, requirement

FILE = Path(__file__).with_name("notes.yaml")
STARTED = Path(__file__).with_name("started.json")  # `make update` writes it
# The effects, worst first: Synapse does not start; you must do something, or something breaks;
# nothing breaks.
EFFECTS = ("stops", "act", "know")
STATUS = ("proven", "not proven")


class BadNote(ValueError):
    """A note that is incomplete or wrong; the message names the note and the field."""


# --8<-- [start:note]
@dataclass(frozen=True)
class Observed:
    """The values in `history.json`, in words, for the release before and for the note's release."""

    kind: str  # of history.Kind
    subject: str
    before: str
    after: str


@dataclass(frozen=True)
class Recorded:
    """A recording of releases that tests compare with this guide's code. They start no Synapse."""

    releases: list[str]
    date: str
    tests: list[str]


@dataclass(frozen=True)
class Read:
    """A file in the source packages of releases that tests read. They start no Synapse."""

    releases: list[str]
    file: str
    tests: list[str]


@dataclass(frozen=True)
class Proof:
    """The evidence for a note: observations, tests that start releases, or what tests compare."""

    status: str  # "proven" or "not proven"
    observed: list[Observed]
    tests: list[str]
    recorded: Recorded | None
    read: Read | None
    reason: str  # for "not proven"

    def started(self, by_test: Mapping[str, Sequence[str]]) -> list[str]:
        """The releases that the tests started, oldest first; `by_test` is what a run noted.

        Raises BadNote for a test that started none.
        """
        for test in self.tests:
            if not by_test.get(test):
                raise BadNote(
                    f"no run noted that {test} starts a release: "
                    "`pytest --record-started` and `make update` write it"
                )
        releases = {release for test in self.tests for release in by_test[test]}
        return sorted(releases, key=parse_release)


@dataclass(frozen=True)
class Note:
    """One change, and its release."""

    release: str
    title: str
    subject: str
    effect: str  # "stops", "act" or "know"
    who: str  # who is affected, in words
    before: str
    after: str
    todo: str
    page: str  # a page of this guide with more about it, or ""
    proof: Proof
    sources: list[str]
    concerns: Condition = ()  # a configuration that meets this is affected
    perhaps: Condition = ()  # one that meets only this may be affected
    undone_by: str = ""  # the label of a later note that makes this note pointless
    known_as: str = ""  # its first title, if it changed: the address must stay

    @property
    def label(self) -> str:
        """Its name in other notes."""
        return f"{self.release} {self.title}"

    @property
    def anchor(self) -> str:
        """The anchor of its heading."""
        name = f"{self.release} {self.known_as or self.title}"
        return "-".join(re.findall(r"[a-z0-9]+", name.lower()))


# --8<-- [end:note]


def read_started() -> dict[str, list[str]]:
    """The releases that a run started for the tests that notes name, by test."""
    started: dict[str, list[str]] = json.loads(STARTED.read_text("utf-8"))
    return started


def read_notes(text: str | None = None) -> list[Note]:
    """The notes, oldest release first. Raises BadNote."""
    return list(_read_notes(FILE.read_text("utf-8") if text is None else text))


@cache
def _read_notes(text: str) -> list[Note]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is eight times as fast
    entries = yaml.load(text, loader)
    if not isinstance(entries, list):
        raise BadNote("write a list of notes")
    notes = [_note(entry, number) for number, entry in enumerate(entries, 1)]
    notes.sort(key=lambda note: parse_release(note.release))
    labels = [note.label for note in notes]
    for number, note in enumerate(notes):
        if note.undone_by and note.undone_by not in labels[number + 1 :]:
            raise BadNote(f"{note.label!r}: no later note is called {note.undone_by!r}")
    return notes


def _note(entry: Any, number: int) -> Note:
    where = f"note {number}"
    if isinstance(entry, dict) and isinstance(entry.get("title"), str):
        where = f"{where}, {entry['title']!r}"
    optional = ["concerns", "perhaps", "undone_by", "known_as"]
    names = [name for name in _names(Note) if name not in optional]
    _complete(entry, names, where, optional)
    whole = {"undone_by": "", "known_as": "", "concerns": [], "perhaps": [], **entry}
    _texts(whole, ["release", "title", "subject", "who", "before", "after", "todo"], where)
    _lists(whole, ["sources"], where)
    _one_of(whole, "effect", EFFECTS, where)
    for name in ("page", "undone_by", "known_as"):
        if not isinstance(whole[name], str):
            raise BadNote(f"{where}: write a string as {name}, or ''")
    if not entry["sources"]:
        raise BadNote(f"{where}: write at least one source")
    for name in ("concerns", "perhaps"):
        _condition(whole[name], f"{where}, {name}")
    if not (whole["concerns"] or whole["perhaps"]):
        raise BadNote(f"{where}: write whom it `concerns`, or `perhaps` concerns")
    try:
        parse_release(entry["release"])
    except ValueError as error:
        raise BadNote(f"{where}: {error}") from None
    return Note(**{**whole, "proof": _proof(entry["proof"], f"{where}, proof")})


def _condition(condition: Any, where: str) -> None:
    if condition == EVERYONE:
        return
    if not isinstance(condition, list):
        raise BadNote(f"{where}: write `{EVERYONE}`, or a list of alternatives")
    for alternative in condition:
        if not isinstance(alternative, dict) or not alternative:
            raise BadNote(f"{where}: write options and their states, such as `redis: filled`")
        for name, state in alternative.items():
            if not isinstance(name, str) or not isinstance(state, str):
                raise BadNote(f"{where}: write a string as state of {name}")
            try:
                requirement(name, state)
            except ValueError as error:
                raise BadNote(f"{where}: {error}") from None


def _proof(entry: Any, where: str) -> Proof:
    _complete(entry, ["status"], where, _names(Proof))
    whole = {"observed": [], "tests": [], "reason": "", **entry}
    whole = {"recorded": None, "read": None, **whole}
    _one_of(whole, "status", STATUS, where)
    _lists(whole, ["tests"], where)
    if not isinstance(whole["observed"], list):
        raise BadNote(f"{where}: write a list as observed")
    for observed in whole["observed"]:
        _complete(observed, _names(Observed), f"{where}, observed")
        _texts(observed, _names(Observed), f"{where}, observed")
        _one_of(observed, "kind", list(Kind), f"{where}, observed")
    if whole["recorded"] is not None:
        _complete(whole["recorded"], _names(Recorded), f"{where}, recorded")
        _lists(whole["recorded"], ["releases", "tests"], f"{where}, recorded")
        _texts(whole["recorded"], ["date"], f"{where}, recorded")
        whole["recorded"] = Recorded(**whole["recorded"])
    if whole["read"] is not None:
        _complete(whole["read"], _names(Read), f"{where}, read")
        _lists(whole["read"], ["releases", "tests"], f"{where}, read")
        _texts(whole["read"], ["file"], f"{where}, read")
        whole["read"] = Read(**whole["read"])
    if whole["status"] == "not proven":
        _texts(whole, ["reason"], where)
    elif not (whole["tests"] or whole["observed"] or whole["recorded"] or whole["read"]):
        raise BadNote(f"{where}: write what was observed, or the tests")
    return Proof(**{**whole, "observed": [Observed(**one) for one in whole["observed"]]})


def _names(of: type[Note | Proof | Read | Recorded | Observed]) -> list[str]:
    return [field.name for field in fields(of)]


def _texts(entry: Mapping[str, Any], names: Iterable[str], where: str) -> None:
    for name in names:
        if not isinstance(entry[name], str) or not entry[name]:
            raise BadNote(f"{where}: write a string as {name}, in quotes if it is a number")


def _lists(entry: Mapping[str, Any], names: Iterable[str], where: str) -> None:
    for name in names:
        texts = entry[name]
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise BadNote(f"{where}: write a list of strings as {name}")


def _one_of(entry: Mapping[str, Any], name: str, allowed: Sequence[str], where: str) -> None:
    if entry[name] not in allowed:
        raise BadNote(f"{where}: {name} is {entry[name]!r}: write one of {', '.join(allowed)}")


def _complete(entry: Any, names: Sequence[str], where: str, more: Sequence[str] = ()) -> None:
    if not isinstance(entry, dict):
        raise BadNote(f"{where}: write a mapping")
    if missing := [name for name in names if name not in entry]:
        raise BadNote(f"{where}: lacks {', '.join(missing)}")
    if unknown := [str(name) for name in entry if name not in (*names, *more)]:
        raise BadNote(f"{where}: has no field {', '.join(unknown)}")
