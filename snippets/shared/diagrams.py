"""Draws what goes from where to where, and who says what to whom, for a width."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from snippets.shared.drawing import dot, label, path, shape, svg, text, text_width, through

LINE = 17  # pixels from one line of words to the next
_WIDE = 600  # from here on there is room from left to right


class _Cell(NamedTuple):
    """The words of a box or an arrow, and how many rails it is on."""

    words: str
    rails: int = 1

    @property
    def lines(self) -> list[str]:
        return self.words.removeprefix("→ ").removeprefix("← ").split("\n")

    @property
    def size(self) -> tuple[float, float]:
        """The least width and height."""
        name, *others = map(text_width, self.lines)
        return max(1.15 * name, *others, 0) + 24, LINE * len(self.lines) + 18


def flow_svg(rails: Sequence[Sequence[str]], title: str, width: float) -> str:
    """Rails side by side, each of a box, an arrow, a box, and so on: `"Client", "→ 443", "Proxy"`.

    An arrow begins with the direction that it points in, → or ←. A box that stands at the same
    place of neighbouring rails is one box. Where there is room, rails go from left to right, else
    from top to bottom. Raises ValueError if the words do not fit.
    """
    wide = width >= _WIDE

    def turned(along: float, across: float) -> tuple[float, float]:
        """Along a rail and across it, as x and y; and back."""
        return (along, across) if wide else (across, along)

    stages = [
        [_Cell(words) for words in at]
        if number % 2
        else [_Cell(words, len([*same])) for words, same in groupby(at)]
        for number, at in enumerate(zip(*rails, strict=True))
    ]
    lengths = [max(turned(*cell.size)[0] for cell in stage) for stage in stages]
    rail = max(turned(*cell.size)[1] / cell.rails for stage in stages for cell in stage)
    spare = width - (sum(lengths) if wide else rail * len(rails))
    if spare < 0:
        raise ValueError(f"{-spare:.0f} pixels too wide for {width}, shorten its words: {title}")
    if wide:  # arrows become longer, else all becomes wider
        longer = spare / (len(stages) // 2)
        lengths = [size + longer * (number % 2) for number, size in enumerate(lengths)]
    else:
        rail = width / len(rails)
    parts: list[str] = []
    start = 0.0
    for number, (stage, length) in enumerate(zip(stages, lengths, strict=True)):
        at = 0.0
        for cell in stage:
            place = *turned(start, at), *turned(length, rail * cell.rails)
            parts += _arrow(cell, *place, wide=wide) if number % 2 else _box(cell, *place)
            at += rail * cell.rails
        start += length
    return svg("drawing flow", *turned(start, rail * len(rails)), title, parts)


def _box(cell: _Cell, x: float, y: float, width: float, height: float) -> list[str]:
    """A box in this place, with its words in the middle."""
    top = y + height / 2 - LINE * (len(cell.lines) - 1) / 2 + 5
    place = {"x": x + 3, "y": y + 3, "width": width - 6, "height": height - 6, "rx": 6}
    return [
        shape("rect", "box", **place, fill="none", stroke="currentColor"),
        *(
            text(x + width / 2, top + LINE * number, words, kind="" if number else "name")
            for number, words in enumerate(cell.lines)
        ),
    ]


def _arrow(
    cell: _Cell, x: float, y: float, width: float, height: float, *, wide: bool
) -> list[str]:
    """An arrow through this place; its words are above it, or beside it where it goes down."""
    room = LINE * (len(cell.lines) - 1) / 2
    if wide:
        line = y + height / 2 + room + 8
        ends = [(x + 3, line), (x + width - 3, line)]
        at, top, anchor = x + width / 2, y + height / 2 - room + 1, "middle"
    else:
        line = x + (width - max(map(text_width, cell.lines)) - 12) / 2
        ends = [(line, y + 3), (line, y + height - 3)]
        at, top, anchor = line + 12, y + height / 2 - room + 5, "start"
    if cell.words.startswith("←"):
        ends.reverse()
    return [
        path("said", *arrow(*ends)),
        *(text(at, top + LINE * n, words, anchor) for n, words in enumerate(cell.lines)),
    ]


def arrow(start: tuple[float, float], end: tuple[float, float]) -> list[float | str]:
    """The steps of an arrow that goes straight across or straight down."""
    (x, y), (to_x, to_y) = start, end
    if y == to_y:
        back = to_x + (8 if to_x < x else -8)
        head = [(back, y - 5), end, (back, y + 5)]
    else:
        back = to_y + (8 if to_y < y else -8)
        head = [(x - 5, back), end, (x + 5, back)]
    return [*through([start, end]), *through(head)]


def messages_svg(
    places: Sequence[str], messages: Iterable[tuple[str, str, str]], title: str, width: float
) -> str:
    """A column for each place, and below each other what is said: (by whom, to whom, what).

    A name and what is said may have several lines.
    """
    width = min(width, 220 * len(places))
    sizes = [max(map(text_width, name.split("\n"))) for name in places]
    apart = (width - sum(sizes)) / len(places)
    centre = {
        name: sum(sizes[:number]) + apart * (number + 0.5) + sizes[number] / 2
        for number, name in enumerate(places)
    }
    parts = [
        text(x, 13 + LINE * below, line)
        for name, x in centre.items()
        for below, line in enumerate(name.split("\n"))
    ]
    top = y = LINE * max(name.count("\n") + 1 for name in places) + 4.0
    for start, end, words in messages:
        lines = words.split("\n")
        middle = (centre[start] + centre[end]) / 2
        parts += [label(middle, y + LINE * (n + 1), line, width) for n, line in enumerate(lines)]
        y += LINE * len(lines) + 9
        parts.append(path("said", *arrow((centre[start], y), (centre[end], y))))
        parts.append(dot("speaker", centre[start], y, 5))
        y += 12
    lifelines = [path("lifeline", "M", x, top, "V", y) for x in centre.values()]
    return svg("drawing messages", width, y, title, [*lifelines, *parts])
