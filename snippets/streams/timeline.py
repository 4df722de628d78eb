"""Draws a traced schedule: stream IDs against time, with the current stream ID as a staircase."""

from collections.abc import Sequence
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from snippets.streams.trace import Row

COLUMN, LINE, LEFT, TOP, BOTTOM = 72, 34, 52, 16, 58  # pixels at full size


def timeline_svg(rows: Sequence[Row], title: str) -> str:
    """An SVG picture of the rows of one trace, named `title` for those who cannot see it.

    Every ID is a bar from the step that reserves it to the step that ends it: a dot where
    it completes, a cross where it fails, nothing while it is pending. Colours come from the
    page's style sheet by class, so that the picture follows light and dark mode.
    """
    ids = [row.step.stream_id for row in rows if row.step.action in ("start", "reserve")]
    width = LEFT + COLUMN * len(rows)
    height = TOP + LINE * len(ids) + BOTTOM
    columns = [LEFT + COLUMN * (number + 0.5) for number in range(len(rows))]
    level = {stream_id: TOP + LINE * (len(ids) - n - 0.5) for n, stream_id in enumerate(ids)}
    parts = [
        f'<svg class="timeline" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' xmlns="http://www.w3.org/2000/svg" role="img" aria-label={quoteattr(title)}>'
    ]
    for stream_id, y in level.items():
        parts.append(_line("grid", LEFT, y, width, y))
        parts.append(_text("id", LEFT - 12, y + 5, str(stream_id), "end"))

    reserved: dict[int, float] = {}
    for row, x in zip(rows, columns, strict=True):
        action, stream_id, _writer = row.step
        parts.append(_text("step", x, height - BOTTOM + 22, action))
        parts.append(_text("step", x, height - BOTTOM + 40, str(stream_id)))
        if action == "reserve":
            reserved[stream_id] = x
        elif action != "start":
            parts.append(_bar(reserved.pop(stream_id), x, level[stream_id]))
            parts.append(_end(action, x, level[stream_id]))
    parts += [_bar(x, float(width), level[stream_id]) for stream_id, x in reserved.items()]

    stairs = [f"M{columns[0]:g} {level[rows[0].current]:g}"]
    for (_, after), x in zip(pairwise(rows), columns[1:], strict=True):
        stairs.append(f"H{x:g}V{level[after.current]:g}")
    parts.append(f'<path class="current" d="{"".join(stairs)}H{width}" {_STROKE}/>')
    return "".join([*parts, "</svg>"])


# Presentation attributes give way to any style sheet; they serve where there is none.
_STROKE = 'fill="none" stroke="currentColor" stroke-width="3"'


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    stroke = 'stroke="currentColor" stroke-opacity="0.2"'
    return f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" {stroke}/>'


def _text(kind: str, x: float, y: float, text: str, anchor: str = "middle") -> str:
    return (
        f'<text class="{kind}" x="{x:g}" y="{y:g}" font-size="13" fill="currentColor"'
        f' text-anchor="{anchor}">{escape(text)}</text>'
    )


def _bar(x1: float, x2: float, y: float) -> str:
    return (
        f'<rect class="pending" x="{x1:g}" y="{y - 6:g}" width="{x2 - x1:g}" height="12" rx="6"'
        ' fill="currentColor" fill-opacity="0.25"/>'
    )


def _end(action: str, x: float, y: float) -> str:
    if action == "fail":
        cross = f"M{x - 6:g} {y - 6:g}l12 12m0 -12l-12 12"
        return f'<path class="failed" d="{cross}" {_STROKE}/>'
    return f'<circle class="completed" cx="{x:g}" cy="{y:g}" r="7" fill="currentColor"/>'
