"""Releases that pages take from Synapse's packages: `{first: a fact}` becomes 1.96.

`first` is the first release that has the fact, `before` the last one without it, and `last` the
last one that has it. `make record` finds them, by the `facts.py` of each subject.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).parents[1].glob("tests/*/recorded/releases.json")
NAMED = re.compile(r"\{(first|before|last):\s([^{}]+)\}")


def minors(recorded: Mapping[str, Any], fact: str) -> dict[str, str]:
    """The releases of a fact, by the word for each, without their last number."""
    first, last = recorded["first_and_last"][fact]
    before = recorded["read"][max(recorded["read"].index(first) - 1, 0)]
    releases = {"first": first, "before": before, "last": last}
    return {word: release.rpartition(".")[0] for word, release in releases.items()}


@cache
def read_facts() -> dict[str, dict[str, str]]:
    """The releases of every fact that was searched for."""
    recordings = [json.loads(file.read_text("utf-8")) for file in sorted(RECORDINGS)]
    return {fact: minors(one, fact) for one in recordings for fact in one["first_and_last"]}


def with_releases(text: str) -> str:
    """The text of a page with its releases. Raises ValueError: what to write instead."""

    def release(named: re.Match[str]) -> str:
        fact = " ".join(named[2].split())  # a line may end in it
        if fact not in read_facts():
            facts = ", ".join(read_facts())
            raise ValueError(f"{named[0]}: no facts.py has {fact!r}: write one of {facts}")
        return read_facts()[fact][named[1]]

    return NAMED.sub(release, text)
