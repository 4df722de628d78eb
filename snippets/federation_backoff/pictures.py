"""Draws one destination's life, how waits grow, and how long it is until they stop growing."""

import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from snippets.federation_backoff.policy import CATCH_UP_MS
from snippets.federation_backoff.report import spoken
from snippets.federation_backoff.schedule import Schedule

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 680, 64, 16, 20, 44  # pixels at full size
_STROKE = 'fill="none" stroke="currentColor"'
_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
_TICKS_MS = [1000, 10_000, _MINUTE, 10 * _MINUTE, _HOUR, 6 * _HOUR, _DAY, 7 * _DAY]
_TICKS_MS += [30 * _DAY, *(365 * _DAY * 10**power for power in range(4))]


class Request(NamedTuple):
    """One request of a life: when, in ms from its start, how it ended, and the wait after it."""

    at: int
    outcome: str  # "completed", "failed" or "refused"
    wait: int


def life_svg(requests: Sequence[Request], title: str) -> str:
    """Requests on a line of time; the time in which the destination is left alone is a bar.

    A dot is a success, a cross a failure, a stroke below the line a request that was refused.
    """
    height, y = 150, 64
    end = max(request.at + request.wait for request in requests)

    def x(ms: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * ms / end

    parts = [_open("life", height, title)]
    parts.append(f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}" {_FAINT}/>')
    for request in requests:
        at = x(request.at)
        if request.outcome == "refused":
            parts.append(f'<path class="refused" d="M{at:.1f} {y + 14}v14" {_STROKE}/>')
            continue
        if request.wait:
            parts.append(
                f'<rect class="alone" x="{at:.1f}" y="{y - 6}" height="12" rx="3" '
                f'width="{x(request.at + request.wait) - at:.1f}" fill="currentColor" '
                'fill-opacity="0.25"/>'
            )
        parts.append(_mark(request.outcome, at, y))
    step = next(tick for tick in (_HOUR, 2 * _HOUR, 6 * _HOUR, _DAY, 7 * _DAY) if end / tick < 10)
    ticks = [step * number for number in range(int(end // step) + 1)]
    parts += [_text(x(tick), height - 32, spoken(tick)) for tick in ticks]
    parts.append(_text((LEFT + WIDTH) / 2, height - 8, "since the first failure"))
    return "".join([*parts, "</svg>"])


def _mark(outcome: str, x: float, y: float) -> str:
    if outcome == "failed":
        cross = f"M{x - 6:.1f} {y - 6:g}l12 12m0 -12l-12 12"
        return f'<path class="failed" d="{cross}" {_STROKE} stroke-width="3"/>'
    return f'<circle class="completed" cx="{x:.1f}" cy="{y:g}" r="7" fill="currentColor"/>'


def schedule_svg(schedule: Schedule, title: str, *, failures: int | None = None) -> str:
    """The wait after each failure on a scale of powers: the band of the jitter and the median.

    The dashed line is an hour, above which the sender turns to catch-up.
    """
    attempts = schedule.attempts[:failures]
    height = 340
    low = min(attempt.wait.least for attempt in attempts) / 2
    high = max(attempt.wait.most for attempt in attempts) * 2

    def x(failure: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (failure - 0.5) / len(attempts)

    def y(ms: float) -> float:
        whole = math.log(high) - math.log(low)
        return TOP + (height - TOP - BOTTOM) * (math.log(high) - math.log(ms)) / whole

    parts = [_open("schedule", height, title)]
    for tick in _TICKS_MS:
        if low < tick < high:
            parts.append(f'<path class="grid" d="M{LEFT} {y(tick):.1f}H{WIDTH - RIGHT}" {_FAINT}/>')
            parts.append(_text(LEFT - 8, y(tick) + 4, spoken(tick), "end"))
    foot = height - BOTTOM + 18
    parts += [_text(x(attempt.failure), foot, str(attempt.failure)) for attempt in attempts]
    parts.append(_text((LEFT + WIDTH) / 2, height - 6, "failures so far"))
    above = [f"{x(a.failure):.1f} {y(a.wait.most):.1f}" for a in attempts]
    below = [f"{x(a.failure):.1f} {y(a.wait.least):.1f}" for a in reversed(attempts)]
    band = "L".join([*above, *below])
    parts.append(f'<path class="band" d="M{band}Z" fill="currentColor" fill-opacity="0.15"/>')
    middle = "L".join(f"{x(a.failure):.1f} {y(a.wait.median):.1f}" for a in attempts)
    parts.append(f'<path class="current" d="M{middle}" {_STROKE} stroke-width="3"/>')
    if low < CATCH_UP_MS < high:
        at = f"M{LEFT} {y(CATCH_UP_MS):.1f}H{WIDTH - RIGHT}"
        parts.append(f'<path class="limit" d="{at}" {_STROKE} stroke-dasharray="6 4"/>')
    return "".join([*parts, "</svg>"])


def histogram_svg(times_ms: Sequence[int], title: str, *, bars: int = 30) -> str:
    """How many of the times fall into each of so many equal parts."""
    height = 240
    end = max(times_ms)
    counts = [0] * bars
    for time in times_ms:
        counts[min(bars - 1, time * bars // end)] += 1
    wide = (WIDTH - LEFT - RIGHT) / bars
    room = height - TOP - BOTTOM
    parts = [_open("histogram", height, title)]
    for number, count in enumerate(counts):
        tall = room * count / max(counts)
        parts.append(
            f'<rect class="bar" x="{LEFT + wide * number + 1:.1f}" width="{wide - 2:.1f}" '
            f'y="{TOP + room - tall:.1f}" height="{tall:.1f}" fill="currentColor"/>'
        )
    parts += [
        _text(LEFT + wide * number, height - BOTTOM + 18, spoken(end * number / bars))
        for number in range(0, bars + 1, bars // 5)
    ]
    parts.append(_text(LEFT - 8, TOP + 8, str(max(counts)), "end"))
    parts.append(_text(LEFT - 8, TOP + room, "0", "end"))
    return "".join([*parts, "</svg>"])


_FAINT = f'{_STROKE} stroke-opacity="0.2"'


def _open(kind: str, height: int, title: str) -> str:
    return (
        f'<svg class="drawing {kind}" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" xmlns="http://www.w3.org/2000/svg" role="img"'
        f" aria-label={quoteattr(title)}>"
    )


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="13" fill="currentColor"'
        f' text-anchor="{anchor}">{escape(text)}</text>'
    )
