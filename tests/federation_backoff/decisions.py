"""The decision on each outcome of a request to a destination that has failed before."""

from pathlib import Path
from typing import Any

from tests.federation_backoff.sequences import (
    OUTCOMES,
    START_MS,
    Sequence,
    View,
    ours,
    synapses,
)

WAIT_MS = 600_000
ROW, RESET = [START_MS - WAIT_MS, START_MS - WAIT_MS, WAIT_MS], [None, 0, 0]
SWITCHES = ["", "backoff_on_404", "backoff_on_all_error_codes", "ignore_backoff"]

# For each switch and outcome: reset, back off or keep; with ! if peers were notified.
Decisions = dict[str, dict[str, str]]


def _switches(release: str) -> list[str]:
    known = tuple(map(int, release.split(".")[:2])) >= (1, 92)
    return [switch for switch in SWITCHES if known or "all_error_codes" not in switch]


def _sequences(release: str) -> list[Sequence]:
    return [
        {
            "seed": 1,
            "config": {},
            "row": ROW,
            "operations": [
                ["acquire", "request", {switch: True} if switch else {}],
                ["exit", "request", outcome],
            ],
        }
        for switch in _switches(release)
        for outcome in OUTCOMES
    ]


def _decided(views: list[View]) -> str:
    _, row, notices = views[-1]
    if row in (RESET, ROW):
        decided = "reset" if row == RESET else "keep"
    else:
        failure_ts, last, interval = row
        assert (failure_ts, last) == (ROW[0], START_MS)
        assert interval > WAIT_MS
        decided = "back off"
    return decided + "!" * bool(notices)


def _table(release: str, views: list[list[View]]) -> Decisions:
    decided = iter(views)
    return {
        switch or "none": {outcome: _decided(next(decided)) for outcome in OUTCOMES}
        for switch in _switches(release)
    }


def synapses_decisions(release: str, python: Path) -> Decisions:
    """The decisions of a real release."""
    return _table(release, synapses(python, _sequences(release)))


def our_decisions(release: str) -> Decisions:
    """The decisions of ours, with the rules of that release."""
    return _table(release, [ours(sequence, release) for sequence in _sequences(release)])


def merged(recorded: dict[str, Decisions]) -> list[dict[str, Any]]:
    """The releases' tables, with equal ones grouped: `releases` and `decisions`."""
    groups: list[dict[str, Any]] = []
    for release, decisions in recorded.items():
        if groups and groups[-1]["decisions"] == decisions:
            groups[-1]["releases"].append(release)
        else:
            groups.append({"releases": [release], "decisions": decisions})
    return groups
