"""What the lab about schedules says of its own pictures and figures."""

import random
import re

import pytest

from snippets.configuration import FederationConfig
from snippets.federation_backoff.policy import LEAST_JITTER, MOST_JITTER
from snippets.federation_backoff.schedule import Constant, Schedule, failures_to_cap
from tests.docs.guide import DOCS

DRAWN = re.findall(
    r'^draw\(choice\("(\w+)", ([\d.]+), "(\w+)"\)',
    (DOCS / "labs" / "backoff-schedules.py").read_text("utf-8"),
    re.MULTILINE,
)
DEFAULTS, STEEP, FLAT = (
    FederationConfig.read(
        {
            "federation": {
                "destination_min_retry_interval": least,
                "destination_retry_multiplier": float(multiplier),
                "destination_max_retry_interval": most,
            }
        }
    )
    for least, multiplier, most in DRAWN
)
HOUR_MS = 60 * 60 * 1000
YEAR_MS = 365.25 * 24 * HOUR_MS


@pytest.mark.proves("band-opens-and-closes-at-the-maximum")
def test_the_band_of_the_defaults_opens_and_closes_at_the_maximum() -> None:
    assert FederationConfig() == DEFAULTS
    waits = [attempt.wait for attempt in Schedule(DEFAULTS).attempts]
    most = DEFAULTS.destination_max_retry_interval_ms
    opening = [wait.most / wait.least for wait in waits if wait.most < most]
    assert opening == sorted(set(opening))
    assert opening[0] == 1
    assert (waits[-1].least, waits[-1].most) == (most, most)


@pytest.mark.proves("steep-schedule-is-at-its-maximum-in-hours")
def test_the_steep_schedule_begins_with_half_a_minute_and_is_at_its_maximum_in_8_5_hours() -> None:
    steep = Schedule(STEEP)
    times = steep.time_to_cap()
    assert steep.attempts[0].wait.least == steep.attempts[0].wait.most == 30_000
    assert round(times[len(times) // 2] / HOUR_MS, 1) == 8.5


@pytest.mark.proves("tenth-wait-was-years", "options-changed-the-waits")
def test_before_1_90_the_tenth_wait_is_5_to_767_years() -> None:
    config = FederationConfig.read({}, release="1.89")
    assert round(config.destination_max_retry_interval_ms / YEAR_MS / 10**6) == 146
    wait = Schedule(config).attempts[9].wait
    assert [round(bound / YEAR_MS) for bound in (wait.least, wait.most)] == [5, 767]


@pytest.mark.proves("lower-edge-does-not-rise")
def test_at_1_25_or_less_the_least_draw_makes_no_wait_longer() -> None:
    assert 1.25 * LEAST_JITTER == 1
    least = [attempt.wait.least for attempt in Schedule(FLAT).attempts[:40]]
    assert FLAT.destination_retry_multiplier < 1.25
    assert least == sorted(least, reverse=True)


@pytest.mark.proves("bounds-of-failures-are-8-and-16")
def test_the_maximum_comes_after_8_to_16_failures_and_rarely_at_the_bounds() -> None:
    bounds = [failures_to_cap(DEFAULTS, Constant(drawn)) for drawn in (MOST_JITTER, LEAST_JITTER)]
    assert bounds == [8, 16]
    rng = random.Random(2)
    drawn = [failures_to_cap(DEFAULTS, rng) for _ in range(10_000)]
    assert drawn.count(8) + drawn.count(16) < 100
