"""Sequences of requests, replayed on our limiter and on that of a real Synapse.

An operation is one of

    ["advance", ms]              the clock goes on
    ["due", ms]                  the clock goes on to where the wait ends, and `ms` further
    ["acquire", name, options]   a request begins, if the limiter lets it
    ["exit", name, outcome]      it ends
    ["reset"]                    the destination sent us a signed request

Requests overlap: several may be under way when one ends. After every operation a view is taken:
what was raised, the row, how often peers were told. A sequence is given as JSON.
"""

import asyncio
import random
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from snippets.configuration import FederationConfig
from snippets.federation_backoff import (
    CodeMessageException,
    Destinations,
    HttpResponseException,
    ManualClock,
    NotRetryingDestination,
    RequestSendFailed,
    RetryDestinationLimiter,
    get_retry_limiter,
    reset_retry_timings,
)
from tests.real import synapse

DRIVER = Path(__file__).with_name("synapse_limiter_driver.py")
START_MS = 1_700_000_000_000
DESTINATION = "example.org"

Sequence = dict[str, Any]
# What was raised; failure_ts, retry_last_ts and retry_interval; how often peers were told.
View = list[Any]

OUTCOMES: dict[str, Callable[[], BaseException | None]] = {
    "success": lambda: None,
    "RequestSendFailed": lambda: RequestSendFailed(ConnectionRefusedError(), can_retry=True),
    "ValueError": lambda: ValueError("no JSON"),
    "CancelledError": asyncio.CancelledError,
    "GeneratorExit": GeneratorExit,
    "KeyboardInterrupt": KeyboardInterrupt,
    **{
        f"{kind.__name__} {code}": partial(kind, code)
        for kind in (CodeMessageException, HttpResponseException)
        for code in (301, 400, 401, 403, 404, 429, 499, 500, 503)
    },
}


class Peers:
    """Counts what it is told."""

    def __init__(self) -> None:
        self.told = 0

    def notify_remote_server_up(self, server: str) -> None:
        assert server == DESTINATION
        self.told += 1

    def send_remote_server_up(self, server: str) -> None:
        assert server == DESTINATION
        self.told += 1


class Replay:
    """Our limiter and table under one sequence."""

    def __init__(
        self, sequence: Sequence, release: str, connection: Any = None, placeholder: str = "?"
    ) -> None:
        self._clock = ManualClock(START_MS)
        self._connection = connection or sqlite3.connect(":memory:", isolation_level=None)
        self._store = Destinations(self._connection, release=release, placeholder=placeholder)
        self._peers = Peers()
        self._jitter = random.Random(sequence["seed"])
        self._config = FederationConfig.read({"federation": sequence["config"]}, release=release)
        self._under_way: dict[str, RetryDestinationLimiter] = {}
        if sequence["row"]:
            self._store.set_destination_retry_timings(DESTINATION, *sequence["row"])

    def row(self) -> list[int | None] | None:
        """The row as it stands in the database."""
        found = self._connection.execute(
            "SELECT failure_ts, retry_last_ts, retry_interval FROM destinations"
        ).fetchone()
        return list(found) if found else None

    def run(self, operations: list[list[Any]]) -> list[View]:
        """The views."""
        views = []
        for operation, *arguments in operations:
            raised = getattr(self, f"_{operation}")(*arguments)
            views.append([raised, self.row(), self._peers.told])
        return views

    def _advance(self, ms: int) -> None:
        self._clock.advance(ms)

    def _due(self, ms: int) -> None:
        row = self.row()
        if row and row[1]:
            ahead = row[1] + (row[2] or 0) + ms - self._clock.time_msec()
            if 0 < ahead < 2**52:
                self._clock.advance(ahead)

    def _acquire(self, name: str, options: dict[str, bool]) -> list[Any] | None:
        try:
            self._under_way[name] = get_retry_limiter(
                DESTINATION,
                self._clock,
                self._store,
                **options,
                jitter=self._jitter,
                config=self._config,
                notifier=self._peers,
                replication_client=self._peers,
            )
        except NotRetryingDestination as refused:
            return ["NotRetryingDestination", refused.retry_last_ts, refused.retry_interval]
        return None

    def _exit(self, name: str, outcome: str) -> str | None:
        if not (limiter := self._under_way.pop(name, None)):
            return "refused"
        error = OUTCOMES[outcome]()
        try:
            with limiter:
                if error:
                    raise error
        except BaseException as raised:
            return type(raised).__name__
        return None

    def _reset(self) -> None:
        reset_retry_timings(DESTINATION, self._store, self._peers, self._peers)


def ours(sequence: Sequence, release: str) -> list[View]:
    """Our views of a sequence."""
    return Replay(sequence, release).run(sequence["operations"])


def synapses(python: Path, sequences: list[Sequence]) -> list[list[View]]:
    """The views of the Synapse that `python` has."""
    return synapse.ask(python, DRIVER, [{**s, "start": START_MS} for s in sequences])


def random_config(rng: random.Random) -> dict[str, Any]:
    """Mostly what people have, sometimes what the checker would refuse."""
    if rng.random() < 0.3:
        return {}
    if rng.random() < 0.5:
        return {
            "destination_min_retry_interval": rng.choice(["30s", "10m", "1h", 1]),
            "destination_retry_multiplier": rng.choice([2, 5, 1.3, 1.5]),
            "destination_max_retry_interval": rng.choice(["1h", "12h", "7d", "1y"]),
        }
    return {
        "destination_min_retry_interval": rng.choice([0, -5, "10m", "8d", 2**62, 2**63]),
        "destination_retry_multiplier": rng.choice([0, 0.5, 1, True, -1, 2, 1.1, 1e6]),
        "destination_max_retry_interval": rng.choice([0, -1, "5m", "7d", 2**70]),
    }


def random_row(rng: random.Random) -> list[int | None] | None:
    """None, or a row that an earlier life left, such as 1.89's of 35 days."""
    if rng.random() < 0.6:
        return None
    interval = rng.choice([600_000, 604_800_000, 35 * 86_400_000, 2**62, 1, 0])
    last = START_MS - rng.choice([0, 1, 600_000, 10**9])
    return [rng.choice([last, last - 10**7, None, 0]), last, interval]


def random_sequence(rng: random.Random, release: str, length: int = 60) -> Sequence:
    """A sequence that the release understands."""
    knows_all = tuple(map(int, release.split(".")[:2])) >= (1, 92)
    switches = ["ignore_backoff", "backoff_on_404"] + ["backoff_on_all_error_codes"] * knows_all
    operations: list[list[Any]] = []
    under_way: list[str] = []
    number = 0
    while len(operations) < length:
        chance = rng.random()
        if chance < 0.15:
            operations.append(["advance", rng.choice([1, 1000, 60_000, 600_000, 10**7, 10**9])])
        elif chance < 0.35:
            operations.append(["due", rng.choice([-1, 0, 0, 1, 5000])])
        elif chance < 0.37:
            operations.append(["reset"])
        elif under_way and (chance < 0.7 or len(under_way) > 3):
            name = under_way.pop(rng.randrange(len(under_way)))
            likely = ["RequestSendFailed"] * 12 + ["success"] * 4
            operations.append(["exit", name, rng.choice([*OUTCOMES, *likely])])
        else:
            number += 1
            options = {switch: True for switch in switches if rng.random() < 0.15}
            operations.append(["acquire", f"r{number}", options])
            under_way.append(f"r{number}")
    return {
        "seed": rng.getrandbits(32),
        "config": random_config(rng),
        "row": random_row(rng),
        "operations": operations,
    }
