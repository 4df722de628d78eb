"""Draws the requests to a destination, how waits grow, and when they stop growing.

Each is drawn for a width, for a page or for a phone; `title` is for readers who cannot see it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from snippets.configuration.duration import spoken
from snippets.federation_backoff.policy import CATCH_UP_MS
from snippets.federation_backoff.schedule import Schedule
from snippets.shared.drawing import area, bar, end, labels, path, shape, svg, text, through

LEFT, RIGHT, TOP, BOTTOM = 64, 12, 20, 44  # pixels around a plot
_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
_TICKS_MS = [1000, 10_000, _MINUTE, 10 * _MINUTE, _HOUR, 6 * _HOUR, _DAY, 7 * _DAY]
_TICKS_MS += [30 * _DAY, *(365 * _DAY * 10**power for power in range(4))]


class Request(NamedTuple):
    """One request: `at` is ms since the first one, `wait` the ms until the next is allowed."""

    at: int
    outcome: str  # "completed", "failed" or "refused"
    wait: int


def life_svg(requests: Sequence[Request], title: str, width: float) -> str:
    """Requests on a time line; a bar is the time in which the destination is left alone.

    A dot is a success, a cross a failure, a stroke below the line a refused request.
    """
    left, height, y = 16, 100, 24
    last = max(request.at + request.wait for request in requests)

    def x(ms: float) -> float:
        return left + (width - left - RIGHT) * ms / last

    parts = [_grid(y, left, width)]
    for request in requests:
        at = x(request.at)
        if request.outcome == "refused":
            parts.append(path("refused", "M", at, y + 12, "v14"))
            continue
        if request.wait:
            wide = x(request.at + request.wait) - at
            parts.append(bar("alone", at, y - 6, wide, 12, radius=3, opacity="0.25"))
        parts.append(end(request.outcome, at, y))
    parts += _time_ticks(last, x, height - 32, width)
    parts.append(text(width / 2, height - 8, "since the first failure"))
    return svg("drawing life", width, height, title, parts)


def layers_svg(
    attempts_ms: Mapping[str, Sequence[float]], waits_ms: Sequence[float], title: str, width: float
) -> str:
    """Both layers on one logarithmic time line: attempts within a request, waits between them.

    `attempts_ms` holds the waits between the attempts of each kind of request, by its name. A
    request of the last kind is then made after each of `waits_ms`, and fails like the first.
    """
    left, lane, height = 8, 54, 54 * (len(attempts_ms) + 1) + 34
    low, high = 200, 1.5 * sum(waits_ms)

    def x(ms: float) -> float:
        part = math.log(max(ms, low) / low) / math.log(high / low)
        return left + (width - left - RIGHT) * part

    parts = []
    for number, (name, waits) in enumerate(attempts_ms.items()):
        y, times = lane * number + 36, [0.0, *accumulate(waits)]
        parts.append(text(0, y - 20, f"{name}: {len(times)} attempts", "start"))
        parts.append(_grid(y, left, width))
        parts += [path("failed", "M", x(at), y - 8, "v16", stroke_width="2") for at in times]
    made = [at + times[-1] for at in accumulate(waits_ms, initial=0.0)]
    parts.append(path("limit", "M", x(made[0]), y, "v", lane, stroke_dasharray="3 3"))
    y += lane
    parts.append(_grid(y, left, width))
    for start, stop in pairwise(made):
        parts.append(
            bar("alone", x(start), y - 6, x(stop) - x(start), 12, radius=3, opacity="0.25")
        )
    parts += [end("failed", x(at), y) for at in made]
    first, most = spoken(waits_ms[0]), spoken(max(waits_ms))
    parts.append(text(0, y - 20, f"Between requests: left alone for {first} to {most}", "start"))
    ticks = [(x(tick), spoken(tick)) for tick in _TICKS_MS if tick < made[-1]]
    parts += labels(ticks, height - 26, width)
    parts.append(text(width / 2, height - 6, "time since the first attempt"))
    return svg("drawing layers", width, height, title, parts)


def schedule_svg(
    schedule: Schedule, title: str, width: float, *, failures: int | None = None
) -> str:
    """The wait after each failure on a logarithmic scale: the range of the jitter and the median.

    The dashed line is an hour; after a longer wait the sender switches to catch-up.
    """
    attempts = schedule.attempts[:failures]
    height = min(340, width)
    low = min(attempt.wait.least for attempt in attempts) / 2
    high = max(attempt.wait.most for attempt in attempts) * 2

    def x(failure: int) -> float:
        return LEFT + (width - LEFT - RIGHT) * (failure - 0.5) / len(attempts)

    def y(ms: float) -> float:
        whole = math.log(high) - math.log(low)
        return TOP + (height - TOP - BOTTOM) * (math.log(high) - math.log(ms)) / whole

    parts = []
    for tick in _TICKS_MS:
        if low < tick < high:
            parts.append(_grid(y(tick), LEFT, width))
            parts.append(text(LEFT - 8, y(tick) + 4, spoken(tick), "end"))
    failed = [(x(attempt.failure), str(attempt.failure)) for attempt in attempts]
    parts += labels(failed, height - BOTTOM + 18, width)
    parts.append(text((LEFT + width) / 2, height - 6, "failures so far"))
    above = [(x(a.failure), y(a.wait.most)) for a in attempts]
    below = [(x(a.failure), y(a.wait.least)) for a in reversed(attempts)]
    parts.append(area("band", [*above, *below], opacity="0.15"))
    middle = [(x(a.failure), y(a.wait.median)) for a in attempts]
    parts.append(path("current", *through(middle), stroke_width="3"))
    if low < CATCH_UP_MS < high:
        limit = ("M", LEFT, y(CATCH_UP_MS), "H", width - RIGHT)
        parts.append(path("limit", *limit, stroke_dasharray="6 4"))
    return svg("drawing schedule", width, height, title, parts)


def histogram_svg(times_ms: Sequence[int], title: str, width: float, *, bars: int = 30) -> str:
    """A histogram of the times, with `bars` bars of equal width."""
    height = 240
    last = max(times_ms)
    counts = [0] * bars
    for time in times_ms:
        counts[min(bars - 1, time * bars // last)] += 1
    wide = (width - LEFT - RIGHT) / bars
    room = height - TOP - BOTTOM
    parts = []
    for number, count in enumerate(counts):
        tall = room * count / max(counts)
        x, y = LEFT + wide * number + 1, TOP + room - tall
        parts.append(
            shape("rect", "bar", x=x, width=wide - 2, y=y, height=tall, fill="currentColor")
        )
    room_across = width - LEFT - RIGHT
    parts += _time_ticks(
        last, lambda ms: LEFT + room_across * ms / last, height - BOTTOM + 18, width
    )
    parts.append(text(LEFT - 8, TOP + 8, str(max(counts)), "end"))
    parts.append(text(LEFT - 8, TOP + room, "0", "end"))
    return svg("drawing histogram", width, height, title, parts)


def _time_ticks(last: float, x: Callable[[float], float], y: float, width: float) -> list[str]:
    """Some round times from 0 on, at their places."""
    steps = (_HOUR, 2 * _HOUR, 6 * _HOUR, _DAY, 2 * _DAY, 7 * _DAY)
    step = next((step for step in steps if last / step < 10), 30 * _DAY)
    ticks = [step * number for number in range(int(last // step) + 1)]
    return labels([(x(tick), spoken(tick)) for tick in ticks], y, width)


def _grid(y: float, left: float, width: float) -> str:
    return path("grid", "M", left, y, "H", width - RIGHT, stroke_opacity="0.2")
