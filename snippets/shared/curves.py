"""Draws what an operation costs against the size of what it works on, on scales of powers."""

import math
from collections.abc import Mapping, Sequence

from snippets.shared.drawing import WIDTHS, area, dot, labels, path, shape, svg, text, through

# Pixels at full size: narrow enough for a phone, where it need not scroll.
WIDTH, PLOT, LEFT, RIGHT, BOTTOM, LEGEND = WIDTHS[-1], 210, 44, 16, 44, 20
_DASHES = ("", "7 4", "2 4")

Costs = Mapping[str, Sequence[float | None]]  # by the name of the line; None was not measured


def highest(costs: Costs) -> float:
    """The highest cost, for pictures that share a scale."""
    return max(cost for line in costs.values() for cost in line if cost)


def curves_svg(sizes: Sequence[int], costs: Costs, size: str, title: str, *, high: float) -> str:
    """A line for each name: the first is ours and has dots; others are dashed, with other marks.

    The scale of costs goes from below 1, which is the floor, to above `high`; `title` is the
    picture for those who cannot see it.
    """
    top = 12 + LEGEND * (len(costs) + 1)
    height = top + PLOT + BOTTOM
    low, high = math.log(0.7), math.log(high * 1.5)

    def x(number: int) -> float:
        whole = math.log(sizes[-1]) - math.log(sizes[0])
        return LEFT + 8 + (WIDTH - LEFT - RIGHT - 8) * (math.log(number / sizes[0])) / whole

    def y(cost: float) -> float:
        return top + PLOT * (high - math.log(cost)) / (high - low)

    parts = []
    steps = (1, 2, 5) if high - low < math.log(100) else (1,)
    for tick in (step * 10**power for power in range(math.ceil(high)) for step in steps):
        if math.log(tick) < high:
            at = y(tick)
            parts.append(path("grid", "M", LEFT, at, "H", WIDTH - RIGHT, stroke_opacity="0.2"))
            parts.append(text(LEFT - 8, at + 4, short(tick), "end"))
    parts += labels([(x(number), short(number)) for number in sizes], top + PLOT + 18, WIDTH)
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, height - 6, size))
    parts.append(text(4, top - 14, "times the floor", "start"))
    for number, (name, line) in enumerate(costs.items()):
        kind = "theirs" if number else "ours"
        beside = 12 + LEGEND * number
        sample = [(LEFT, beside), (LEFT + 36, beside)]
        parts += [_line(kind, number, sample), _mark(kind, number, LEFT + 18, beside)]
        parts.append(text(LEFT + 44, beside + 4, name, "start"))
        points = [(x(n), y(cost)) for n, cost in zip(sizes, line, strict=True) if cost]
        parts += [_line(kind, number, points), *(_mark(kind, number, *at) for at in points)]
        if None in line:
            at = x(sizes[line.index(None)])
            parts.append(text(at + 6, top + 12, "not measured", "end", kind=kind))
    return svg("drawing curves", WIDTH, height, title, parts)


def short(number: int) -> str:
    """A number in few letters: 10k, 1M."""
    for unit, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= unit:
            return f"{number // unit}{letter}"
    return str(number)


def _line(kind: str, number: int, points: Sequence[tuple[float, float]]) -> str:
    return path(kind, *through(points), stroke_width="2.5", stroke_dasharray=_DASHES[number])


def _mark(kind: str, number: int, x: float, y: float) -> str:
    if number == 0:
        return dot(kind, x, y, 5)
    if number == 1:
        return shape("rect", kind, x=x - 4.5, y=y - 4.5, width=9, height=9, fill="currentColor")
    return area(kind, [(x, y - 6), (x + 6, y + 5), (x - 6, y + 5)], opacity="1")
