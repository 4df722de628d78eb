"""Finds in a configuration file what Synapse accepts in silence, or refuses without a place."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from snippets.configuration.appservice import AppServiceConfig, ConfigError
from snippets.configuration.duration import BadDuration
from snippets.configuration.federation import FederationConfig
from snippets.configuration.options import FEDERATION, TOP_LEVEL, Kind, Option
from snippets.configuration.values import NO_START, Finding, Value, clipped, shown_ms, wrong_with
from snippets.shared.document import Document, Pair
from snippets.shared.release import NEWEST, parse_release

IGNORED = "Synapse ignores it"


# --8<-- [start:problem]
@dataclass(frozen=True)
class Problem:
    """One thing to put right. `line` and `column` count from 1."""

    option: str
    line: int
    column: int
    wrong: str  # what is wrong with it
    effective: str  # what Synapse does with it
    advice: str  # what to write instead


# --8<-- [end:problem]


def check(text: str, *, release: str = NEWEST) -> list[Problem]:
    """Every problem with the options of this guide, in the order of the file.

    Raises Unreadable where Synapse could not read the file at all.
    """
    return check_document(Document(text), release=release)


def check_document(document: Document, *, release: str = NEWEST) -> list[Problem]:
    """The same for a file that was read already."""
    problems = _Checker(document, release).problems()
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def effective(document: Document, *, release: str = NEWEST) -> dict[str, Any] | None:
    """The value of every option that Synapse goes by, durations in milliseconds.

    None where Synapse does not start.
    """
    try:
        federation = FederationConfig.read(document.values, release=release)
        appservice = AppServiceConfig.read(document.values, release=release)
    except (BadDuration, ConfigError, TypeError):
        return None
    values = {**vars(federation), **vars(appservice)}
    return {
        option.path: values[option.name + ("_ms" if option.kind is Kind.DURATION else "")]
        for option in (*FEDERATION.values(), *TOP_LEVEL.values())
    }


class _Checker:
    def __init__(self, document: Document, release: str) -> None:
        self._document = document
        self._release = release

    def problems(self) -> Iterator[Problem]:
        yield from self._given_again(None, ["federation", *TOP_LEVEL], "")
        for pair in self._document.pairs():
            if pair.key == "federation":
                yield from self._federation(pair)
            elif pair.key in TOP_LEVEL:
                yield from self._option(TOP_LEVEL[pair.key], pair)
            elif pair.key in FEDERATION:
                advice = "indent it below `federation:`"
                found = Finding("stands at the top level", IGNORED, advice)
                yield self._at(pair.key_node, pair.key, found)
            elif near := _nearest(pair.key, ["federation", *TOP_LEVEL], cutoff=0.85):
                yield self._misspelt(pair, "", f"write `{near}`")

    def _federation(self, section: Pair) -> Iterator[Problem]:
        if not isinstance(section.value, dict):
            wrong = "is empty" if section.value is None else "is no mapping"
            advice = "indent its options below it, or remove the line"
            yield self._at(section.key_node, "federation", Finding(wrong, NO_START, advice))
            return
        yield from self._given_again(section, list(FEDERATION), "federation.")
        pairs = self._document.pairs(section)
        for pair in pairs:
            if pair.key in FEDERATION:
                yield from self._option(FEDERATION[pair.key], pair)
            elif near := _nearest(pair.key, list(FEDERATION), cutoff=0.75):
                yield self._misspelt(pair, "federation.", f"write `{near}`")
            elif pair.key in TOP_LEVEL or str(pair.key).startswith("federation_"):
                yield self._misspelt(pair, "federation.", "write it at the top level")
            else:
                options = ", ".join(FEDERATION)
                yield self._misspelt(pair, "federation.", f"the options here are {options}")
        yield from self._minimum_above_maximum({pair.key: pair for pair in pairs})

    def _minimum_above_maximum(self, pairs: dict[Any, Pair]) -> Iterator[Problem]:
        names = ("destination_min_retry_interval", "destination_max_retry_interval")
        given = [pairs[name] for name in names if name in pairs]
        section = {pair.key: pair.value for pair in given}
        try:
            config = FederationConfig.read({"federation": section}, release=self._release)
        except BadDuration:
            return  # that was said already
        least = config.destination_min_retry_interval_ms
        most = config.destination_max_retry_interval_ms
        if given and least > most:
            wrong = f"the minimum, {shown_ms(least)}, is above the maximum, {shown_ms(most)}"
            told = f"the first wait is {shown_ms(least)}, every later one {shown_ms(most)}"
            if least >= 2**63:
                told = "the database cannot hold the wait, so no destination is ever left alone"
            found = Finding(wrong, told, "write a minimum below the maximum")
            yield self._at(given[0].key_node, f"federation.{given[0].key}", found)

    def _option(self, option: Option, pair: Pair) -> Iterator[Problem]:
        if option.since and parse_release(self._release) < parse_release(option.since):
            told = f"Synapse {self._release} ignores it"
            advice = "upgrade, or remove the line"
            found = Finding(f"is an option since {option.since} only", told, advice)
            yield self._at(pair.key_node, option.path, found)
        elif option.kind is Kind.PATHS:
            yield from self._paths(option, pair)
        else:
            for found in wrong_with(option, _value(pair.value, pair.value_node), self._release):
                yield self._at_value(pair, option.path, found)

    def _paths(self, option: Option, pair: Pair) -> Iterator[Problem]:
        if not isinstance(pair.value, list):
            shown = _value(pair.value, pair.value_node).shown
            advice = "write each path on its own line below the option, after `- `"
            found = Finding(f"{shown} is no list", NO_START, advice)
            yield self._at_value(pair, option.path, found)
            return
        for item, node in zip(pair.value, pair.value_node.value, strict=False):
            if not isinstance(item, str):
                wrong = f"{_value(item, node).shown} is no path"
                found = Finding(wrong, NO_START, "write the path in quotes")
                yield self._at(node, option.path, found)

    def _given_again(
        self, section: Pair | None, names: list[str], prefix: str
    ) -> Iterator[Problem]:
        for key_node, counting in self._document.overridden(section):
            if counting.key in names:
                line, _ = self._document.place(counting.key_node)
                found = Finding("is given again", f"the one on line {line} counts", "keep one")
                yield self._at(key_node, f"{prefix}{counting.key}", found)

    def _misspelt(self, pair: Pair, prefix: str, advice: str) -> Problem:
        found = Finding("is no option here", IGNORED, advice)
        return self._at(pair.key_node, f"{prefix}{clipped(str(pair.key))}", found)

    def _at_value(self, pair: Pair, option: str, found: Finding) -> Problem:
        empty = isinstance(pair.value_node, yaml.ScalarNode) and not pair.value_node.value
        return self._at(pair.key_node if empty else pair.value_node, option, found)

    def _at(self, node: yaml.Node, option: str, found: Finding) -> Problem:
        return Problem(option, *self._document.place(node), *found)


def _value(read: Any, node: yaml.Node) -> Value:
    if not isinstance(node, yaml.ScalarNode):
        return Value(read, None)
    return Value(read, node.value, node.style if node.style in ("'", '"') else "")


def _nearest(key: Any, names: list[str], cutoff: float) -> str | None:
    spelt = key[:100].lower().replace("-", "_") if isinstance(key, str) else ""
    near = difflib.get_close_matches(spelt, names, n=1, cutoff=cutoff)
    return near[0] if near else None
