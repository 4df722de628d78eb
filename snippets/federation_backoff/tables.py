"""Markdown tables of recorded decisions and attempts.

`make record` writes the two recordings in this folder.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from snippets.shared.markdown import table

DECISIONS = Path(__file__).with_name("decisions.json")
ATTEMPTS = Path(__file__).with_name("in_request.json")

# How a request may end, in words for readers, and the names in the recording.
_OUTCOMES = {
    "2xx": ["success"],
    "no answer (refused, timed out, no such name)": ["RequestSendFailed"],
    "500, 503": ["HttpResponseException 500", "HttpResponseException 503"],
    "401, 429": ["HttpResponseException 401", "HttpResponseException 429"],
    "404": ["HttpResponseException 404"],
    "301, 400, 403, 499": [f"HttpResponseException {code}" for code in (301, 400, 403, 499)],
    "any other exception": ["ValueError"],
    "cancelled, interrupted": ["CancelledError", "GeneratorExit", "KeyboardInterrupt"],
}

_VERDICTS = {"reset": ".verdict .good", "back off": ".verdict .caution", "keep": ".verdict"}

Decisions = Mapping[str, str]  # by outcome


def decisions_by_release() -> str:
    """The limiter's decision on each outcome, with a column for each group of equal releases."""
    return _decisions_table(
        {", ".join(group["releases"]): group["decisions"]["none"] for group in _groups()}
    )


def decisions_by_switch() -> str:
    """The same for the newest releases, with a column for each switch that a caller may set."""
    newest = _groups()[-1]["decisions"]
    return _decisions_table(
        {
            "no switch" if switch == "none" else f"`{switch}`": decisions
            for switch, decisions in newest.items()
        }
    )


def _groups() -> Any:
    return json.loads(DECISIONS.read_text("utf-8"))["synapse"]


def _decisions_table(columns: Mapping[str, Decisions]) -> str:
    rows = [
        (name, *(_decision(decisions, outcomes) for decisions in columns.values()))
        for name, outcomes in _OUTCOMES.items()
    ]
    return table(["The request ends with", *columns], rows)


def _decision(decisions: Decisions, outcomes: Sequence[str]) -> str:
    """The decision on all of these outcomes, as a verdict. Raises ValueError if they differ."""
    (decision,) = {decisions[outcome] for outcome in outcomes}
    word = decision.removesuffix("!")
    return f"*{word}*{{{_VERDICTS[word]}}}"


def attempts_table() -> str:
    """The number of attempts of a request, by how they end and by what the caller passed.

    Outcomes with the same numbers share a row. Raises ValueError if the recorded releases differ,
    or if the failures depend on what the caller passed: the table has only one column for them.
    """
    by_release = json.loads(ATTEMPTS.read_text("utf-8"))["synapse"]
    recorded, *others = by_release.values()
    if any(answers != recorded for answers in others):
        raise ValueError("the releases differ: write a table for each")
    callers = list(next(iter(recorded.values())))
    outcomes: dict[tuple[int, ...], list[str]] = {}
    for outcome, answers in recorded.items():
        (failures,) = {answer["failures"] for answer in answers.values()}
        counts = (*(answers[caller]["attempts"] for caller in callers), failures)
        outcomes.setdefault(counts, []).append(outcome)
    rows = [(", ".join(names), *counts) for counts, names in outcomes.items()]
    return table(
        ["Each attempt ends with", *callers, "Failures"], rows, right=[*callers, "Failures"]
    )
