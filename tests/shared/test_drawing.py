"""Parts of pictures, read back as XML."""

import xml.etree.ElementTree as ET

import pytest

from snippets.shared.drawing import area, bar, dot, end, path, shape, svg, text, through

SVG = "{http://www.w3.org/2000/svg}"


def attributes(part: str) -> dict[str, str]:
    """The attributes of a part."""
    return ET.fromstring(part).attrib


def test_a_picture_has_its_size_its_parts_and_a_name_for_those_who_cannot_see_it() -> None:
    picture = ET.fromstring(svg("drawing x", 100, 50.5, 'a < "b" & c', [text(1, 2, "<&>")]))
    assert picture.tag == f"{SVG}svg"
    assert picture.get("aria-label") == 'a < "b" & c'
    assert picture.get("role") == "img"
    assert picture.get("viewBox") == "0 0 100 50.5"
    assert (picture.get("width"), picture.get("height")) == ("100", "50.5")
    assert [part.text for part in picture] == ["<&>"]


def test_numbers_have_one_decimal_and_never_an_exponent() -> None:
    assert attributes(shape("line", "grid", x1=1, y1=2.04, x2=2.06, y2=12345678.0)) == {
        "class": "grid", "x1": "1", "y1": "2", "x2": "2.1", "y2": "12345678",
    }  # fmt: skip


def test_a_path_keeps_numbers_apart_and_letters_close() -> None:
    element = path("current", *through([(1, 2), (3.5, 4)]), "H", 5, "l1 1", stroke_width="3")
    assert attributes(element) == {
        "class": "current", "d": "M1 2L3.5 4H5l1 1", "fill": "none", "stroke": "currentColor",
        "stroke-width": "3",
    }  # fmt: skip
    assert through([]) == []


def test_without_a_style_sheet_each_part_has_the_colour_of_the_text() -> None:
    for part in (
        area("band", [(0, 0), (1, 1), (0, 1)], opacity="0.5"),
        bar("alone", 0, 0, 5, 2, radius=1, opacity="0.5"),
        dot("completed", 0, 0, 3),
        text(0, 0, "a"),
    ):
        assert attributes(part)["fill"] == "currentColor"
    for part in (path("grid", "M", 0, 0), dot("pending", 0, 0, 3, filled=False)):
        assert (attributes(part)["fill"], attributes(part)["stroke"]) == ("none", "currentColor")


@pytest.mark.parametrize(("outcome", "tag"), [("failed", "path"), ("completed", "circle")])
def test_an_end_is_a_cross_or_a_dot_with_its_outcome_as_class(outcome: str, tag: str) -> None:
    part = ET.fromstring(end(outcome, 10, 20))
    assert (part.tag, part.get("class")) == (tag, outcome)
