"""Markdown tables of how Synapse reads durations and options.

`make record` writes the two recordings in this folder.
"""

import json
from collections import Counter
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
    """An overview; then for each type its options, and what Synapse and the checker make of
    mistakes.

    Raises ValueError if the recorded releases differ: the tables have one column for all.
    """
    recorded = json.loads(CONFIGURATIONS.read_text("utf-8"))
    first, *others = recorded["synapse"].values()
    if any(answers != first for answers in others):
        raise ValueError("the releases differ: give each a column")
    effective = dict(zip(recorded["texts"], first, strict=True))
    overview = table(
        ["Option", "Type", "Default", "Since", "Section"],
        [
            (
                f"[`{option.name}`](#{option.name})",
                option.kind.value,
                f"`{option.default}`",
                _since(option),
                f"`{option.section}`" if option.section else "top level",
            )
            for option in OPTIONS
        ],
    )
    return "\n\n".join([overview, *(_section(kind, effective) for kind in Kind)])


def _since(option: Option) -> str:
    return option.since or "1.86 or before"


def _section(kind: Kind, effective: dict[str, Any]) -> str:
    options = [option for option in OPTIONS if option.kind is kind]
    parts = [f"## {kind.value.capitalize()}"]
    if kind is Kind.DURATION:
        parts.append("A number without a letter is milliseconds.")
    for option in options:
        facts = f"Default `{option.default}`, since {_since(option)}."
        parts += [f"### `{option.name}`", f"{option.meaning} {facts}"]
    rows, exceptions = [], []
    for value in SHOWN[kind]:
        mistakes = {option.name: _mistake(option, value, effective) for option in options}
        ((usual, _),) = Counter(mistakes.values()).most_common(1)
        rows.append((f"`{value}`", *usual))
        exceptions += [
            (f"`{name}: {value}`", *mistake)
            for name, mistake in mistakes.items()
            if mistake != usual
        ]
    columns = ["In the file", "Synapse uses", "The checker says"]
    parts += [f"### {kind.value.capitalize()}, written wrongly", table(columns, rows)]
    if exceptions:
        parts += ["Different for these:", table(columns, exceptions)]
    return "\n\n".join(parts)


def _mistake(option: Option, value: str, effective: dict[str, Any]) -> tuple[str, str]:
    """What Synapse uses, and what the checker says."""
    text = written(option, value)
    (problem, *_) = check(text)
    advice = problem.advice.partition(";")[0]
    return _used(option, effective[text]), f"{problem.wrong}; {advice}"


def _used(option: Option, values: dict[str, str] | str) -> str:
    """The value in effect. `values` are by names of Synapse, or say that it does not start."""
    if isinstance(values, str):
        return values
    if option.kind is Kind.DURATION:
        return f"{values[f'{option.name}_ms']} ms"
    return f"`{values[option.name]}`"
