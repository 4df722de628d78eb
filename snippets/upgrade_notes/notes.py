"""The upgrade notes, as data: `notes.yaml` beside this file, checked as it is read."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from snippets.configuration.release import parse_release

FILE = Path(__file__).with_name("notes.yaml")
WHEN = ("set", "unset", "always")
STATUS = ("proven", "not proven")


class BadNote(ValueError):
    """A note that lacks something; the message names note and field."""


# --8<-- [start:note]
@dataclass(frozen=True)
class Proof:
    """How a note is known to be right: the tests, and the releases that they ran."""

    status: str  # "proven" or "not proven"
    releases: list[str]
    tests: list[str]
    reason: str = ""  # why it is not proven


@dataclass(frozen=True)
class Note:
    """One change, with the release that brought it."""

    release: str
    title: str
    subject: str
    who: str  # who is affected, in words
    keys: list[str]  # the options that decide it, such as federation.client_timeout
    when: str  # "set", "unset" or "always"
    before: str
    after: str
    todo: str
    page: str  # of this guide
    proof: Proof
    sources: list[str]


# --8<-- [end:note]


def read_notes(text: str | None = None) -> list[Note]:
    """The notes, oldest release first. Raises BadNote for one without proof or sources."""
    found = yaml.safe_load(FILE.read_text("utf-8") if text is None else text)
    if not isinstance(found, list):
        raise BadNote("write a list of notes")
    notes = [_note(entry, number) for number, entry in enumerate(found, 1)]
    return sorted(notes, key=lambda note: parse_release(note.release))


def _note(entry: Any, number: int) -> Note:
    where = f"note {number}"
    if isinstance(entry, dict) and isinstance(entry.get("title"), str):
        where = f"{where}, {entry['title']!r}"
    _complete(entry, [field.name for field in fields(Note)], where)
    _complete(entry["proof"], ["status", "releases", "tests"], f"{where}, proof", ["reason"])
    proof = Proof(**entry["proof"])
    for name in ("release", "title", "subject", "who", "before", "after", "todo", "page"):
        if not isinstance(entry[name], str) or not entry[name]:
            raise BadNote(f"{where}: write a text as {name}, in quotes if it is a number")
    lists = {"keys": entry["keys"], "sources": entry["sources"]}
    lists |= {"proof.releases": proof.releases, "proof.tests": proof.tests}
    for name, texts in lists.items():
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise BadNote(f"{where}: write a list of texts as {name}")
    for name, value, allowed in (
        ("when", entry["when"], WHEN),
        ("proof.status", proof.status, STATUS),
    ):
        if value not in allowed:
            raise BadNote(f"{where}: {name} is {value!r}: write one of {', '.join(allowed)}")
    if not entry["sources"]:
        raise BadNote(f"{where}: write at least one source")
    if proof.status == "proven" and not (proof.tests and proof.releases):
        raise BadNote(f"{where}: a proven note names its tests and their releases")
    if proof.status == "not proven" and not proof.reason:
        raise BadNote(f"{where}: say in proof.reason why it is not proven")
    if (entry["when"] == "always") is bool(entry["keys"]):
        raise BadNote(f"{where}: keys belong to `set` and `unset`, and to nothing else")
    try:
        parse_release(entry["release"])
    except ValueError as error:
        raise BadNote(f"{where}: {error}") from None
    return Note(**{**entry, "proof": proof})


def _complete(entry: Any, names: Sequence[str], where: str, more: Sequence[str] = ()) -> None:
    if not isinstance(entry, dict):
        raise BadNote(f"{where}: write a mapping")
    if missing := [name for name in names if name not in entry]:
        raise BadNote(f"{where}: lacks {', '.join(missing)}")
    if unknown := [str(name) for name in entry if name not in (*names, *more)]:
        raise BadNote(f"{where}: has no field {', '.join(unknown)}")
