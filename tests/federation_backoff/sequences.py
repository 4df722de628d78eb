"""Sequences of requests, replayed on our limiter and on a real Synapse's.

An operation is one of

    ["advance", ms]              the clock advances
    ["due", ms]                  the clock advances to `ms` after the end of the wait
    ["acquire", name, options]   a request begins, if the limiter allows it
    ["exit", name, outcome]      it ends
    ["reset"]                    the destination sent us a signed request

Requests may overlap. After every operation a view is taken: what was raised, the row, and how often
peers were notified. A sequence is JSON; a recording has its operations in words, see `in_words`.
"""

import ast
import asyncio
import random
import re
import sqlite3
from collections.abc import Callable, Hashable, Iterable, Iterator
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
    behaviour,
    decision,
    get_retry_limiter,
    limiter,
    policy,
    reset_retry_timings,
    store,
)
from tests.real import synapse
from tests.recordings import Run, Steps, branches

DRIVER = Path(__file__).with_name("synapse_limiter_driver.py")
START_MS = 1_700_000_000_000
DESTINATION = "example.org"

Sequence = dict[str, Any]
# What was raised; failure_ts, retry_last_ts and retry_interval; how often peers were notified.
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
    """Counts the notifications: in this process, and to others."""

    def __init__(self) -> None:
        self.woken = self.announced = 0

    @property
    def notices(self) -> int:
        """All of them."""
        return self.woken + self.announced

    def notify_remote_server_up(self, server: str) -> None:
        assert server == DESTINATION
        self.woken += 1

    def send_remote_server_up(self, server: str) -> None:
        assert server == DESTINATION
        self.announced += 1


class Replay:
    """Our limiter and table under one sequence."""

    def __init__(
        self, sequence: Sequence, release: str, connection: Any = None, placeholder: str = "?"
    ) -> None:
        self._clock = ManualClock(START_MS)
        self._release = release
        self._connection = connection or sqlite3.connect(":memory:", isolation_level=None)
        self._store = Destinations(self._connection, release=release, placeholder=placeholder)
        self._peers = Peers()
        self._jitter = random.Random(sequence["seed"])
        self._config = FederationConfig.read({"federation": sequence["config"]}, release=release)
        self._under_way: dict[str, RetryDestinationLimiter] = {}
        if sequence["row"]:
            self._store.set_destination_retry_timings(DESTINATION, *sequence["row"])

    def row(self) -> list[int | None] | None:
        """The row in the database."""
        stored = self._connection.execute(
            "SELECT failure_ts, retry_last_ts, retry_interval FROM destinations"
        ).fetchone()
        return list(stored) if stored else None

    def run(self, operations: list[list[Any]]) -> list[View]:
        """The views after all operations."""
        return list(self.views(operations))

    def views(self, operations: list[list[Any]]) -> Iterator[View]:
        """The view after each operation; an operation runs when its view is requested."""
        for operation, *arguments in operations:
            raised = getattr(self, f"_{operation}")(*arguments)
            yield [raised, self.row(), self._peers.notices]

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
                release=self._release,
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
    """The views of the Synapse in the environment of `python`."""
    return synapse.ask(python, DRIVER, [{**s, "start": START_MS} for s in sequences])


def compact(views: Iterable[View]) -> list[Any]:
    """The views, with 0 if nothing changed, and with times relative to the start."""
    short: list[Any] = []
    before: list[Any] = [None, 0]
    for raised, row, notices in views:
        if raised is None and [row, notices] == before:
            short.append(0)
        else:
            short.append([_from_start(raised), _from_start(row), notices])
        before = [row, notices]
    return short


def _from_start(values: Any) -> Any:
    """A row or a refusal, with times relative to the start. The last number is an interval.

    Times are recognised by their size.
    """
    if not isinstance(values, list):
        return values
    *times, interval = values
    return [
        f"{value - START_MS:+}" if isinstance(value, int) and _is_time(value) else value
        for value in times
    ] + [interval]


def _is_time(value: int) -> bool:
    return abs(value - START_MS) < START_MS // 2


def in_words(sequence: Sequence) -> Steps:
    """The sequence in the words of a recording: the start, then a step for each operation."""
    start = (
        f"start with seed {sequence['seed']}, federation {sequence['config']}, "
        f"row {_from_start(sequence['row'])}"
    )
    return [start, *map(_in_words, sequence["operations"])]


def _in_words(operation: list[Any]) -> str:
    match operation:
        case ["advance", ms]:
            return f"{ms} ms pass"
        case ["due", ms]:
            return f"wait until it is due, {ms:+} ms"
        case ["acquire", name, options]:
            return f"{name} begins" + (f" with {' '.join(options)}" if options else "")
        case ["exit", name, outcome]:
            return f"{name} ends with {outcome}"
    return "the destination sends a signed request"


def from_words(steps: Steps) -> Sequence:
    """Parses the steps of a recording. Raises ValueError for words that are not a step.

    The first operation takes no time, so that there is a view of the start too.
    """
    start = re.fullmatch(r"start with seed (\d+), federation (\{.*\}), row (.*)", steps[0])
    if not start:
        raise ValueError(f"no start: {steps[0]!r}")
    row = ast.literal_eval(start[3])
    return {
        "seed": int(start[1]),
        "config": ast.literal_eval(start[2]),
        "row": row and [START_MS + int(ts) if isinstance(ts, str) else ts for ts in row],
        "operations": [["advance", 0], *map(_operation, steps[1:])],
    }


def _operation(words: str) -> list[Any]:
    match words.split():
        case [ms, "ms", "pass"]:
            return ["advance", int(ms)]
        case ["wait", "until", "it", "is", "due,", ms, "ms"]:
            return ["due", int(ms)]
        case [name, "begins"]:
            return ["acquire", name, {}]
        case [name, "begins", "with", *switches]:
            return ["acquire", name, dict.fromkeys(switches, True)]
        case [name, "ends", "with", *outcome]:
            return ["exit", name, " ".join(outcome)]
        case ["the", "destination", "sends", *_]:
            return ["reset"]
    raise ValueError(f"no step: {words!r}")


def reached(run: Run, release: str, newer: Iterable[str]) -> list[set[Hashable]]:
    """For each step: branches of our limiter, and the kind of step with its effect on the row.

    And for each newer release, the kind of step at which its limiter first differs.
    """
    sequence = from_words(run["schedule"])
    modules = [behaviour, decision, limiter, policy, store]
    executed = branches(Replay(sequence, release).views(sequence["operations"]), modules)
    before: list[Any] = [None, None, 0]
    views = zip(executed, run["schedule"], sequence["operations"], run["seen"], strict=True)
    for step, words, (kind, *_), own in views:
        after = own or [None, *before[1:]]
        raised = after[0][0] if isinstance(after[0], list) else after[0]
        change = _change(before[1], after[1])
        what = re.sub(r"^r\d+ ", "", words) if kind in ("exit", "acquire") else kind
        step.update({(what, change != "same"), (kind, raised, change, after[2] > before[2])})
        before = after
    for other in newer:
        theirs = compact(ours(sequence, other))
        for number, (own, their) in enumerate(zip(run["seen"], theirs, strict=True)):
            if own != their:
                kind = re.sub(r"^r\d+ ", "", run["schedule"][number])
                executed[number].add((other, kind, bool(own), bool(their)))
                break
    executed[0].update(("federation", *option) for option in sequence["config"].items())
    return executed


def _change(before: list[Any] | None, after: list[Any] | None) -> str:
    if before == after or not after:
        return "same"
    if not after[2]:
        return "reset"
    if not before or not before[2]:
        return "first"
    return "longer" if after[2] > before[2] else "shorter" if after[2] < before[2] else "as long"


def random_config(rng: random.Random) -> dict[str, Any]:
    """A configuration: mostly plausible, sometimes one that the checker would refuse."""
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
    """None, or a row from earlier, such as one of 1.89 with 35 days."""
    if rng.random() < 0.6:
        return None
    interval = rng.choice([600_000, 604_800_000, 35 * 86_400_000, 2**62, 1, 0])
    last = START_MS - rng.choice([0, 1, 600_000, 10**9])
    return [rng.choice([last, last - 10**7, None, 0]), last, interval]


def random_sequence(rng: random.Random, release: str, length: int = 60) -> Sequence:
    """A random sequence for the release."""
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
