"""What is on the way from one release to another, and what of it concerns a configuration."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from snippets.shared.document import Document, Pair
from snippets.shared.history import ABSENT, OPTION, Change, History, changed_options
from snippets.shared.release import parse_release
from snippets.upgrade_notes.notes import Note


# --8<-- [start:advice]
@dataclass(frozen=True)
class Advice:
    """A note on the way. Where no configuration tells, `applies` is None: who knows."""

    note: Note
    applies: bool | None
    why: str
    line: int | None  # of the option that decides it


@dataclass(frozen=True)
class Way:
    """The way from one release to another: its notes, and what became of options.

    `ended` has the options of the configuration that `end` no longer looks up, with their lines;
    `back` is the oldest release whose schema fits a database that `end` has opened.
    """

    start: str
    end: str
    advice: list[Advice]
    options: list[Change]
    ended: list[tuple[Change, int]]
    back: str


def way(
    notes: Iterable[Note], history: History, start: str, end: str, document: Document | None = None
) -> Way:
    """All of it. Raises ValueError if that is no way up, or not between releases that were run."""
    first, last = history.release(start), history.release(end)
    if parse_release(start) >= parse_release(end):
        raise ValueError(f"{start} is not before {end}: write the older release first")
    return Way(
        start,
        end,
        [advise(note, document) for note in notes if _between(start, note.release, end)],
        changed_options(history, first, last),
        list(_ended(history, document, first, last)) if document else [],
        history.oldest_way_back(last),
    )


def _between(start: str, release: str, end: str) -> bool:
    return parse_release(start) < parse_release(release) <= parse_release(end)


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


def _ended(
    history: History, document: Document, start: str, end: str
) -> Iterator[tuple[Change, int]]:
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
