"""The drawings on the pages: every reader gets them whole, on a phone and by ear."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.docs.guide import DOCS
from tests.shared.boxes import boxes, colliding

PHONE, LEAST = 358, 11  # pixels: a phone's column, and the smallest letters

_PICTURE = re.compile(r'<div class="picture" data-search-exclude>\n(.*?)\n</div>', re.DOTALL)
PICTURES = {
    path.relative_to(DOCS).with_suffix("").as_posix(): found
    for path in sorted(DOCS.rglob("*.md"))
    if (found := [picture.split("\n") for picture in _PICTURE.findall(path.read_text("utf-8"))])
}
on_each_page = pytest.mark.parametrize("page", PICTURES)


@on_each_page
def test_no_words_of_a_drawing_touch_or_leave_it(page: str) -> None:
    wrong = []
    for drawing in (drawing for picture in PICTURES[page] for drawing in picture):
        root = ET.fromstring(drawing)
        size = float(root.attrib["width"]), float(root.attrib["height"])
        wrong += [f"{root.get('aria-label')}: {what}" for what in colliding(boxes(drawing), *size)]
    assert wrong == []


@pytest.mark.proves("picture-is-said-once")
@on_each_page
def test_every_picture_has_a_drawing_for_a_phone_with_legible_words(page: str) -> None:
    for picture in PICTURES[page]:
        root = ET.fromstring(picture[-1])
        assert float(root.attrib["width"]) <= PHONE
        assert all(float(words.attrib["font-size"]) >= LEAST for words in root if words.text)


@pytest.mark.proves("picture-is-said-once")
@on_each_page
def test_what_a_picture_shows_is_said_once_to_those_who_cannot_see_it(page: str) -> None:
    said = [{ET.fromstring(drawing).attrib["aria-label"] for drawing in p} for p in PICTURES[page]]
    assert all(len(texts) == 1 for texts in said)
    texts = [text for texts in said for text in texts]
    assert len(set(texts)) == len(texts)
    assert all(len(text.split()) >= 5 for text in texts)


def test_no_page_has_a_drawing_of_its_own() -> None:
    """Each is written by `picture`, in a part that is generated."""
    made = re.compile(r"]]] -->\n.*?<!-- \[\[\[end\]\]\] -->", re.DOTALL)
    own = [
        path.name for path in DOCS.rglob("*.md") if "<svg" in made.sub("", path.read_text("utf-8"))
    ]
    assert own == []
    drawn = sum(len(picture) for pictures in PICTURES.values() for picture in pictures)
    pages: list[Path] = [*DOCS.rglob("*.md")]
    assert drawn == sum(path.read_text("utf-8").count("<svg") for path in pages)
