"""Which notes are on the way from one release to another, and which concern a configuration."""

from collections.abc import Iterable
from dataclasses import dataclass

from snippets.configuration.document import Document, Pair
from snippets.configuration.release import parse_release
from snippets.upgrade_notes.notes import Note


# --8<-- [start:advice]
@dataclass(frozen=True)
class Advice:
    """A note on the way. Without a configuration `applies` is None: who knows."""

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
    if document is None:
        return Advice(note, None, note.who, None)
    if note.when == "always":
        return Advice(note, True, note.who, None)
    given = {key: line for key in note.keys if (line := _line(document, key))}
    if given:
        key, line = next(iter(given.items()))
        return Advice(note, note.when == "set", f"{key} is set", line)
    names = ", ".join(note.keys)
    return Advice(note, note.when == "unset", f"{names}: not set", None)


def _line(document: Document, key: str) -> int | None:
    """The line where an option stands, or None."""
    section, _, name = key.rpartition(".")
    pairs = {pair.key: pair for pair in document.pairs()}
    if section:
        found = pairs.get(section)
        pairs = _below(document, found) if found else {}
    pair = pairs.get(name)
    return document.place(pair.key_node)[0] if pair else None


def _below(document: Document, section: Pair) -> dict[object, Pair]:
    if not isinstance(section.value, dict):
        return {}
    return {pair.key: pair for pair in document.pairs(section)}
