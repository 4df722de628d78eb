"""Which notes are on the way from one release to another, and which concern a configuration."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from snippets.configuration.document import Document, Pair
from snippets.configuration.release import parse_release
from snippets.upgrade_notes.history import ABSENT, OPTION, Change, History
from snippets.upgrade_notes.notes import Note


# --8<-- [start:advice]
@dataclass(frozen=True)
class Advice:
    """A note on the way. Where no configuration tells, `applies` is None: who knows."""

    note: Note
    applies: bool | None
    why: str
    line: int | None  # of the option that decides it


def on_the_way(notes: Iterable[Note], start: str, end: str) -> list[Note]:
    """The notes of the releases after `start`, up to and with `end`.

    Raises ValueError if that is no way up.
    """
    first, last = parse_release(start), parse_release(end)
    if first >= last:
        raise ValueError(f"{start} is not before {end}: write the older release first")
    return [note for note in notes if first < parse_release(note.release) <= last]


# --8<-- [end:advice]


def advise(note: Note, document: Document | None) -> Advice:
    """Whether the note concerns the configuration, and why."""
    if document is None or note.when == "elsewhere":
        return Advice(note, None, note.who, None)
    if note.when == "always":
        return Advice(note, True, note.who, None)
    given = {key: line for key in note.keys if (line := _line(document, key))}
    if given:
        key, line = next(iter(given.items()))
        return Advice(note, note.when == "set", f"{key} is set", line)
    names = ", ".join(note.keys)
    return Advice(note, note.when == "unset", f"{names}: not set", None)


def ended_options(
    history: History, document: Document, start: str, end: str
) -> Iterator[tuple[Change, int]]:
    """The options of a configuration that `start` looks up and `end` does not, with their lines."""
    for change in history.changes(start, end, OPTION):
        gone = change.after is ABSENT and history.value(change.name, end) is ABSENT
        if gone and (line := _line(document, change.name.removeprefix(OPTION))):
            yield change, line


def _line(document: Document, key: str) -> int | None:
    """The line where an option stands, or None."""
    found: Pair | None = None
    for name in key.split("."):
        if found and not isinstance(found.value, dict):
            return None
        pairs = {pair.key: pair for pair in document.pairs(found)}
        found = pairs.get(name)
        if not found:
            return None
    return document.place(found.key_node)[0] if found else None
