"""Parts of pictures, read back as XML."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets.shared.drawing import (
    area,
    bar,
    dot,
    end,
    label,
    labels,
    path,
    shape,
    svg,
    text,
    text_width,
    through,
)
from tests.shared.boxes import boxes, colliding

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


def test_words_that_would_leave_the_picture_stand_beside_their_place() -> None:
    half = text_width("linear") / 2
    assert [float(attributes(label(x, 0, "linear", 100))["x"]) for x in (0, 50, 100)] == (
        pytest.approx([half, 50, 100 - half], abs=0.06)
    )


@given(st.lists(st.integers(0, 300), max_size=40, unique=True).map(sorted))
def test_words_on_one_line_never_touch_and_the_first_is_always_there(places: list[int]) -> None:
    drawn = labels([(place, f"{place}h 5m") for place in places], 20, 300)
    found = boxes(svg("drawing", 300, 30, "ticks", drawn))
    assert colliding(found, 300, 30) == []
    assert [box.words for box in found[:1]] == [f"{place}h 5m" for place in places[:1]]


@pytest.mark.parametrize(("count", "step"), [(5, 1), (12, 2), (24, 5), (50, 10)])
def test_where_words_are_too_close_each_second_fifth_or_tenth_is_left(
    count: int, step: int
) -> None:
    drawn = labels([(300 * n / count, str(n + 10)) for n in range(count)], 20, 300)
    assert [ET.fromstring(part).text for part in drawn] == [
        str(n + 10) for n in range(0, count, step)
    ]
