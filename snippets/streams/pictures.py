"""Draws where a stream's writers are, and who says what to whom."""

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape, quoteattr

STROKE = 'fill="none" stroke="currentColor"'


def positions_svg(
    facts: Mapping[str, Mapping[int, str]], tokens: Mapping[str, int], linear: int, title: str
) -> str:
    """Each writer's IDs on a line of their own, and how far its token and the linear one reach.

    `facts` holds for each writer its IDs, each "completed" or "pending"; `title` is the
    picture for those who cannot see it. Colours come from the page's style sheet by class.
    """
    ids = [stream_id for line in facts.values() for stream_id in line]
    first, last = min(ids), max(ids)
    left, cell, line, top = 90, 64, 48, 34

    def x(stream_id: float) -> float:
        return left + cell * (stream_id - first + 0.5)

    width, height = left + cell * (last - first + 1) + 20, top + line * len(facts) + 40
    parts = [_open("positions", width, height, title)]
    parts += [_text(x(i), 18, str(i)) for i in range(first, last + 1)]
    for number, (name, line_facts) in enumerate(facts.items()):
        y = top + line * (number + 0.5)
        parts.append(_text(left - 20, y + 5, name, "end"))
        reach = x(tokens[name] + 0.5)
        parts.append(
            f'<rect class="reached" x="{left}" y="{y - 14:g}" width="{reach - left:g}" height="28"'
            ' rx="6" fill="currentColor" fill-opacity="0.12"/>'
        )
        for stream_id, state in line_facts.items():
            fill = 'fill="currentColor"' if state == "completed" else f'{STROKE} stroke-width="3"'
            parts.append(f'<circle class="{state}" cx="{x(stream_id):g}" cy="{y:g}" r="8" {fill}/>')
    at = x(linear + 0.5)
    parts.append(
        f'<path class="current" d="M{at:g} 26V{height - 30}" {STROKE} stroke-width="3"/>'
        + _text(at, height - 10, f"linear token {linear}")
    )
    return "".join([*parts, "</svg>"])


def messages_svg(places: Iterable[str], messages: Iterable[tuple[str, str]], title: str) -> str:
    """A column for each place, and below each other what was said: (who says it, what)."""
    names = list(places)
    said = list(messages)
    column, line, top = 178, 40, 40
    width, height = column * len(names), top + line * len(said) + 16
    centre = {name: column * (number + 0.5) for number, name in enumerate(names)}
    parts = [_open("messages", width, height, title)]
    for name, x in centre.items():
        parts.append(_text(x, 20, name))
        parts.append(f'<path class="lifeline" d="M{x:g} 30V{height}" {STROKE}/>')
    for number, (name, text) in enumerate(said):
        y = top + line * (number + 0.7)
        others = [x for other, x in centre.items() if other != name]
        path = "".join(_arrow(centre[name], x, y) for x in others)
        parts.append(f'<path class="said" d="{path}" {STROKE}/>')
        parts.append(f'<circle class="speaker" cx="{centre[name]:g}" cy="{y:g}" r="5"/>')
        parts.append(_text(width / 2, y - 6, text))
    return "".join([*parts, "</svg>"])


def _arrow(start: float, end: float, y: float) -> str:
    back = end + (8 if end < start else -8)
    return f"M{start:g} {y:g}H{end:g}M{back:g} {y - 5:g}L{end:g} {y:g}L{back:g} {y + 5:g}"


def _open(kind: str, width: float, height: float, title: str) -> str:
    return (
        f'<svg class="drawing {kind}" viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
        f' height="{height:g}" xmlns="http://www.w3.org/2000/svg" role="img"'
        f" aria-label={quoteattr(title)}>"
    )


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="13" fill="currentColor"'
        f' text-anchor="{anchor}">{escape(text)}</text>'
    )
