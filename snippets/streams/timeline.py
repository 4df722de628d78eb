"""Draws a traced schedule: stream IDs against time, with the current stream ID as a staircase."""

from collections.abc import Sequence
from itertools import pairwise

from snippets.shared.drawing import bar, end, path, shape, svg, text
from snippets.streams.trace import Row

COLUMN, LINE, LEFT, TOP, BOTTOM = 72, 34, 52, 16, 58  # pixels at full size


def timeline_svg(rows: Sequence[Row], title: str) -> str:
    """An SVG picture of one trace; `title` describes it for readers who cannot see it.

    Every ID is a bar from the step that reserves it to the step that ends it. The end is a dot if
    the ID completes, a cross if it fails, and nothing if it stays pending. Colours come from the
    page's style sheet, by class, so the picture follows light and dark mode.
    """
    ids = [row.step.stream_id for row in rows if row.step.action in ("start", "reserve")]
    width = LEFT + COLUMN * len(rows)
    height = TOP + LINE * len(ids) + BOTTOM
    columns = [LEFT + COLUMN * (number + 0.5) for number in range(len(rows))]
    level = {stream_id: TOP + LINE * (len(ids) - n - 0.5) for n, stream_id in enumerate(ids)}
    faint = {"stroke": "currentColor", "stroke_opacity": "0.2"}
    parts = []
    for stream_id, y in level.items():
        parts.append(shape("line", "grid", x1=LEFT, y1=y, x2=width, y2=y, **faint))
        parts.append(text(LEFT - 12, y + 5, str(stream_id), "end", kind="id"))

    reserved: dict[int, float] = {}
    for row, x in zip(rows, columns, strict=True):
        action, stream_id, _writer = row.step
        parts.append(text(x, height - BOTTOM + 22, action, kind="step"))
        parts.append(text(x, height - BOTTOM + 40, str(stream_id), kind="step"))
        if action == "reserve":
            reserved[stream_id] = x
        elif action != "start":
            parts.append(_bar(reserved.pop(stream_id), x, level[stream_id]))
            parts.append(end("failed" if action == "fail" else "completed", x, level[stream_id]))
    parts += [_bar(x, float(width), level[stream_id]) for stream_id, x in reserved.items()]

    stairs: list[float | str] = ["M", columns[0], level[rows[0].current]]
    for (_, after), x in zip(pairwise(rows), columns[1:], strict=True):
        stairs += ["H", x, "V", level[after.current]]
    parts.append(path("current", *stairs, "H", width, stroke_width="3"))
    return svg("timeline", width, height, title, parts)


def _bar(x1: float, x2: float, y: float) -> str:
    return bar("pending", x1, y - 6, x2 - x1, 12, radius=6, opacity="0.25")
