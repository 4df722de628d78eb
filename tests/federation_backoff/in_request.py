"""Requests with failing attempts, made by our code and by Synapse's federation client.

A request is a JSON object {"config": the section `federation:`, "outcome": how every attempt ends,
"options": what the caller passes, "seed": of the jitter, "most": how many waits to record}.
"""

import datetime
import json
import random
from pathlib import Path
from typing import Any

from snippets.configuration import FederationConfig
from snippets.federation_backoff.in_request_retries import in_request_delays
from snippets.federation_backoff.tables import ATTEMPTS
from tests.real import synapse

DRIVER = Path(__file__).with_name("synapse_in_request_driver.py")
RECORDED = ATTEMPTS

# How an attempt may end, and what a caller may pass.
OUTCOMES = ["200", "refused", "no such name", "500", "503", "429", "401", "403", "404", "301"]
OPTIONS: dict[str, dict[str, Any]] = {
    "short retries": {},
    "long retries": {"long_retries": True},
    "with a timeout of its own": {"timeout": 10_000},
    "retry_on_dns_fail=False": {"retry_on_dns_fail": False},
}
COUNTS = [0, 1, "3", "", None, True, False, 2.0, 2.5, -1, float("inf"), float("nan"), [1]]
MOST = 1100

Request = dict[str, Any]
# The attempts, the waits in ms, the exception's name, and the intervals written into the row.
Answer = dict[str, Any]


def request(outcome: str, options: dict[str, Any] | None = None, **config: Any) -> Request:
    """One request."""
    return {
        "config": config,
        "outcome": outcome,
        "options": options or {},
        "seed": 1754,
        "most": MOST,
    }


def synapses(python: Path, requests: list[Request]) -> list[Answer]:
    """The result of a release's client."""
    return synapse.ask(python, DRIVER, requests)


def our_delays(asked: Request) -> tuple[list[float], str | None]:
    """Our waits in ms for a request if all attempts fail, and what the last one raises."""
    config = FederationConfig.read({"federation": asked["config"]})
    jitter = random.Random(asked["seed"])
    delays: list[float] = []
    try:
        for delay in in_request_delays(config, jitter, **asked["options"]):
            delays.append(delay)
            if len(delays) >= asked["most"]:
                return delays, "StillGoing"
    except (OverflowError, TypeError) as error:
        return delays, type(error).__name__
    return delays, "RequestSendFailed"


def random_request(rng: random.Random) -> Request:
    """A failing request with random, plausible options."""
    asked = request(
        rng.choice(["refused", "503", "429"]),
        {"long_retries": rng.random() < 0.5},
        max_short_retry_delay=rng.choice(["2s", "7s", 300, "1m", 0]),
        max_long_retry_delay=rng.choice(["60s", "100s", "5s", "1h"]),
        max_short_retries=rng.randint(0, 12),
        max_long_retries=rng.randint(0, 12),
    )
    return {**asked, "seed": rng.getrandbits(32)}


def table(python: Path) -> dict[str, dict[str, Answer]]:
    """For each outcome and each option of a caller: the attempts, the result, and the row."""
    cases = [(outcome, name) for outcome in OUTCOMES for name in OPTIONS]
    answers = synapses(python, [request(outcome, OPTIONS[name]) for outcome, name in cases])
    by_outcome: dict[str, dict[str, Answer]] = {outcome: {} for outcome in OUTCOMES}
    for (outcome, name), answer in zip(cases, answers, strict=True):
        by_outcome[outcome][name] = {
            "attempts": answer["attempts"],
            "raised": answer["raised"],
            "failures": len(answer["rows"]),
        }
    return by_outcome


def record() -> None:
    """Records the live releases. Raises Missing."""
    tables = {release: table(synapse.python(release)) for release in synapse.COMPARED}
    recorded = {"recorded": datetime.date.today().isoformat(), "synapse": tables}
    RECORDED.write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")
    print(f"recorded {len(OUTCOMES) * len(OPTIONS)} requests in {RECORDED.name}")
