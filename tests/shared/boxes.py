"""The words of a drawing, and the places that they take."""

import xml.etree.ElementTree as ET
from itertools import combinations
from typing import NamedTuple

from snippets.shared.drawing import text_width

SVG = "{http://www.w3.org/2000/svg}"


class Words(NamedTuple):
    """Words and the rectangle around them, in pixels."""

    words: str
    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: "Words") -> bool:
        """Whether the two have a place in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def boxes(drawing: str) -> list[Words]:
    """All words of a drawing; where they are bold, they are wider."""
    found = []
    for element in ET.fromstring(drawing).iter(f"{SVG}text"):
        words, x, y = element.text or "", float(element.attrib["x"]), float(element.attrib["y"])
        wide = text_width(words) * (1.15 if element.get("class") == "name" else 1)
        left = x - wide * {"start": 0, "middle": 0.5, "end": 1}[element.attrib["text-anchor"]]
        found.append(Words(words, left, y - 12, left + wide, y + 4))
    return found


def colliding(found: list[Words], width: float, height: float) -> list[str]:
    """One line for each two that touch, and for each that leaves a picture of this size."""
    near = 0.1  # places are written to a tenth
    return [
        f"{one.words!r} touches {other.words!r}"
        for one, other in combinations(found, 2)
        if one.touches(other)
    ] + [
        f"{box.words!r} leaves the picture"
        for box in found
        if box.left < -near
        or box.top < -near
        or box.right > width + near
        or box.bottom > height + near
    ]
