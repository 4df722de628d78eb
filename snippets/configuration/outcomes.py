"""The recording of what real Synapses did with values of each option.

- A value of the *spread* was tried with each option.
- An *outcome* is what a release did with one value: it refuses to start, or some attributes of its
  configuration change.

`make record` writes `treated.json`.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

FILE = Path(__file__).with_name("treated.json")
AS_WRITTEN = "="  # an attribute of the configuration is the value of the file itself


class Outcome(NamedTuple):
    """What a release did with one value."""

    error: str | None  # why it does not start; VALUE stands for the value
    changed: Mapping[str, str]  # attributes of its configuration and their new values
    warnings: Sequence[str]

    def resembles(self, other: "Outcome") -> bool:
        """Whether both are refused, or both are read alike."""
        if self.error or other.error:
            return bool(self.error and other.error)
        kept = [{name for name, text in one.changed.items() if text == AS_WRITTEN}
                for one in (self, other)]  # fmt: skip
        return kept[0] == kept[1] and bool(self.warnings) == bool(other.warnings)


READ = Outcome(None, {}, ())
Outcomes = Mapping[str, Outcome]  # by the text of the value in the spread


@cache
def recorded() -> dict[str, Any]:
    """The content of the file, read once."""
    content: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return content


@cache
def spread() -> dict[str, Any]:
    """The values that were tried, by their text in a file."""
    texts = recorded()["values"]
    read = yaml.safe_load("\n".join(f"- {text}" for text in texts))  # faster than one by one
    return dict(zip(texts, read, strict=True))


def outcomes_of(entry: Mapping[str, Any], where: str) -> Outcomes | None:
    """The outcomes of an option in one of the files in which it was tried, if it was."""
    if where not in entry:
        return None
    content, attributes = recorded(), entry["attributes"]
    result = {}
    for text, number in zip(content["values"], content["profiles"][entry[where]], strict=True):
        error, changed, warnings = content["outcomes"][number]
        if changed:
            changed = {attributes[int(n)]: to for n, to in changed.items()}
        result[text] = Outcome(error, changed, warnings)
    return result
