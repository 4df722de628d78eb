"""Parts of pictures, as SVG.

Each part has a class, so that the page's style sheet can colour it in light and dark mode. Without
a style sheet it has the colour of the text: style sheets override attributes. Positions and sizes
are pixels at full size, written to one decimal.
"""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr


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
