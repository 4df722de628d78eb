"""What the pages show of the notes is whole, and stands on the page that its address names."""

import re

import pytest

from snippets.shared.history import read_history
from snippets.upgrade_notes import places
from snippets.upgrade_notes.notes import read_notes
from snippets.upgrade_notes.tables import cards, choice, list_of_notes, newest_notes
from tests.docs.guide import DOCS

NOTES = read_notes()
FOLDER = DOCS / "upgrade-notes"
PAGES = {first: (FOLDER / f"{places.name(first)}.md").read_text("utf-8") for first in places.FIRST}


def anchors(text: str) -> list[str]:
    return re.findall(r'data-note="([^"]+)"', text)


def test_the_list_has_every_note_once_oldest_first() -> None:
    assert anchors(list_of_notes()) == [note.anchor for note in NOTES]


def test_every_note_has_one_card_on_the_page_that_its_address_names() -> None:
    for first, text in PAGES.items():
        here = [note.anchor for note in NOTES if places.first_of(note) == first]
        assert anchors(text) == here
        assert re.findall(r"^## .*\{ #(\S+) \}$", text, re.M) == here
    assert sum(map(len, map(anchors, PAGES.values()))) == len(NOTES)


def test_a_page_of_cards_is_titled_by_its_releases() -> None:
    for first, text in PAGES.items():
        assert f"\n# Upgrade notes: {places.title(first)}\n" in text


def test_a_card_has_everything_that_its_note_says() -> None:
    everything = "\n".join(map(cards, places.FIRST))
    for note in NOTES:
        start = everything.index(f"{{ #{note.anchor} }}")
        card = everything[start : everything.index("</section>", start)]
        parts = [note.who, note.before, note.after, f"**Do:** {note.todo}", *note.sources]
        parts += [note.page, note.subject[1:], note.proof.reason, *note.proof.tests]
        for one in note.proof.observed:
            parts += [one.before, one.after]
        for other in (note.proof.recorded, note.proof.read):
            parts += other.tests if other else []
        assert [part for part in parts if part not in card] == [], note.title


def test_an_undone_note_leads_to_the_one_that_makes_it_pointless() -> None:
    undone = [note for note in NOTES if note.undone_by]
    everything = "\n".join(map(cards, places.FIRST))
    assert len(undone) == everything.count("Pointless if you go to")


def test_the_choice_has_every_release_that_was_run() -> None:
    (releases,) = re.findall('data-releases="([^"]+)"', choice())
    assert len(releases.split()) == len(read_history().releases)


@pytest.mark.parametrize("number", [1, 3])
def test_the_newest_notes_come_newest_first_with_links(number: int) -> None:
    lines = newest_notes(number).splitlines()
    newest = NOTES[-number:][::-1]
    assert len(lines) == number
    for line, note in zip(lines, newest, strict=True):
        assert note.title in line
        assert f"(upgrade-notes/{places.in_source(note)})" in line
