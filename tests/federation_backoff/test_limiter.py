"""The rules of the limiter, one by one. The comparison shows that Synapse has the same ones."""

import random
import sqlite3
from typing import Any

import pytest

from snippets.configuration import FederationConfig
from snippets.federation_backoff import (
    CodeMessageException,
    DestinationRetryTimings,
    Destinations,
    HttpResponseException,
    ManualClock,
    NotRetryingDestination,
    RequestSendFailed,
    RetryDestinationLimiter,
    SystemClock,
    get_retry_limiter,
    open_sqlite,
    reset_retry_timings,
)
from tests.federation_backoff.sequences import Peers
from tests.real.releases import COMPARED, NEWEST

MIN, MAX = 600_000, 604_800_000
HOST = "example.org"


class Federation:
    """A destination, from the view of one server."""

    def __init__(self, release: str = NEWEST, **options: Any) -> None:
        self.release = release
        self.clock = ManualClock(1_700_000_000_000)
        self.store = open_sqlite(release=release)
        self.peers = Peers()
        self.jitter = random.Random(7)
        self.config = FederationConfig.read({"federation": options}, release=release)

    def limiter(self, **switches: bool) -> RetryDestinationLimiter:
        return get_retry_limiter(
            HOST,
            self.clock,
            self.store,
            **switches,
            jitter=self.jitter,
            release=self.release,
            config=self.config,
            notifier=self.peers,
            replication_client=self.peers,
        )

    def request(self, error: BaseException | None = None, **switches: bool) -> None:
        with self.limiter(**switches):
            if error:
                raise error

    def fail(self, **switches: bool) -> None:
        error = RequestSendFailed(TimeoutError())
        with pytest.raises(RequestSendFailed):
            self.request(error, **switches)

    @property
    def row(self) -> DestinationRetryTimings | None:
        return self.store.get_destination_retry_timings(HOST)

    def wait(self, ms: int = 0) -> None:
        assert self.row
        due = self.row.retry_last_ts + self.row.retry_interval
        self.clock.advance(due - self.clock.time_msec() + ms)


@pytest.mark.proves("minimum-multiplier-maximum", "one-failure-costs-the-minimum")
def test_the_first_failure_is_followed_by_the_minimum_without_jitter() -> None:
    federation = Federation()
    federation.fail()
    now = federation.clock.time_msec()
    assert federation.row == DestinationRetryTimings(now, now, MIN)


@pytest.mark.proves("retry-interval-is-the-whole-wait")
def test_a_request_is_refused_until_the_exact_end_of_the_wait() -> None:
    federation = Federation()
    federation.fail()
    federation.wait(-1)
    with pytest.raises(NotRetryingDestination) as refused:
        federation.request()
    assert refused.value.retry_interval == MIN
    assert refused.value.retry_last_ts == federation.clock.time_msec() + 1 - MIN
    assert refused.value.destination == HOST
    federation.wait(0)
    federation.request()
    assert federation.row is None


def test_the_first_failure_of_a_series_keeps_its_time() -> None:
    federation = Federation()
    started = federation.clock.time_msec()
    for _ in range(3):
        federation.fail()
        federation.wait()
    assert federation.row
    assert federation.row.failure_ts == started


@pytest.mark.proves(
    "first-wait-is-the-minimum",
    "lower-maximum-counts-from-the-next-failure",
    "minimum-above-the-maximum",
)
def test_the_first_wait_is_not_capped() -> None:
    federation = Federation(destination_min_retry_interval="8d")
    federation.fail()
    assert federation.row
    assert federation.row.retry_interval == 8 * 86_400_000
    federation.wait()
    federation.fail()
    assert federation.row.retry_interval == MAX


def test_a_stored_wait_is_not_shortened_by_a_lower_maximum() -> None:
    federation = Federation()
    federation.store.set_destination_retry_timings(HOST, 1, federation.clock.time_msec(), 2**62)
    federation.clock.advance(MAX)
    with pytest.raises(NotRetryingDestination):
        federation.request()


@pytest.mark.proves("ignoring-requests-add-no-wait")
def test_ignoring_the_backoff_adds_no_wait_and_success_still_ends_it() -> None:
    federation = Federation()
    federation.fail()
    before = federation.row
    federation.fail(ignore_backoff=True)
    assert federation.row == before
    federation.request(ignore_backoff=True)
    assert federation.row is None


@pytest.mark.proves("recovery-is-announced", "failures-were-announced")
def test_peers_are_notified_of_a_recovery_and_before_1_95_of_failures_too() -> None:
    notices = {}
    for release in ("1.94", "1.95"):
        federation = Federation(release)
        federation.fail()
        peers = federation.peers
        after_failure = (peers.woken, peers.announced)
        federation.wait()
        federation.request()
        notices[release] = [after_failure, (peers.woken, peers.announced)]
    assert notices == {"1.94": [(1, 1), (2, 2)], "1.95": [(0, 0), (1, 1)]}


@pytest.mark.proves(
    "dead-server-costs-one-request-per-maximum",
    "at-the-maximum-1-90-stores-nothing",
)
def test_at_the_cap_1_90_lets_every_request_through_and_1_91_leaves_the_destination_alone() -> None:
    made = {}
    for release in ("1.90", "1.91"):
        federation = Federation(release, destination_max_retry_interval="60s")
        federation.config = FederationConfig(
            destination_min_retry_interval_ms=60_000, destination_max_retry_interval_ms=60_000
        )
        made[release] = 0
        for _ in range(1000):
            try:
                federation.fail()
            except NotRetryingDestination:
                pass
            else:
                made[release] += 1
            federation.clock.advance(1000)
    assert made["1.91"] == 17
    assert made["1.90"] == 941


def test_a_switch_of_1_92_is_refused_in_words_before() -> None:
    federation = Federation("1.91")
    with pytest.raises(ValueError, match=r"Synapse 1\.91 has no backoff_on_all_error_codes: 1\.92"):
        federation.limiter(backoff_on_all_error_codes=True)
    assert Federation("1.92").limiter(backoff_on_all_error_codes=True)


def test_a_server_that_sends_a_request_is_no_longer_left_alone() -> None:
    federation = Federation()
    federation.fail()
    reset_retry_timings(HOST, federation.store, federation.peers, federation.peers)
    assert federation.row is None
    assert federation.peers.notices == 2
    federation.request()


def test_a_notifier_is_optional() -> None:
    federation = Federation()
    federation.fail()
    reset_retry_timings(HOST, federation.store)
    assert federation.row is None


@pytest.mark.proves("wait-grows-to-the-maximum")
def test_without_a_configuration_the_defaults_of_the_release_are_used() -> None:
    for release, multiplier in (("1.89", 5), ("1.90", 2)):
        store = open_sqlite(release=release)
        clock = ManualClock(MIN)
        jitter = random.Random(1)
        waits = []
        for _ in range(2):
            limiter = get_retry_limiter(HOST, clock, store, jitter=jitter, release=release)
            with pytest.raises(RequestSendFailed), limiter:
                raise RequestSendFailed(TimeoutError())
            waits.append(store.get_destination_retry_timings(HOST))
            clock.advance(MIN)
        assert waits[1]
        assert 0.8 * multiplier <= waits[1].retry_interval / MIN <= 1.4 * multiplier


def test_the_limiter_follows_its_own_release_and_not_the_tables() -> None:
    left_alone = {}
    for release, tables in (("1.91", "1.92"), ("1.92", "1.91")):
        federation = Federation(release)
        federation.store = open_sqlite(release=tables)
        federation.fail()
        federation.wait()
        with pytest.raises(HttpResponseException):
            federation.request(HttpResponseException(404))
        left_alone[release] = federation.row is not None
    assert left_alone == {"1.91": False, "1.92": True}


# -- The block's error must not be hidden, and no row lost --


class Broken:
    """A multiplier that raises."""

    def __rmul__(self, other: int) -> int:
        raise ArithmeticError("no numbers today")


@pytest.mark.parametrize("multiplier", ["two", None, [2], float("inf"), float("nan"), Broken()])
def test_an_invalid_multiplier_hides_no_error_and_keeps_the_row(multiplier: Any) -> None:
    federation = Federation(destination_retry_multiplier=multiplier)
    federation.fail()
    federation.wait()
    before = federation.row
    with pytest.raises(HttpResponseException, match="503") as real:
        federation.request(HttpResponseException(503, "Service Unavailable"))
    assert federation.row == before
    (note,) = real.value.__notes__
    assert note.startswith(f"the backoff of {HOST} was not stored: ")


class Full(Destinations):
    """A table that cannot be written."""

    def set_destination_retry_timings(self, *_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")


def test_a_store_that_fails_hides_neither_the_error_nor_the_result(
    caplog: pytest.LogCaptureFixture,
) -> None:
    federation = Federation()
    federation.fail()
    federation.wait()
    before = federation.row
    federation.store = Full(federation.store._connection)
    with pytest.raises(RequestSendFailed) as real:
        federation.request(RequestSendFailed(TimeoutError()))
    assert real.value.__notes__ == [
        f"the backoff of {HOST} was not stored: OperationalError('database or disk is full')"
    ]
    federation.request()
    assert federation.row == before
    assert federation.peers.notices == 0
    assert len(caplog.records) == 2


@pytest.mark.proves("huge-minimum-turns-it-off", "minimum-has-no-limit")
def test_a_wait_beyond_the_column_keeps_the_row() -> None:
    federation = Federation(destination_min_retry_interval=2**63)
    federation.fail()
    assert federation.row is None


def test_peers_that_fail_hide_nothing_and_the_row_is_stored() -> None:
    federation = Federation("1.94")

    class Gone(Peers):
        def notify_remote_server_up(self, server: str) -> None:
            raise ConnectionError("Redis is gone")

    federation.peers = Gone()
    federation.fail()
    assert federation.row


@pytest.mark.proves("minimum-of-0-turns-it-off")
@pytest.mark.parametrize("interval", [0, -5])
def test_an_interval_of_0_or_less_allows_every_request(interval: int) -> None:
    federation = Federation(destination_min_retry_interval=interval)
    for _ in range(5):
        federation.fail()


def test_errors_say_what_happened() -> None:
    assert str(HttpResponseException(404, "Not Found")) == "404: Not Found"
    assert HttpResponseException(404).code == 404
    assert issubclass(HttpResponseException, CodeMessageException)
    failed = RequestSendFailed(TimeoutError("x"), can_retry=True)
    assert (str(failed), failed.can_retry) == ("Failed to send request: TimeoutError", True)
    assert str(NotRetryingDestination(1, 2, "a.b")) == (
        "Not retrying a.b: last tried at retry_last_ts=1, left alone for retry_interval=2 ms "
        "from then"
    )


def test_the_systems_clock_counts_milliseconds_since_1970() -> None:
    assert SystemClock().time_msec() > 1_700_000_000_000


def test_since_1_91_the_later_of_two_concurrent_failures_is_stored() -> None:
    rows = {}
    for release in ("1.90", "1.91"):
        federation = Federation(release)
        first, second = federation.limiter(), federation.limiter()
        for limiter in (first, second):
            federation.clock.advance(1000)
            with pytest.raises(RequestSendFailed), limiter:
                raise RequestSendFailed(TimeoutError())
        assert federation.row
        rows[release] = federation.row.retry_last_ts - 1_700_000_000_000
    assert rows == {"1.90": 1000, "1.91": 2000}


@pytest.mark.proves("overlap-may-shorten-the-wait")
def test_a_slow_earlier_failure_shortens_the_wait_since_1_91() -> None:
    waits = {}
    for release in ("1.90", "1.91"):
        federation = Federation(release)
        federation.fail()
        federation.wait()
        slow = federation.limiter()
        for _ in range(3):
            federation.fail()
            federation.wait()
        before = federation.row
        assert before
        with pytest.raises(RequestSendFailed), slow:
            raise RequestSendFailed(TimeoutError())
        assert federation.row
        waits[release] = federation.row.retry_interval < before.retry_interval
    assert waits == {"1.90": False, "1.91": True}


@pytest.mark.proves("early-success-ends-nothing", "success-ends-it")
@pytest.mark.parametrize("release", COMPARED)
def test_a_success_from_before_the_first_failure_does_not_end_the_backoff(release: str) -> None:
    federation = Federation(release)
    healthy = federation.limiter()
    federation.fail()
    with healthy:
        pass
    assert federation.row


@pytest.mark.proves("maximum-of-0-halves-it")
def test_with_a_maximum_of_0_each_second_wait_is_0() -> None:
    federation = Federation(destination_max_retry_interval=0)
    waits = []
    for _ in range(6):
        federation.fail()
        assert federation.row
        waits.append(federation.row.retry_interval)
        federation.wait()
    assert waits == [MIN, 0] * 3


@pytest.mark.proves("row-of-1-89-in-newer-releases")
def test_a_wait_of_1_89_is_kept_by_1_90_and_shortened_by_1_91() -> None:
    longer = 5 * MAX
    for release, stored in (("1.90", longer), ("1.91", MAX)):
        federation = Federation(release)
        last = federation.clock.time_msec() - longer
        federation.store.set_destination_retry_timings(HOST, last, last, longer)
        federation.fail()
        assert federation.row
        assert federation.row.retry_interval == stored
        assert (federation.row.retry_last_ts == last) is (release == "1.90")
