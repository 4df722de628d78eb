"""The notes for programs are complete and valid, also in the built site."""

import datetime
import json
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, fromstring, parse

import pytest
from bs4 import BeautifulSoup

from snippets.shared.history import read_history
from snippets.upgrade_notes import places
from snippets.upgrade_notes.feed import ATOM, as_atom, as_json
from snippets.upgrade_notes.notes import read_notes

NOTES, HISTORY = read_notes(), read_history()
PAGE = "https://example.com/upgrade-notes/"


def texts(parent: Element, name: str) -> list[str | None]:
    return [element.text for element in parent.findall(f"{{{ATOM}}}{name}")]


@pytest.mark.proves("feeds-have-every-note")
def test_the_json_has_every_note_and_passes_the_same_check() -> None:
    document = json.loads(as_json(NOTES, HISTORY))
    assert read_notes(json.dumps(document["notes"])) == NOTES
    assert document["recorded"] == HISTORY.recorded
    assert document["addresses"] == {note.label: places.in_site(note) for note in NOTES}


def test_the_feed_has_what_atom_asks_for() -> None:
    feed = fromstring(as_atom(NOTES, HISTORY, PAGE))
    assert feed.tag == f"{{{ATOM}}}feed"
    entries = feed.findall(f"{{{ATOM}}}entry")
    for element in (feed, *entries):
        for name in ("id", "title", "updated"):
            (text,) = texts(element, name)
            assert text
            if name == "updated":
                assert datetime.datetime.fromisoformat(text).tzinfo
    (author,) = feed.findall(f"{{{ATOM}}}author")
    assert texts(author, "name") == ["Synapse Field Guide"]
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{{{ATOM}}}link")}
    assert links == {"self": f"{PAGE}upgrade-notes.atom", "alternate": PAGE}
    identities = [texts(entry, "id") for entry in entries]
    assert len({str(identity) for identity in identities}) == len(NOTES)
    assert [texts(entry, "title") for entry in entries] == [
        [f"{note.release}: {note.title}"] for note in reversed(NOTES)
    ]


def test_an_entry_keeps_its_identity_when_the_site_moves() -> None:
    feeds = [fromstring(as_atom(NOTES, HISTORY, page)) for page in (PAGE, "https://a/b/")]
    there, here = ([texts(entry, "id") for entry in feed] for feed in feeds)
    assert there == here


@pytest.mark.proves("feeds-have-every-note")
@pytest.mark.slow
def test_the_built_site_has_the_feed_and_each_entry_leads_to_its_note(built_site: Path) -> None:
    folder = built_site / "upgrade-notes"
    assert (folder / "upgrade-notes.json").read_text("utf-8") == as_json(NOTES, HISTORY)
    index = BeautifulSoup((folder / "index.html").read_text("utf-8"), "html.parser")
    assert index.select('a[href="upgrade-notes.atom"]')
    feed = parse(folder / "upgrade-notes.atom").getroot()
    entries = feed.findall(f"{{{ATOM}}}entry")
    assert len(entries) == len(NOTES)
    for entry in entries:
        (link,) = entry.findall(f"{{{ATOM}}}link")
        address = urlsplit(str(link.get("href")))
        html = built_site / address.path.strip("/") / "index.html"
        assert f'id="{address.fragment}"' in html.read_text("utf-8"), address.fragment
