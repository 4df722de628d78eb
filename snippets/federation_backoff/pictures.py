"""Draws the requests to a destination, how waits grow, and when they stop growing."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from snippets.configuration.duration import spoken
from snippets.federation_backoff.policy import CATCH_UP_MS
from snippets.federation_backoff.schedule import Schedule
from snippets.shared.drawing import area, bar, end, path, shape, svg, text, through

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 680, 64, 16, 20, 44  # pixels at full size
_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
_TICKS_MS = [1000, 10_000, _MINUTE, 10 * _MINUTE, _HOUR, 6 * _HOUR, _DAY, 7 * _DAY]
_TICKS_MS += [30 * _DAY, *(365 * _DAY * 10**power for power in range(4))]


class Request(NamedTuple):
    """One request: `at` is ms since the first one, `wait` the ms until the next is allowed."""

    at: int
    outcome: str  # "completed", "failed" or "refused"
    wait: int


def life_svg(requests: Sequence[Request], title: str) -> str:
    """Requests on a time line; a bar is the time in which the destination is left alone.

    A dot is a success, a cross a failure, a stroke below the line a refused request.
    """
    height, y = 150, 64
    last = max(request.at + request.wait for request in requests)

    def x(ms: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * ms / last

    parts = [_grid(y)]
    for request in requests:
        at = x(request.at)
        if request.outcome == "refused":
            parts.append(path("refused", "M", at, y + 14, "v14"))
            continue
        if request.wait:
            wide = x(request.at + request.wait) - at
            parts.append(bar("alone", at, y - 6, wide, 12, radius=3, opacity="0.25"))
        parts.append(end(request.outcome, at, y))
    step = next(tick for tick in (_HOUR, 2 * _HOUR, 6 * _HOUR, _DAY, 7 * _DAY) if last / tick < 10)
    ticks = [step * number for number in range(int(last // step) + 1)]
    parts += [text(x(tick), height - 32, spoken(tick)) for tick in ticks]
    parts.append(text((LEFT + WIDTH) / 2, height - 8, "since the first failure"))
    return svg("drawing life", WIDTH, height, title, parts)


def schedule_svg(schedule: Schedule, title: str, *, failures: int | None = None) -> str:
    """The wait after each failure on a logarithmic scale: the range of the jitter and the median.

    The dashed line is an hour; after a longer wait the sender switches to catch-up.
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

    parts = []
    for tick in _TICKS_MS:
        if low < tick < high:
            parts.append(_grid(y(tick)))
            parts.append(text(LEFT - 8, y(tick) + 4, spoken(tick), "end"))
    foot = height - BOTTOM + 18
    parts += [text(x(attempt.failure), foot, str(attempt.failure)) for attempt in attempts]
    parts.append(text((LEFT + WIDTH) / 2, height - 6, "failures so far"))
    above = [(x(a.failure), y(a.wait.most)) for a in attempts]
    below = [(x(a.failure), y(a.wait.least)) for a in reversed(attempts)]
    parts.append(area("band", [*above, *below], opacity="0.15"))
    middle = [(x(a.failure), y(a.wait.median)) for a in attempts]
    parts.append(path("current", *through(middle), stroke_width="3"))
    if low < CATCH_UP_MS < high:
        limit = ("M", LEFT, y(CATCH_UP_MS), "H", WIDTH - RIGHT)
        parts.append(path("limit", *limit, stroke_dasharray="6 4"))
    return svg("drawing schedule", WIDTH, height, title, parts)


def histogram_svg(times_ms: Sequence[int], title: str, *, bars: int = 30) -> str:
    """A histogram of the times, with `bars` bars of equal width."""
    height = 240
    last = max(times_ms)
    counts = [0] * bars
    for time in times_ms:
        counts[min(bars - 1, time * bars // last)] += 1
    wide = (WIDTH - LEFT - RIGHT) / bars
    room = height - TOP - BOTTOM
    parts = []
    for number, count in enumerate(counts):
        tall = room * count / max(counts)
        x, y = LEFT + wide * number + 1, TOP + room - tall
        parts.append(
            shape("rect", "bar", x=x, width=wide - 2, y=y, height=tall, fill="currentColor")
        )
    parts += [
        text(LEFT + wide * number, height - BOTTOM + 18, spoken(last * number / bars))
        for number in range(0, bars + 1, bars // 5)
    ]
    parts.append(text(LEFT - 8, TOP + 8, str(max(counts)), "end"))
    parts.append(text(LEFT - 8, TOP + room, "0", "end"))
    return svg("drawing histogram", WIDTH, height, title, parts)


def _grid(y: float) -> str:
    return path("grid", "M", LEFT, y, "H", WIDTH - RIGHT, stroke_opacity="0.2")
