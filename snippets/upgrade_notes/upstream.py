"""The headings of Synapse's own upgrade notes, and the notes here that cover them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from snippets.upgrade_notes import places
from snippets.upgrade_notes.notes import Note

FILE = Path(__file__).with_name("upstream.yaml")
GENERAL = "general"  # in place of a release, for headings that belong to none
_MANUAL = "https://element-hq.github.io/synapse/latest/upgrade"


class BadHeading(ValueError):
    """A heading without a note or a reason; the message names it."""


# --8<-- [start:heading]
@dataclass(frozen=True)
class Heading:
    """A heading in Synapse's notes, with the notes here that cover it.

    If there are none, `left_out` says why.
    """

    release: str  # as upstream writes it, such as 1.138.2, or GENERAL
    text: str
    notes: list[Note]
    left_out: str


# --8<-- [end:heading]


def read_upstream(notes: Iterable[Note], text: str | None = None) -> list[Heading]:
    """The headings in Synapse's order. Raises BadHeading for one without a note or a reason."""
    by_anchor = {note.anchor: note for note in notes}
    inventory = yaml.safe_load(FILE.read_text("utf-8") if text is None else text)
    return [
        _heading(release, heading, leads_to, by_anchor)
        for release, headings in inventory.items()
        for heading, leads_to in headings.items()
    ]


def _heading(release: str, text: str, leads_to: object, by_anchor: dict[str, Note]) -> Heading:
    where = f"{release}, {text!r}"
    if isinstance(leads_to, str) and leads_to:
        return Heading(release, text, [], leads_to)
    if not isinstance(leads_to, list) or not leads_to:
        raise BadHeading(f"{where}: write a list of notes, or the reason why it is left out")
    if unknown := [anchor for anchor in leads_to if anchor not in by_anchor]:
        raise BadHeading(f"{where}: there is no note {unknown[0]!r}")
    return Heading(release, text, [by_anchor[anchor] for anchor in leads_to], "")


def upstream_table(notes: Sequence[Note], text: str | None = None) -> str:
    """A table of the headings, newest first, with links to Synapse's notes and to ours."""
    lines = ["| Release | Synapse's heading | In this guide |", "|:--|:--|:--|"]
    for heading in read_upstream(notes, text):
        here = "<br>".join(map(_link, heading.notes)) or f"Left out: {heading.left_out}"
        lines.append(f"| {_release(heading.release)} | {heading.text} | {here} |")
    return "\n".join(lines)


def only_here(notes: Sequence[Note], text: str | None = None) -> str:
    """A table of the notes that no heading of Synapse's covers, newest first."""
    covered = {note.anchor for heading in read_upstream(notes, text) for note in heading.notes}
    own = [note for note in reversed(notes) if note.anchor not in covered]
    lines = [f"| {note.release} | {_link(note)} |" for note in own]
    return "\n".join(["| Release | Note |", "|:--|:--|", *lines])


def _link(note: Note) -> str:
    proof = "" if note.proof.status == "proven" else " (not proven here)"
    return f"[{note.title}]({places.in_source(note)}){proof}"


def _release(release: str) -> str:
    if release == GENERAL:
        return f"[{release}]({_MANUAL})"
    return f"[{release}]({_MANUAL}#upgrading-to-v{release.replace('.', '')})"
