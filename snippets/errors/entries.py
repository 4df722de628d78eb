"""The entries: a file for each subject, and a recording of what prints them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
PRINTED = HERE / "printed.json"  # `make record` writes it
SUBJECTS = (
    "streams",
    "federation-backoff",
    "reverse-proxies",
    "application-services",
    "upgrade-notes",
    "configuration",
)
SYNAPSE, GUIDE = "Synapse", "guide"
PROXIES = ("nginx", "Caddy", "Apache", "HAProxy")
PROGRAMS = (*PROXIES, SYNAPSE, GUIDE)  # in the order of a page
_REQUIRED = ("text", "cause", "fix", "page")


class BadEntry(ValueError):
    """An entry is not as it should be; the message names the file and the entry."""


@dataclass(frozen=True)
class Entry:
    """One text, as a program prints it; … stands for what differs each time.

    `page` is a file below docs/, or a section of it: `streams/writing.md#starting`.
    """

    text: str
    cause: str
    fix: str
    page: str
    program: str = SYNAPSE


def read_entries(subject: str, folder: Path = HERE) -> list[Entry]:
    """The entries of a subject, in the order of its file. Raises BadEntry."""
    file = folder / f"{subject}.yaml"
    entries: dict[str, Entry] = {}
    for number, fields in enumerate(_read(file), 1):
        entry = _entry(fields, f"{file.name}, entry {number}")
        if entry.text in entries:
            raise BadEntry(f"{file.name}, entry {number}: {entry.text!r} is there twice: keep one")
        entries[entry.text] = entry
    return list(entries.values())


def _read(file: Path) -> list[Any]:
    return _parsed(file.name, file.read_text("utf-8"))


@cache
def _parsed(name: str, text: str) -> list[Any]:
    try:
        return yaml.safe_load(text) or []
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        assert mark
        line = f"{name}, line {mark.line + 1}"
        raise BadEntry(f"{line}: {error.problem}: put it in quotation marks") from None


def _entry(fields: Any, where: str) -> Entry:
    if not isinstance(fields, dict):
        raise BadEntry(f"{where} is no mapping: write {', '.join(_REQUIRED)}")
    for name in _REQUIRED:
        if not isinstance(fields.get(name), str):
            raise BadEntry(f"{where} has no text as its `{name}`: write `{name}: ...`")
    if unknown := sorted(set(fields) - {*_REQUIRED, "program"}):
        raise BadEntry(f"{where} has `{unknown[0]}`: write {', '.join(_REQUIRED)}, program")
    entry = Entry(**fields)
    if entry.program not in PROGRAMS:
        raise BadEntry(f"{where}: {entry.program!r} prints nothing: write {', '.join(PROGRAMS)}")
    return entry


def every_entry() -> list[Entry]:
    """The entries of all subjects. Raises BadEntry."""
    return [entry for subject in SUBJECTS for entry in read_entries(subject)]


def read_printed() -> dict[str, Any]:
    """The recording: the releases of Synapse that have each text, and the lines of proxies."""
    printed: dict[str, Any] = json.loads(PRINTED.read_text("utf-8"))
    return printed


def unproven(entries: Sequence[Entry], printed: Mapping[str, Any]) -> list[str]:
    """The entries whose text is not in the recording; the commands of the guide have none."""
    return [
        f"{entry.program} does not print {entry.text!r}: correct the entry, then `make record`"
        for entry in entries
        if entry.program != GUIDE
        and entry.text not in printed["synapse" if entry.program == SYNAPSE else "proxies"]
    ]
