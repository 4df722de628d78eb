"""Examples for pages: limiter and schedules that run while the page is generated."""

import random

from snippets.configuration import FederationConfig
from snippets.configuration.duration import spoken
from snippets.federation_backoff.clock import ManualClock
from snippets.federation_backoff.errors import NotRetryingDestination, RequestSendFailed
from snippets.federation_backoff.in_request_retries import in_request_delays
from snippets.federation_backoff.limiter import get_retry_limiter
from snippets.federation_backoff.pictures import Request, layers_svg, life_svg, schedule_svg
from snippets.federation_backoff.schedule import Constant, Schedule, failures_to_cap, life
from snippets.federation_backoff.store import open_sqlite
from snippets.shared.drawing import WIDTHS
from snippets.shared.markdown import picture, table

_CHOICES = {
    "Since 1.90, the defaults: 10m, ×2, 7d": FederationConfig(),
    "The example of Synapse's manual: 30s, ×5, 12h": FederationConfig(
        destination_min_retry_interval_ms=30_000,
        destination_retry_multiplier=5,
        destination_max_retry_interval_ms=43_200_000,
    ),
}
_OLD_CHOICE = "Up to 1.89, constants: 10m, ×5, no end"
_EVERY_MS, _DOWN_MS, _START_MS = 1_800_000, 12 * 3_600_000, 10**12


def choices() -> str:
    """A picture for each choice of values, then a table of those that reach a maximum."""
    pictures = [_schedule_picture(name, Schedule(config)) for name, config in _CHOICES.items()]
    old = Schedule(FederationConfig.read({}, release="1.89"))
    pictures.append(_schedule_picture(_OLD_CHOICE, old, failures=10))
    rows = [_time_to_maximum(name, Schedule(config)) for name, config in _CHOICES.items()]
    columns = ["Choice", "Failures to the maximum", "Until then, median", "90 % of simulated runs"]
    return "\n\n".join([*pictures, table(columns, rows, right=columns[2:3])])


def _schedule_picture(name: str, schedule: Schedule, failures: int | None = None) -> str:
    waits = [spoken(attempt.wait.median) for attempt in schedule.attempts[:failures]]
    title = (
        f"{name}. The wait grows with each failure, in the median from {waits[0]} to {waits[-1]}"
    )
    drawn = (schedule_svg(schedule, title, width, failures=failures) for width in WIDTHS)
    return f"### {name}\n\n{picture(*drawn)}"


def both_layers() -> str:
    """The attempts of a request and of a transaction, and the waits between requests."""
    config, even = FederationConfig(), Constant(1)
    attempts = {
        name: [*in_request_delays(config, even, long_retries=long_retries)]
        for name, long_retries in (("A transaction", True), ("Any other request", False))
    }
    waits = life(config, even, failures_to_cap(config, even) or 0)
    times = [
        f"{name}: {len(ms) + 1} attempts within {spoken(sum(ms))}" for name, ms in attempts.items()
    ]
    alone = ", ".join(map(spoken, waits))
    title = f"On one axis of time. {'. '.join(times)}. Between requests waits of {alone}"
    return picture(*(layers_svg(attempts, waits, title, width) for width in WIDTHS))


def _time_to_maximum(name: str, schedule: Schedule) -> tuple[str, str, str, str]:
    fewest, median, most = schedule.failures_to_cap
    times = schedule.time_to_cap_percentiles()
    assert times is not None  # each of these has a maximum
    low, middle, high = map(spoken, times)
    return name, f"{fewest} to {most}, median {median}", middle, f"{low} to {high}"


def requests_to_one_destination() -> list[Request]:
    """A request every half hour, until the first success, to a destination that is down at first.

    It is down for twelve hours. Times are in ms since the first request; the jitter is seeded.
    """
    clock, store, jitter = ManualClock(_START_MS), open_sqlite(), random.Random(4)
    made: list[Request] = []
    while not made or made[-1].outcome != "completed":
        at = clock.time_msec() - _START_MS
        try:
            with get_retry_limiter("it", clock, store, jitter=jitter):
                if at < _DOWN_MS:
                    raise RequestSendFailed(TimeoutError())
            made.append(Request(at, "completed", 0))
        except RequestSendFailed:
            timings = store.get_destination_retry_timings("it")
            assert timings is not None  # the limiter has just written them
            made.append(Request(at, "failed", timings.retry_interval))
        except NotRetryingDestination:
            made.append(Request(at, "refused", 0))
        clock.advance(_EVERY_MS)
    return made


def one_life() -> str:
    """These requests as a picture and a table, and the cost of the last wait."""
    made = requests_to_one_destination()
    title = "Requests to one destination against time; the table below says the same"
    rows = [
        (
            spoken(request.at),
            "succeeds" if request.outcome == "completed" else "fails",
            spoken(request.wait) if request.wait else "–",
        )
        for request in made
        if request.outcome != "refused"
    ]
    columns = ["After", "Request", "Then left alone for"]
    refused = sum(request.outcome == "refused" for request in made)
    late = spoken(made[-1].at - _DOWN_MS)
    return "\n\n".join(
        [
            picture(*(life_svg(made, title, width) for width in WIDTHS)),
            "A cross is a failure, and the bar after it is the wait. A stroke is a request that\n"
            "was refused. The dot is the first success.",
            table(columns, rows, right=(columns[0], columns[2])),
            f"{refused} requests were refused. The destination was back for {late} before a\n"
            "request was made: that is what a long wait costs.",
        ]
    )
