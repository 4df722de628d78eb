"""What the pages show of recorded decisions and attempts, as Markdown.

`make record` writes the two recordings beside this file.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from snippets.shared.markdown import table

DECISIONS = Path(__file__).with_name("decisions.json")
ATTEMPTS = Path(__file__).with_name("in_request.json")

# How a request may end, in the reader's words, and what the recording calls these.
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
    """What the limiter makes of each outcome, with a column for releases that do the same."""
    return _decisions_table(
        {", ".join(group["releases"]): group["decisions"]["none"] for group in _groups()}
    )


def decisions_by_switch() -> str:
    """The same of the newest releases, with a column for each switch that a caller may set."""
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
    """The one decision on all of these, as a verdict. Raises ValueError where there are several."""
    (decision,) = {decisions[outcome] for outcome in outcomes}
    word = decision.removesuffix("!")
    return f"*{word}*{{{_VERDICTS[word]}}}"


def attempts_table() -> str:
    """How often a request is tried, by how its attempts end and by what its caller passed.

    Raises ValueError where the recorded releases differ, or where what the caller passed changes
    the failures that are counted: the table has one column for these.
    """
    by_release = json.loads(ATTEMPTS.read_text("utf-8"))["synapse"]
    recorded, *others = by_release.values()
    if any(answers != recorded for answers in others):
        raise ValueError("the releases differ: give each a table")
    callers = list(next(iter(recorded.values())))
    rows = []
    for outcome, answers in recorded.items():
        (failures,) = {answer["failures"] for answer in answers.values()}
        rows.append((outcome, *(answers[caller]["attempts"] for caller in callers), failures))
    return table(
        ["Every attempt ends with", *callers, "Failures"], rows, right=[*callers, "Failures"]
    )
