"""Boxes and arrows, and who says what to whom, read back as XML."""

import xml.etree.ElementTree as ET

import pytest

from snippets.shared.diagrams import arrow, flow_svg, messages_svg
from snippets.shared.drawing import WIDTHS, path
from tests.shared.boxes import SVG, boxes, colliding

RAILS = [
    ("Client", "→ 443", "Proxy\nanswers 404", "→ a,\nb", "Synapse"),
    ("Server", "→ 8448", "Proxy\nanswers 404", "← c", "Synapse"),
]


def rectangles(drawing: str) -> list[list[float]]:
    """The left, top, width and height of each box."""
    return [
        [float(box.attrib[name]) for name in ("x", "y", "width", "height")]
        for box in ET.fromstring(drawing).iter(f"{SVG}rect")
    ]


def test_a_box_that_is_on_two_rails_is_one_box_as_long_as_both() -> None:
    client, server, proxy, synapse = rectangles(flow_svg(RAILS, "ways", WIDTHS[0]))
    assert client[1] < server[1]
    assert proxy[3] == synapse[3] > client[3] + server[3]


def test_rails_go_to_the_right_where_there_is_room_and_down_on_a_phone() -> None:
    for width, (along, across) in zip(WIDTHS, [(0, 1), (1, 0)], strict=True):
        client, server, proxy, synapse = rectangles(flow_svg(RAILS, "ways", width))
        assert client[along] == server[along] < proxy[along] < synapse[along]
        assert client[across] == proxy[across] == synapse[across] < server[across]


@pytest.mark.parametrize("width", WIDTHS)
def test_an_arrow_points_where_its_words_say(width: float) -> None:
    lines = [
        element.attrib["d"]
        for element in ET.fromstring(flow_svg(RAILS, "ways", width)).iter(f"{SVG}path")
    ]
    starts = [[float(n) for n in line[1:].split("L")[0].split()] for line in lines]
    across = width == WIDTHS[1]
    there, back = starts[2][across], starts[3][across]
    assert there < back


@pytest.mark.parametrize("width", WIDTHS)
def test_no_words_of_a_flow_touch_or_leave_it(width: float) -> None:
    drawing = flow_svg(RAILS, "ways", width)
    height = float(ET.fromstring(drawing).attrib["height"])
    assert colliding(boxes(drawing), width, height) == []
    assert len(boxes(drawing)) == 10


@pytest.mark.parametrize("width", WIDTHS)
def test_words_that_do_not_fit_are_refused_with_how_much_is_missing(width: int) -> None:
    with pytest.raises(ValueError, match=f"pixels too wide for {width}, shorten its words: ways"):
        flow_svg([("a" * 40, "→ " + "b" * 40, "c" * 40)], "ways", width)


@pytest.mark.parametrize(
    ("end", "head"),
    [
        ((20, 5), "M12 0L20 5L12 10"),
        ((-20, 5), "M-12 0L-20 5L-12 10"),
        ((0, 30), "M-5 22L0 30L5 22"),
        ((0, -30), "M-5 -22L0 -30L5 -22"),
    ],
)
def test_the_head_of_an_arrow_is_at_its_end(end: tuple[float, float], head: str) -> None:
    drawn = ET.fromstring(path("said", *arrow((0, 5) if end[1] == 5 else (0, 0), end)))
    assert drawn.attrib["d"].endswith(head)


def test_a_message_goes_from_who_says_it_to_who_hears_it() -> None:
    said = [("a", "b", "REPLICATE"), ("b", "c\nd", "POSITION\nRDATA"), ("c\nd", "a", "thanks")]
    root = ET.fromstring(messages_svg(["a", "b", "c\nd"], said, "who says what", WIDTHS[1]))
    kinds = [element.get("class") for element in root]
    assert (kinds.count("speaker"), kinds.count("said"), kinds.count("lifeline")) == (3, 3, 3)
    assert [text.text for text in root.iter(f"{SVG}text")] == [
        "a", "b", "c", "d", "REPLICATE", "POSITION", "RDATA", "thanks",
    ]  # fmt: skip
    lifelines = [
        element.attrib["d"][1:].split()[0] for element in root if element.get("class") == "lifeline"
    ]
    speakers = [element.attrib["cx"] for element in root if element.get("class") == "speaker"]
    assert speakers == lifelines
