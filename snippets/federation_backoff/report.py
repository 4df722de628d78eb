"""The output of the tools: text for people, JSON for programs."""

import json
from datetime import UTC, datetime

from snippets.configuration.duration import spoken
from snippets.federation_backoff.explain import Explanation
from snippets.federation_backoff.schedule import Schedule, Spread


def schedule_json(schedule: Schedule) -> str:
    """All results as JSON; durations are in ms."""
    config = schedule.config
    may, must = schedule.catch_up_from()
    names = ("fewest", "median", "most")
    times = schedule.time_to_cap_percentiles()
    result = {
        "min_ms": config.destination_min_retry_interval_ms,
        "multiplier": config.destination_retry_multiplier,
        "max_ms": config.destination_max_retry_interval_ms,
        "attempts": [
            {"failure": a.failure, "at_ms": a.at._asdict(), "wait_ms": a.wait._asdict()}
            for a in schedule.attempts
        ],
        "failures_to_cap": dict(zip(names, schedule.failures_to_cap, strict=True)),
        "time_to_cap_ms": times and times._asdict(),
        "catch_up": {"possible_from_failure": may, "certain_from_failure": must},
    }
    return json.dumps(result, indent=2)


def schedule_text(schedule: Schedule) -> str:
    """A table of the attempts, and a summary."""
    config = schedule.config
    columns = ("earliest", "median", "latest", "", "shortest", "median", "longest")
    lines = [
        f"min {spoken(config.destination_min_retry_interval_ms)}, "
        f"multiplier {config.destination_retry_multiplier}, "
        f"max {spoken(config.destination_max_retry_interval_ms)}",
        "",
        f"failure  {'time since the first failure':^32}  {'then left alone for':^32}".rstrip(),
        " " * 9 + " ".join(f"{name:>{10 if name else 0}}" for name in columns),
    ]
    for attempt in schedule.attempts:
        lines.append(f"{attempt.failure:>7}  {_cells(attempt.at)}  {_cells(attempt.wait)}")
        if attempt.failure == schedule.outlived():
            lines.append("    ...  and so on: later than 100 years")
            break
    return "\n".join([*lines, "", _to_cap(schedule), _catch_up(schedule)])


def _to_cap(schedule: Schedule) -> str:
    times = schedule.time_to_cap_percentiles()
    if not times:
        return "The maximum is not reached within 60 failures."
    fewest, median, most = schedule.failures_to_cap
    return (
        f"The maximum is reached after {fewest} to {most or 'more than 60'} failures, "
        f"in the median {median}: {spoken(times.median)}\nafter the first one "
        f"({spoken(times.p5)} to {spoken(times.p95)} in 90 % of simulated runs)."
    )


def _catch_up(schedule: Schedule) -> str:
    may, must = schedule.catch_up_from()
    if not may:
        return "No wait is above an hour: the destination never has to catch up for this reason."
    sure = "" if may == must or not must else f", and surely from {must} on"
    return (
        f"A wait may be above an hour from failure {may} on{sure}: then the queue is\n"
        "dropped. Of each room, only the newest event is sent later."
    )


def _cells(spread: Spread) -> str:
    return " ".join(f"{spoken(value):>10}" for value in spread)


def explanation_json(explanation: Explanation) -> str:
    """All results as JSON; times are in ms since 1970, intervals in ms."""
    shortest, longest = explanation.after_failure
    result = {
        "destination": explanation.destination,
        "state": explanation.state,
        "failing_since_ms": explanation.failing_since,
        "due_ms": explanation.due,
        "left_ms": explanation.left,
        "after_success": explanation.after_success and explanation.after_success._asdict(),
        "after_failure": {"shortest": shortest._asdict(), "longest": longest._asdict()},
    }
    return json.dumps(result, indent=2)


def explanation_text(explanation: Explanation) -> str:
    """The explanation as sentences, with durations and times in UTC."""
    lines = []
    if explanation.failing_since:
        lines.append(
            f"{explanation.destination} has been failing since {when(explanation.failing_since)}."
        )
    if explanation.state == "healthy":
        lines.append(f"{explanation.destination} is not left alone: a request is made at once.")
    elif explanation.state == "left alone":
        until = when(explanation.due)
        lines.append(f"It is left alone for {spoken(explanation.left)} more, until {until}.")
    else:
        lines.append(f"It has been due since {when(explanation.due)}; the next request goes out.")
    kept = "keeps the row" if explanation.after_success else "resets it to NULL, 0, 0"
    lines.append(f"A success then {kept}.")
    if explanation.failure_changes_nothing:
        lines.append("A failure then changes nothing: every further request is made at once.")
    else:
        shortest, longest = explanation.after_failure
        low, high = spoken(shortest.retry_interval), spoken(longest.retry_interval)
        wait = low if low == high else f"{low} to {high}"
        lines.append(f"A failure then leaves it alone for {wait}.")
    return "\n".join(lines)


def when(ms: int | None) -> str:
    """A time in UTC; after the year 9999, the number of ms."""
    try:
        return f"{datetime.fromtimestamp((ms or 0) / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{ms} ms after 1970"
