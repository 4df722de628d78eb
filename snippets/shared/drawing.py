"""Parts of pictures, as SVG.

Each part has a class, so that the page's style sheet can colour it in light and dark mode. Without
a style sheet it has the colour of the text: style sheets override attributes. Positions and sizes
are pixels at full size, written to one decimal.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

WIDTHS = (680, 328)  # of a picture: in the column of a page, and on a phone


def svg(kind: str, width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """The whole picture; `title` describes it for readers who cannot see it."""
    return (
        f'<svg class="{kind}" viewBox="0 0 {_number(width)} {_number(height)}"'
        f' width="{_number(width)}" height="{_number(height)}" xmlns="http://www.w3.org/2000/svg"'
        f' role="img" aria-label={quoteattr(title)}>{"".join(parts)}</svg>'
    )


def shape(name: str, kind: str, **attributes: float | str) -> str:
    """An element of that name and class; `stroke_width` becomes the attribute `stroke-width`."""
    written = "".join(
        f" {attribute.replace('_', '-')}="
        + quoteattr(value if isinstance(value, str) else _number(value))
        for attribute, value in attributes.items()
    )
    return f'<{name} class="{kind}"{written}/>'


def path(kind: str, *steps: float | str, **attributes: str) -> str:
    """A line through these steps: `"M", 0, 10, "H", 20` goes from (0, 10) to (20, 10)."""
    return shape("path", kind, d=_d(steps), **_STROKE, **attributes)


def through(points: Iterable[tuple[float, float]]) -> list[float | str]:
    """The steps of a path from point to point."""
    steps: list[float | str] = []
    for x, y in points:
        steps += ["L" if steps else "M", x, y]
    return steps


def area(kind: str, corners: Iterable[tuple[float, float]], *, opacity: str) -> str:
    """A polygon with these corners, filled and translucent."""
    return shape(
        "path", kind, d=_d([*through(corners), "Z"]), fill="currentColor", fill_opacity=opacity
    )


def bar(
    kind: str, x: float, y: float, width: float, height: float, *, radius: int, opacity: str
) -> str:
    """A rectangle with round corners, filled and translucent."""
    return shape(
        "rect",
        kind,
        x=x,
        y=y,
        width=width,
        height=height,
        rx=radius,
        fill="currentColor",
        fill_opacity=opacity,
    )


def dot(kind: str, x: float, y: float, radius: float, *, filled: bool = True) -> str:
    """A circle, full or empty."""
    if filled:
        return shape("circle", kind, cx=x, cy=y, r=radius, fill="currentColor")
    return shape("circle", kind, cx=x, cy=y, r=radius, **_STROKE, stroke_width="3")


def end(outcome: str, x: float, y: float) -> str:
    """The mark for an outcome, also its class: a cross for "failed", a dot for "completed"."""
    if outcome == "failed":
        return path(outcome, "M", x - 6, y - 6, "l12 12m0 -12l-12 12", stroke_width="3")
    return dot(outcome, x, y, 7)


def text(x: float, y: float, words: str, anchor: str = "middle", *, kind: str = "") -> str:
    """Words on the baseline y; `anchor` is the part of them at x: "start", "middle" or "end"."""
    named = f' class="{kind}"' if kind else ""
    return (
        f'<text{named} x="{_number(x)}" y="{_number(y)}" font-size="13" fill="currentColor"'
        f' text-anchor="{anchor}">{escape(words)}</text>'
    )


def text_width(words: str) -> float:
    """How wide these words are at most, as `text` writes them, in the fonts of browsers."""
    return sum(next((wide for wide, some in _LETTERS.items() if c in some), 10.3) for c in words)


def label(x: float, y: float, words: str, width: float) -> str:
    """Words around x, or beside it if they would leave a picture of this width."""
    return text(_inside(x, words, width), y, words)


def labels(marks: Sequence[tuple[float, str]], y: float, width: float) -> list[str]:
    """Words at their places on one line, from left to right: each, or each second, fifth or
    tenth, or the first only, so that they keep apart.
    """
    places = [(_inside(x, words, width), words) for x, words in marks]
    steps = (1, 2, 5, 10, max(len(places), 1))
    kept = next(kept for step in steps if _apart(kept := places[::step]))
    return [text(x, y, words) for x, words in kept]


def _apart(places: Sequence[tuple[float, str]]) -> bool:
    return all(
        right - left >= (text_width(one) + text_width(other)) / 2 + 6
        for (left, one), (right, other) in pairwise(places)
    )


def _inside(x: float, words: str, width: float) -> float:
    half = text_width(words) / 2
    return max(half, min(x, width - half))


# By their width in DejaVu Sans, which is wider than most fonts; what is not here has at most 10.3.
_LETTERS = {
    3.7: "ijl'|",
    4.5: " .,:;I",
    5.6: 'frt()[]/-"',
    8.3: "abcdeghknopqsuvxyz_0123456789",
    13.2: "mwMW@%",
}
_STROKE = {"fill": "none", "stroke": "currentColor"}


def _d(steps: Iterable[float | str]) -> str:
    d = ""
    for step in steps:
        if isinstance(step, str):
            d += step
        else:
            d += (" " if d[-1:].isdigit() else "") + _number(step)
    return d


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
