"""Rules for every sequence of requests, however they overlap and end."""

import random
import statistics
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.configuration import FederationConfig
from snippets.federation_backoff import next_interval
from snippets.federation_backoff.policy import LEAST_JITTER
from snippets.federation_backoff.schedule import Constant
from tests.federation_backoff.record import RELEASES
from tests.federation_backoff.sequences import START_MS, ours, random_sequence

seeds = st.integers(0, 2**32)
intervals = st.integers(1, 2**62)
multipliers = st.floats(1, 1e6) | st.integers(1, 1000)


def sane(rng: random.Random) -> dict[str, Any]:
    """A configuration without problems for the checker."""
    least = rng.choice([1000, 30_000, 600_000])
    return {
        "destination_min_retry_interval": least,
        "destination_retry_multiplier": rng.choice([1.3, 1.5, 2, 5]),
        "destination_max_retry_interval": least * rng.choice([1, 3, 1000]),
    }


@pytest.mark.proves("wait-grows-to-the-maximum", "minimum-multiplier-maximum")
@given(intervals, multipliers, intervals, seeds)
def test_a_wait_is_the_last_one_times_multiplier_times_jitter_or_the_cap(
    interval: int, multiplier: float, cap: int, seed: int
) -> None:
    config = FederationConfig(
        destination_retry_multiplier=multiplier, destination_max_retry_interval_ms=cap
    )
    wait = next_interval(interval, config, random.Random(seed))
    assert wait <= cap
    least, most = interval * multiplier * 0.8, interval * multiplier * 1.4
    assert wait == cap or int(least * 0.999999) <= wait <= most * 1.000001


@pytest.mark.proves("jitter-is-1-1-on-average")
def test_with_a_multiplier_of_2_a_wait_is_2_2_times_the_last_one_on_average() -> None:
    jitter = random.Random(1)
    waits = [next_interval(10**6, FederationConfig(), jitter) for _ in range(20_000)]
    assert statistics.mean(waits) / 10**6 == pytest.approx(2.2, rel=0.01)


@given(st.integers(1, 2**50), st.floats(1.26, 1000), seeds)
@pytest.mark.proves("waits-stay-at-the-maximum")
def test_a_wait_at_the_maximum_stays_there_with_a_multiplier_above_1_25(
    cap: int, multiplier: float, seed: int
) -> None:
    config = FederationConfig(
        destination_retry_multiplier=multiplier, destination_max_retry_interval_ms=cap
    )
    assert next_interval(cap, config, random.Random(seed)) == cap


@given(st.integers(1000, 2**50), st.floats(1, 1.24) | st.floats(1.26, 10))
@pytest.mark.proves("low-multiplier-may-shrink-a-wait")
def test_a_wait_may_be_shorter_than_the_last_one_only_with_a_multiplier_below_1_25(
    interval: int, multiplier: float
) -> None:
    config = FederationConfig(
        destination_retry_multiplier=multiplier, destination_max_retry_interval_ms=2**62
    )
    shortest = next_interval(interval, config, Constant(LEAST_JITTER))
    assert (shortest < interval) is (multiplier < 1.25)


@given(seeds, st.sampled_from(RELEASES))
@settings(max_examples=150, deadline=None)
def test_a_row_is_empty_or_has_past_failures_and_a_wait_within_bounds(
    seed: int, release: str
) -> None:
    rng = random.Random(seed)
    sequence = random_sequence(rng, release)
    sequence["config"], sequence["row"] = sane(rng), None
    config = FederationConfig.read({"federation": sequence["config"]}, release=release)
    for _, row, _ in ours(sequence, release):
        if row in (None, [None, 0, 0]):
            continue
        failure_ts, last, interval = row
        assert START_MS <= failure_ts <= last
        least = config.destination_min_retry_interval_ms
        cap = config.destination_max_retry_interval_ms
        assert least <= interval <= cap


@given(seeds, st.sampled_from(RELEASES))
@settings(max_examples=150, deadline=None)
def test_after_the_second_failure_no_wait_is_above_the_cap(seed: int, release: str) -> None:
    rng = random.Random(seed)
    cap = rng.choice([1, 300_000, 10**9])
    failures = [
        operation
        for number in range(8)
        for operation in (
            ["due", 0],
            ["acquire", str(number), {}],
            ["exit", str(number), "ValueError"],
        )
    ]
    sequence = {
        "seed": seed,
        "config": {"destination_max_retry_interval": cap},
        "row": None,
        "operations": failures,
    }
    config = FederationConfig.read({"federation": sequence["config"]}, release=release)
    waits = [row[2] for _, row, _ in ours(sequence, release)[2::3]]
    assert waits[0] == config.destination_min_retry_interval_ms
    if release != "1.90.0":  # 1.90.0 stores only waits that are longer than the last one
        assert max(waits[1:]) <= config.destination_max_retry_interval_ms


@given(seeds, st.sampled_from(RELEASES))
@settings(max_examples=100, deadline=None)
def test_a_success_ends_every_backoff_that_its_limiter_knew_of(seed: int, release: str) -> None:
    rng = random.Random(seed)
    sequence = random_sequence(rng, release)
    sequence["config"] = sane(rng)
    sequence["operations"] += [["due", 0], ["acquire", "last", {}], ["exit", "last", "success"]]
    views = ours(sequence, release)
    if views[-2][0] is None:
        assert views[-1][1] in (None, [None, 0, 0]) or views[-1][1][2] == 0
