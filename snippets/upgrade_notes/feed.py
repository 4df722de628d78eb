"""The notes for programs: as JSON, and as an Atom feed (RFC 4287)."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from snippets.shared.history import History
from snippets.upgrade_notes import places
from snippets.upgrade_notes.notes import Note

ATOM = "http://www.w3.org/2005/Atom"
# The namespace of the IDs of the feed and its entries. It must never change.
_NAMES = uuid.UUID("0b3e3c1c-5f5e-5d0e-9b7e-1f2d0c9a6b11")


def as_json(notes: Sequence[Note], history: History) -> str:
    """The notes as JSON, with the fields of `notes.yaml`, and the day of recording of each kind.

    `addresses` has the page of each note, by its release and title, relative to this document.
    """
    document = {
        "recorded": history.recorded,
        "addresses": {note.label: places.in_site(note) for note in notes},
        "notes": [asdict(note) for note in notes],
    }
    return json.dumps(document, indent=1) + "\n"


def as_atom(notes: Sequence[Note], history: History, page: str) -> str:
    """An Atom feed of the notes, newest first. `page` is the address of the page that lists them.

    The date of an entry is that of its release. Its ID is a UUID, so that a feed reader still
    recognises it if the site moves.
    """
    feed = Element("feed", {"xmlns": ATOM})
    _add(feed, "id", f"urn:uuid:{_NAMES}")
    _add(feed, "title", "Synapse Field Guide: upgrade notes")
    _add(feed, "updated", f"{max(history.recorded.values())}T00:00:00Z")
    _add(_add(feed, "author"), "name", "Synapse Field Guide")
    _add(feed, "link", rel="self", href=f"{page}upgrade-notes.atom", type="application/atom+xml")
    _add(feed, "link", rel="alternate", href=page, type="text/html")
    for note in reversed(notes):
        entry = _add(feed, "entry")
        built = history.releases[history.release(note.release)]
        _add(entry, "id", uuid.uuid5(_NAMES, note.anchor).urn)
        _add(entry, "title", f"{note.release}: {note.title}")
        _add(entry, "updated", f"{built}T00:00:00Z")
        _add(entry, "category", term=note.subject)
        _add(entry, "link", rel="alternate", href=f"{page}{places.in_site(note)}", type="text/html")
        _add(
            entry,
            "summary",
            f"Concerns {note.who}. Before: {note.before} After: {note.after} To do: {note.todo}",
        )
    indent(feed)
    return tostring(feed, "unicode") + "\n"


def _add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    element = SubElement(parent, name, attributes)
    element.text = text or None
    return element
