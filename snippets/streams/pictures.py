"""Draws the positions of a stream's writers, and the messages between processes."""

from collections.abc import Iterable, Mapping

from snippets.shared.drawing import bar, dot, path, shape, svg, text


def positions_svg(
    facts: Mapping[str, Mapping[int, str]], tokens: Mapping[str, int], linear: int, title: str
) -> str:
    """A line for each writer with its IDs and its token, and across all lines the linear token.

    `facts` maps each writer to its IDs, each "completed" or "pending". `title` describes the
    picture for readers who cannot see it. Colours come from the page's style sheet, by class.
    """
    ids = [stream_id for line in facts.values() for stream_id in line]
    first, last = min(ids), max(ids)
    left, cell, line, top = 90, 64, 48, 34

    def x(stream_id: float) -> float:
        return left + cell * (stream_id - first + 0.5)

    width, height = left + cell * (last - first + 1) + 20, top + line * len(facts) + 40
    parts = [text(x(i), 18, str(i)) for i in range(first, last + 1)]
    for number, (name, line_facts) in enumerate(facts.items()):
        y = top + line * (number + 0.5)
        parts.append(text(left - 20, y + 5, name, "end"))
        reach = x(tokens[name] + 0.5) - left
        parts.append(bar("reached", left, y - 14, reach, 28, radius=6, opacity="0.12"))
        parts += [
            dot(state, x(stream_id), y, 8, filled=state == "completed")
            for stream_id, state in line_facts.items()
        ]
    at = x(linear + 0.5)
    parts.append(path("current", "M", at, 26, "V", height - 30, stroke_width="3"))
    parts.append(text(at, height - 10, f"linear token {linear}"))
    return svg("drawing positions", width, height, title, parts)


def messages_svg(places: Iterable[str], messages: Iterable[tuple[str, str]], title: str) -> str:
    """A column for each of `places`, and a row for each message: (sender, line)."""
    names = list(places)
    rows = list(messages)
    column, line, top = 178, 40, 40
    width, height = column * len(names), top + line * len(rows) + 16
    centre = {name: column * (number + 0.5) for number, name in enumerate(names)}
    parts = []
    for name, x in centre.items():
        parts.append(text(x, 20, name))
        parts.append(path("lifeline", "M", x, 30, "V", height))
    for number, (name, words) in enumerate(rows):
        y = top + line * (number + 0.7)
        arrows: list[float | str] = []
        for other, x in centre.items():
            if other != name:
                arrows += _arrow(centre[name], x, y)
        parts.append(path("said", *arrows))
        parts.append(shape("circle", "speaker", cx=centre[name], cy=y, r=5))
        parts.append(text(width / 2, y - 6, words))
    return svg("drawing messages", width, height, title, parts)


def _arrow(start: float, end: float, y: float) -> list[float | str]:
    back = end + (8 if end < start else -8)
    return ["M", start, y, "H", end, "M", back, y - 5, "L", end, y, "L", back, y + 5]
