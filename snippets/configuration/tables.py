"""Markdown tables of how Synapse reads durations and options.

`make record` writes the two recordings in this folder.
"""

import json
from pathlib import Path
from typing import Any

from snippets.configuration.check import check
from snippets.configuration.options import OPTIONS, Kind, Option
from snippets.shared.markdown import table

DURATIONS = Path(__file__).with_name("durations.json")
CONFIGURATIONS = Path(__file__).with_name("configurations.json")

# Values that do not mean what people expect, by the kind of option.
BAD = {
    Kind.DURATION: [
        "0", "-5m", "500", "'90'", "10:00", "010", "0x10", "1_000s", "1.5", "1.5h", "1h30m",
        "10M", "10 minutes", "yes", "null", "''", "[1]", "{}", "999999999y",
    ],
    Kind.COUNT: ["'3'", "yes", "null", "2.0", "2.5", "-1", "010", "three", "[1]"],
    Kind.NUMBER: [
        "1", "0.5", "0", "-1", "'2'", "two", "yes", "null", "[2]", ".inf", ".nan", "1:30", "010",
        "1e3",
    ],
    Kind.BOOLEAN: ["'false'", "'no'", "n", "0", "1", "null", "''", "[]"],
    Kind.PATHS: ["registration.yaml", "null", "[1]", "{}", "yes"],
}  # fmt: skip
# Those that the page shows: all, except for many of the durations.
SHOWN = {**BAD, Kind.DURATION: ["0", "-5m", "500", "10:00", "1h30m", "yes", "null", "999999999y"]}
_UNITS = {Kind.DURATION: "milliseconds, if it has no letter", Kind.COUNT: "retries"}


def written(option: Option, value: str) -> str:
    """A configuration file with only this option."""
    if option.section:
        return f"{option.section}:\n  {option.name}: {value}\n"
    return f"{option.name}: {value}\n"


def durations_table() -> str:
    """A table of durations that are easily misread, with the result of each release."""
    recorded = json.loads(DURATIONS.read_text("utf-8"))
    releases = recorded["synapse"]
    rows = [
        (f"`{text}`", *(_milliseconds(answers[number]) for answers in releases.values()))
        for number, text in enumerate(recorded["traps"])
    ]
    return table(["In the file", *releases], rows, right=releases)


def _milliseconds(answer: int | str) -> str:
    return f"{answer} ms" if isinstance(answer, int) else "refuses"


def options_reference() -> str:
    """A section for each option: its meaning, and what Synapse and the checker do with mistakes.

    Raises ValueError if the recorded releases differ: the tables have one column for all.
    """
    recorded = json.loads(CONFIGURATIONS.read_text("utf-8"))
    first, *others = recorded["synapse"].values()
    if any(answers != first for answers in others):
        raise ValueError("the releases differ: give each a column")
    effective = dict(zip(recorded["texts"], first, strict=True))
    return "\n".join(_section(option, effective) for option in OPTIONS)


def _section(option: Option, effective: dict[str, Any]) -> str:
    place = "below `federation:`" if option.section else "at the top level"
    since = option.since or "1.86 or before"
    unit = _UNITS.get(option.kind, "–")
    facts = table(
        ["Type", "Unit", "Default", "Since"],
        [(option.kind.value, unit, f"`{option.default}`", since)],
    )
    mistakes = table(
        ["In the file", "Synapse uses", "The checker says"],
        [_mistake(option, value, effective) for value in SHOWN[option.kind]],
    )
    meaning = f"{option.meaning} Write it {place}."
    return f"## `{option.name}`\n\n{meaning}\n\n{facts}\n\n{mistakes}\n"


def _mistake(option: Option, value: str, effective: dict[str, Any]) -> tuple[str, str, str]:
    text = written(option, value)
    (problem, *_) = check(text)
    advice = problem.advice.partition(";")[0]
    return f"`{value}`", _used(option, effective[text]), f"{problem.wrong}; {advice}"


def _used(option: Option, values: dict[str, str] | str) -> str:
    """The value in effect. `values` are by names of Synapse, or say that it does not start."""
    if isinstance(values, str):
        return values
    if option.kind is Kind.DURATION:
        return f"{values[f'{option.name}_ms']} ms"
    return f"`{values[option.name]}`"
