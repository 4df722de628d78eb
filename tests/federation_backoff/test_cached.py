"""The cache in front of the table: which changes take effect at once, and which late, as in
Synapse.
"""

import random
import secrets
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from snippets.federation_backoff import CachedDestinations, Destinations, ManualClock
from snippets.federation_backoff.cached import ENTRY_TTL_MS, MAX_ENTRIES
from snippets.federation_backoff.store import DestinationRetryTimings
from tests.real import synapse
from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED, NEWEST

DRIVER = Path(__file__).with_name("synapse_cache_driver.py")
SWEEP_MS = 30_000  # how often Synapse removes unused entries
ROW, OTHER = (1, 2, 3), (4, 5, 6)
EDIT = (
    "INSERT OR REPLACE INTO destinations (destination, failure_ts, retry_last_ts, retry_interval) "
    "VALUES (?, ?, ?, ?)"
)


class Cached:
    """Our cache, and direct access to the table behind it."""

    def __init__(self, release: str = NEWEST, **options: Any) -> None:
        self.clock = ManualClock(10**12)
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        table = Destinations(self.database, release=release)
        self.store = CachedDestinations(table, self.clock, **options)

    def read(self, destination: str = "a") -> DestinationRetryTimings | None:
        return self.store.get_destination_retry_timings(destination)

    def write(self, destination: str, *row: int) -> None:
        self.store.set_destination_retry_timings(destination, *row)

    def edit(self, destination: str, *row: int) -> None:
        self.database.execute(EDIT, (destination, *row))

    def advance(self, ms: int) -> None:
        self.clock.advance(ms)

    def invalidate(self, destination: str) -> None:
        self.store.invalidate(destination)


def test_a_write_through_the_cache_takes_effect_at_once() -> None:
    cached = Cached()
    assert cached.read() is None
    cached.write("a", *ROW)
    assert cached.read() == ROW
    cached.write("a", 1, 0, 0)
    assert cached.read() is None


def test_a_row_that_the_tables_rule_refuses_is_not_cached() -> None:
    cached = Cached("1.90")
    cached.write("a", *ROW)
    cached.write("a", 4, 5, 3)
    assert cached.read() == ROW


def test_an_edit_has_no_effect_while_the_row_or_its_absence_is_cached() -> None:
    cached = Cached()
    assert cached.read("healthy") is None
    cached.write("failing", *ROW)
    assert cached.read("failing") == ROW
    for destination in ("healthy", "failing"):
        cached.edit(destination, *OTHER)
    assert cached.read("healthy") is None
    assert cached.read("failing") == ROW


def test_an_edit_takes_effect_after_the_time_to_live_without_a_request() -> None:
    cached = Cached()
    cached.read()
    cached.edit("a", *ROW)
    for _ in range(3):
        cached.advance(ENTRY_TTL_MS - 1)
        assert cached.read() is None
    cached.advance(ENTRY_TTL_MS)
    assert cached.read() == ROW


def test_without_a_time_to_live_an_edit_needs_an_invalidation() -> None:
    cached = Cached(ttl_ms=None)
    cached.read()
    cached.edit("a", *ROW)
    cached.advance(10**15)
    assert cached.read() is None
    cached.invalidate("a")
    cached.invalidate("never seen")
    assert cached.read() == ROW


def test_the_least_recently_used_entry_is_removed_first() -> None:
    cached = Cached(max_entries=2)
    for destination in ("a", "b", "a", "c"):
        cached.read(destination)
    for destination in ("a", "b", "c"):
        cached.edit(destination, *ROW)
    assert cached.read("a") is None
    assert cached.read("c") is None
    assert cached.read("b") == ROW


def test_after_a_failed_write_the_table_is_read_again() -> None:
    cached = Cached()
    cached.read()
    cached.edit("a", *ROW)
    with pytest.raises(OverflowError):
        cached.write("a", 1, 2, 2**63)
    assert cached.read() == ROW


# -- Compared with Synapse's own cache --


def random_operations(rng: random.Random) -> list[list[Any]]:
    """Random reads, writes and edits; time advances from one sweep of Synapse to another."""
    operations: list[list[Any]] = []
    for _ in range(rng.randint(1, 60)):
        destination = rng.choice("abcd")
        row = [rng.randint(1, 9) for _ in range(3)]
        operations.append(
            rng.choice(
                [
                    ["read", destination],
                    ["read", destination],
                    ["write", destination, *row],
                    ["edit", destination, *row],
                    ["edit", destination, *row],
                    ["invalidate", destination],
                    ["advance", SWEEP_MS * rng.randint(1, 4)],
                ]
            )
        )
    return operations


def reads(cached: Cached, operations: list[list[Any]]) -> list[list[int] | None]:
    """The answer to each read."""
    answers = []
    for operation, *arguments in operations:
        answer = getattr(cached, operation)(*arguments)
        if operation == "read":
            answers.append(answer and list(answer))
    return answers


@pytest.mark.proves("a-full-cache-reads-the-table")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
@pytest.mark.parametrize("fits", [True, False])
def test_reads_in_turn_reach_the_table_if_the_destinations_do_not_fit(
    release: str, fits: bool
) -> None:
    """Only a read of the table sees the edit before it."""
    destinations = "abc" if fits else "abcd"
    turns = [(turn, destination) for turn in (1, 2, 3) for destination in destinations]
    operations = [
        operation
        for turn, destination in turns
        for operation in (["edit", destination, turn, turn, turn], ["read", destination])
    ]
    size: dict[str, Any] = {"ttl_ms": ENTRY_TTL_MS, "max_entries": 3}
    expected = [3 * [1 if fits else turn] for turn, _ in turns]
    assert reads(Cached(release, **size), operations) == expected
    asked = [{**size, "operations": operations}]
    assert synapse.ask(synapse_python(release), DRIVER, asked) == [expected]


@pytest.mark.proves("caches-that-do-not-expire")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_no_entry_is_dropped_for_its_age_if_caches_do_not_expire(release: str) -> None:
    asked = [{}, {"expire_caches": False}, {"cache_entry_ttl": 0}, {"cache_entry_ttl": "1s"}]
    answers = synapse.ask(synapse_python(release), DRIVER, [{"caches": caches} for caches in asked])
    assert answers == [True, False, False, True]


@pytest.mark.proves("edit-counts-after-the-ttl", "our-cache-is-as-synapses")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_the_cache_sees_and_misses_the_same_as_synapses_does(release: str) -> None:
    python = synapse_python(release)
    seed = secrets.randbits(32)
    rng = random.Random(seed)
    cases: list[dict[str, Any]] = [
        {
            "ttl_ms": SWEEP_MS * rng.randint(1, 5),
            "max_entries": rng.randint(1, 4),
            "operations": random_operations(rng),
        }
        for _ in range(300)
    ]
    default, *synapses_answers = synapse.ask(python, DRIVER, [{"default": True}, *cases])
    assert default == {"max_entries": MAX_ENTRIES, "ttl_ms": ENTRY_TTL_MS}
    stale = 0
    for number, (case, answers) in enumerate(zip(cases, synapses_answers, strict=True)):
        options = {name: case[name] for name in ("ttl_ms", "max_entries")}
        own = reads(Cached(release, **options), case["operations"])
        assert own == answers, f"seed {seed}, case {number}: {case}"
        stale += own != reads(Cached(release, ttl_ms=0), case["operations"])
    assert stale > 30
