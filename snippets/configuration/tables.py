"""What the pages show of how Synapse reads durations and options, as Markdown.

`make record` writes the two recordings beside this file.
"""

import json
from pathlib import Path
from typing import Any

from snippets.configuration.check import check
from snippets.configuration.options import OPTIONS, Kind, Option
from snippets.shared.markdown import table

DURATIONS = Path(__file__).with_name("durations.json")
CONFIGURATIONS = Path(__file__).with_name("configurations.json")

# What people write that is not what they mean, by the kind of option.
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
# Of these, the ones that the page shows: all, but of the many durations only some.
SHOWN = {**BAD, Kind.DURATION: ["0", "-5m", "500", "10:00", "1h30m", "yes", "null", "999999999y"]}
_UNITS = {Kind.DURATION: "milliseconds, where it has no letter", Kind.COUNT: "retries"}


def written(option: Option, value: str) -> str:
    """A configuration file with this one option."""
    if option.section:
        return f"{option.section}:\n  {option.name}: {value}\n"
    return f"{option.name}: {value}\n"


def durations_table() -> str:
    """What each release makes of durations that are easily misread."""
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
    """A section for each option: what it is, and what Synapse and the checker make of mistakes.

    Raises ValueError where the recorded releases differ, since the tables have one column for all.
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
    meaning = f"{option.meaning} Stands {place}."
    return f"## `{option.name}`\n\n{meaning}\n\n{facts}\n\n{mistakes}\n"


def _mistake(option: Option, value: str, effective: dict[str, Any]) -> tuple[str, str, str]:
    text = written(option, value)
    (problem, *_) = check(text)
    advice = problem.advice.partition(";")[0]
    return f"`{value}`", _used(option, effective[text]), f"{problem.wrong}; {advice}"


def _used(option: Option, values: dict[str, str] | str) -> str:
    """What a release goes by: `values` by their names in Synapse, or that it does not start."""
    if isinstance(values, str):
        return values
    if option.kind is Kind.DURATION:
        return f"{values[f'{option.name}_ms']} ms"
    return f"`{values[option.name]}`"
