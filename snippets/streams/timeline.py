"""Draws a traced schedule: time goes down, stream IDs go across, and the current one is a line."""

from collections.abc import Sequence

from snippets.shared.drawing import WIDTHS, bar, end, labels, path, shape, svg, text, text_width
from snippets.streams.trace import Row

COLUMN, LINE, TOP = 44, 28, 30  # pixels


def timeline_svg(rows: Sequence[Row], title: str) -> str:
    """An SVG picture of one trace; `title` describes it for readers who cannot see it.

    Every ID is a bar from the step that reserves it to the step that ends it. The end is a dot if
    the ID completes, a cross if it fails, and nothing if it stays pending. It is as narrow as a
    phone. Colours come from the page's style sheet, by class.
    """
    ids = sorted({row.step.stream_id for row in rows})
    left = max(text_width(str(row.step)) for row in rows) + 12
    column = min(COLUMN, (WIDTHS[-1] - left) / len(ids))
    width, height = left + column * len(ids), TOP + LINE * len(rows) + 4
    across = {stream_id: left + column * (n + 0.5) for n, stream_id in enumerate(ids)}
    steps = [(TOP + LINE * (number + 0.5), row) for number, row in enumerate(rows)]
    parts = labels([(x, str(stream_id)) for stream_id, x in across.items()], 16, width)
    faint = {"stroke": "currentColor", "stroke_opacity": "0.2"}
    parts += [
        shape("line", "grid", x1=x, y1=TOP - 6, x2=x, y2=height, **faint) for x in across.values()
    ]
    reserved: dict[int, float] = {}
    ends = []
    for y, row in steps:
        action, stream_id, _writer = row.step
        parts.append(text(0, y + 5, str(row.step), "start"))
        if action == "reserve":
            reserved[stream_id] = y
        elif action != "start":
            parts.append(_bar(across[stream_id], reserved.pop(stream_id), y))
            ends.append(end("failed" if action == "fail" else "completed", across[stream_id], y))
    parts += [_bar(across[stream_id], y, height) for stream_id, y in reserved.items()]

    stairs: list[float | str] = ["M", across[rows[0].current], steps[0][0]]
    for y, row in steps[1:]:
        stairs += ["V", y, "H", across[row.current]]
    parts.append(path("current", *stairs, "V", height, stroke_width="3"))
    return svg("drawing timeline", width, height, title, [*parts, *ends])


def _bar(x: float, start: float, stop: float) -> str:
    return bar("pending", x - 6, start - 6, 12, stop - start + 6, radius=6, opacity="0.25")
