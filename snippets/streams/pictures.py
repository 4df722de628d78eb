"""Draws the positions of a stream's writers."""

from collections.abc import Mapping

from snippets.shared.drawing import WIDTHS, bar, dot, label, labels, path, svg, text, text_width


def positions_svg(
    facts: Mapping[str, Mapping[int, str]], tokens: Mapping[str, int], linear: int, title: str
) -> str:
    """A line for each writer with its IDs and its token, and across all lines the linear token.

    `facts` maps each writer to its IDs, each "completed" or "pending". `title` describes the
    picture for readers who cannot see it. It fits a phone while there are at most a dozen IDs.
    """
    ids = [stream_id for line in facts.values() for stream_id in line]
    first, last = min(ids), max(ids)
    left, line, top = max(map(text_width, facts)) + 20, 44, 30
    cell = min(44, (WIDTHS[-1] - left) / (last - first + 1))

    def x(stream_id: float) -> float:
        return left + cell * (stream_id - first + 0.5)

    width, height = left + cell * (last - first + 1), top + line * len(facts) + 34
    parts = labels([(x(i), str(i)) for i in range(first, last + 1)], 16, width)
    for number, (name, line_facts) in enumerate(facts.items()):
        y = top + line * (number + 0.5)
        parts.append(text(left - 10, y + 5, name, "end"))
        reach = x(tokens[name] + 0.5) - left
        parts.append(bar("reached", left, y - 14, reach, 28, radius=6, opacity="0.12"))
        parts += [
            dot(state, x(stream_id), y, 8, filled=state == "completed")
            for stream_id, state in line_facts.items()
        ]
    at = x(linear + 0.5)
    parts.append(path("current", "M", at, 22, "V", height - 26, stroke_width="3"))
    parts.append(label(at, height - 8, f"linear token {linear}", width))
    return svg("drawing positions", width, height, title, parts)
