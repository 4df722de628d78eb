"""Finds mistakes in a configuration that Synapse ignores, or reports without a line number."""

import difflib
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from snippets.configuration.appservice import AppServiceConfig, ConfigError
from snippets.configuration.codes import CODES, Severity
from snippets.configuration.contents import problems_of_contents
from snippets.configuration.delegated import SERVICE, conflicting
from snippets.configuration.duration import BadDuration
from snippets.configuration.federation import FederationConfig
from snippets.configuration.files import is_registration
from snippets.configuration.gone import HAD, instead_of
from snippets.configuration.known import Known, Place, known
from snippets.configuration.listed import Listed
from snippets.configuration.options import FEDERATION, TOP_LEVEL, Kind, Option
from snippets.configuration.placed import Found
from snippets.configuration.reading import Reader
from snippets.configuration.registrations import in_folder, problems_of_registrations
from snippets.configuration.replaced import replaced
from snippets.configuration.silenced import silenced_in
from snippets.configuration.values import NO_START, Finding, Value, clipped, shown_ms, wrong_with
from snippets.configuration.whole import missing, unverified
from snippets.configuration.workers import problems_of_workers
from snippets.shared.document import Document, Pair
from snippets.shared.release import NEWEST, known_release, parse_release

IGNORED = "Synapse ignores it"
LONGEST_NAME = 60  # characters; the longest name of an option has 51
# Keys with this prefix are for YAML itself, such as values with an anchor.
FOR_YAML = "x-"


# --8<-- [start:problem]
@dataclass(frozen=True)
class Problem:
    """One thing to correct. `line` and `column` count from 1."""

    option: str
    line: int
    column: int
    code: str  # one of `codes.CODES`
    wrong: str  # what is wrong with it
    effective: str  # what Synapse does with it
    advice: str  # what to write instead
    file: str = ""
    by_name: bool = False  # the name is wrong or repeated: its value is not shown

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return CODES[self.code].severity


# --8<-- [end:problem]
@dataclass(frozen=True)
class Checked:
    """The result of a check."""

    problems: list[Problem]
    silenced: list[tuple[Problem, str]]  # by a comment, with its reason
    options: int  # how many options there are
    unknown: list[str]  # those of which it is not known what Synapse does with their value
    # By option, durations in ms; None if Synapse does not start, or for registrations alone.
    effective: dict[str, Any] | None


def check(text: str, *, release: str = NEWEST) -> list[Problem]:
    """Every problem of a file, in file order.

    Raises Unreadable if Synapse could not read the file at all, and ValueError for a release that
    was not run.
    """
    document = Document(text)
    if is_registration(document.values):
        return check_files({}, release=release, listed=Listed({}, {"": document})).problems
    return check_files({"": document}, release=release).problems


def check_files(
    documents: Mapping[str, Document], *, release: str = NEWEST, listed: Listed | None = None
) -> Checked:
    """Checks the files of one configuration, by name, in the order in which Synapse reads them.

    `listed` has its registration files, if they are to be checked too.
    """
    options_known = known(known_release(release))
    files = list(documents.items())
    config = {key: value for _, document in files for key, value in document.values.items()}
    found = [*problems_of_workers(documents, release), *problems_of_contents(documents)]
    if listed:
        found += problems_of_registrations(listed, documents, release)
    every = {**documents, **(listed.documents if listed else {})}
    by_file = {name: [_problem(one) for one in found if one.file == name] for name in every}
    stopping = {one.option for one in found if one.finding.effective == NO_START}
    options = sum(len(document.values) for document in listed.documents.values()) if listed else 0
    unknown: list[str] = []
    for number, (name, document) in enumerate(files):
        if is_registration(document.values):
            by_file[name].append(_problem(in_folder(name, document)))
            continue
        checker = _Checker(document, name, release, options_known, files[number + 1 :], config)
        by_file[name] += [
            one
            for one in checker.problems()
            if one.severity is not Severity.ERROR or one.option not in stopping
        ]
        if not number:
            by_file[name] += [
                Problem(option, 1, 1, *finding, file=name, by_name=True)
                for option, finding in missing(config)
            ]
        options += checker.options
        unknown += checker.unknown
    problems: list[Problem] = []
    silenced: list[tuple[Problem, str]] = []
    for name, document in every.items():
        silence = silenced_in(document, sorted(by_file[name], key=_place))
        comments = [
            Problem("the comment", comment.line, comment.column, *finding, file=name)
            for comment, finding in silence.bad
        ]
        problems += sorted(silence.left + comments, key=_place)
        silenced += silence.silenced
    in_effect = effective(documents.values(), release=release) if documents else None
    return Checked(problems, silenced, options, unknown, in_effect)


def _problem(found: Found) -> Problem:
    place = found.option, found.line, found.column
    return Problem(*place, *found.finding, file=found.file, by_name=found.by_name)


def _place(problem: Problem) -> tuple[int, int]:
    return problem.line, problem.column


def effective(documents: Iterable[Document], *, release: str = NEWEST) -> dict[str, Any] | None:
    """The value in effect of every option of this guide, durations in ms.

    None if Synapse does not start.
    """
    config = {key: value for document in documents for key, value in document.values.items()}
    try:
        federation = FederationConfig.read(config, release=release)
        appservice = AppServiceConfig.read(config, release=release)
    except (BadDuration, ConfigError, TypeError):
        return None
    values = {**vars(federation), **vars(appservice)}
    return {
        option.path: values[option.name + ("_ms" if option.kind is Kind.DURATION else "")]
        for option in (*FEDERATION.values(), *TOP_LEVEL.values())
    }


class _Checker:
    """Checks one file; later files may replace whole keys of it."""

    def __init__(
        self,
        document: Document,
        file: str,
        release: str,
        options_known: Known,
        later: Sequence[tuple[str, Document]],
        config: Mapping[str, Any],
    ) -> None:
        self._document, self._file = document, file
        self._release, self._known = release, options_known
        self._later, self._reader = later, Reader(config, release)
        self._conflicts = conflicting(config)
        self._unverified = unverified(config)
        self.options = 0
        self.unknown = self._reader.unknown

    def problems(self) -> Iterator[Problem]:
        yield from self._repeated(None, "")
        for pair in self._document.pairs():
            lost, is_replaced = replaced(pair, self._later)
            if lost:
                yield self._by_name(pair.key_node, _name(pair.key_node), lost)
            if not is_replaced:
                yield from self._in_effect(pair)

    def _in_effect(self, pair: Pair) -> Iterator[Problem]:
        """Checks a top-level pair that is in effect."""
        yield from self._values(pair)
        if pair.key == "enable_registration" and self._unverified:
            yield self._by_name(pair.key_node, pair.key, self._unverified)
        if (conflict := self._conflicts.get(pair.key)) and self._known.looks_up((SERVICE,)):
            yield self._by_name(pair.key_node, pair.key, conflict)
        if pair.key in TOP_LEVEL:
            self.options += 1
            yield from self._option(TOP_LEVEL[pair.key], pair)
        elif pair.key == "federation":
            yield from self._federation(pair)
        elif isinstance(pair.key, str) and self._known.looks_up((pair.key,)):
            yield from self._section((pair.key,), pair)
        elif not self._is_for_yaml(pair):
            self.options += 1
            yield self._unknown((), pair, self._document.values)

    def _values(self, pair: Pair) -> Iterator[Problem]:
        for wrong in self._reader.wrong(pair):
            if wrong.by_name:
                yield self._by_name(wrong.key_node, wrong.option, wrong.finding)
            else:
                inner = Pair(None, None, wrong.key_node, wrong.value_node)
                yield self._at_value(inner, wrong.option, wrong.finding)

    def _is_for_yaml(self, pair: Pair) -> bool:
        return str(pair.key).startswith(FOR_YAML) or self._document.is_used_again(pair.value_node)

    def _section(self, place: Place, section: Pair) -> Iterator[Problem]:
        """Checks the names in a section, if its names are known, or in each item of a list."""
        if isinstance(section.value, list) and isinstance(section.value_node, yaml.SequenceNode):
            self.options += len(place) == 1
            for number, node in enumerate(section.value_node.value):
                if isinstance(item := section.value[number], dict):
                    yield from self._section((*place, str(number)), Pair(number, item, node, node))
            return
        names = self._known.names(place) if isinstance(section.value, dict) else None
        if not names:
            self.options += len(place) == 1
            return
        yield from self._repeated(section, ".".join(place) + ".")
        pairs = self._document.pairs(section)
        self.options += max(1, len(pairs)) if len(place) == 1 else 0
        for pair in pairs:
            below = (*place, pair.key)
            if pair.key == "config" and "module" in section.value:
                continue  # its names are the module's
            if not isinstance(pair.key, str) or not self._known.looks_up(below):
                yield self._unknown(place, pair, section.value)
            else:
                yield from self._section(below, pair)

    def _unknown(self, place: Place, pair: Pair, beside: Container[Any]) -> Problem:
        """The problem with a name that the release does not look up, next to those in `beside`."""
        name, there = _name(pair.key_node), self._known.names(place)
        full = (*place, name)
        code, wrong, effect = (
            "unknown-option",
            f"is not an option of Synapse {self._release}",
            IGNORED,
        )
        listed = ".".join("*" if part.isdigit() else part for part in full)  # an item of a list
        if last := self._known.until(listed.split(".")):
            code, wrong = "removed-option", f"is an option up to {_minor(last)} only"
            effect = f"Synapse {self._release} ignores it"
            advice = instead_of(listed, self._release) or "remove the line"
        elif had := HAD.get(listed):
            code, wrong = "removed-option", f"is an option of old releases, such as {_minor(had)}"
            effect = f"Synapse {self._release} ignores it"
            advice = instead_of(listed, self._release) or "remove the line"
        elif first := self._known.since(full):
            code, wrong = "later-option", f"is an option since {_minor(first)} only"
            effect, advice = f"Synapse {self._release} ignores it", "upgrade, or remove the line"
        elif place and self._known.looks_up((name,)):
            code, advice = "wrong-level", "write it at the top level"
        elif not place and len(sections := self._known.sections_with(name)) == 1:
            code, wrong = "wrong-level", "is at the top level"
            advice = f"indent it below `{sections[0]}:`"
        elif near := _nearest(name, (other for other in there if other not in beside)):
            advice = f"write `{near}`"
        elif there and list(place) == ["federation"]:  # all its options are known
            advice = f"the options here are {', '.join(sorted(there))}"
        else:
            advice = "look up the right name in Synapse's manual, or remove the line"
        return self._by_name(pair.key_node, ".".join(full), Finding(code, wrong, effect, advice))

    def _federation(self, section: Pair) -> Iterator[Problem]:
        if not isinstance(section.value, dict):
            wrong = "is empty" if section.value is None else "is not a mapping"
            advice = "indent its options below it, or remove the line"
            self.options += 1
            finding = Finding("not-a-mapping", wrong, NO_START, advice)
            yield self._at(section.key_node, "federation", finding)
            return
        yield from self._repeated(section, "federation.")
        pairs = self._document.pairs(section)
        self.options += max(1, len(pairs))
        for pair in pairs:
            if pair.key in FEDERATION:
                yield from self._option(FEDERATION[pair.key], pair)
            else:
                yield self._unknown(("federation",), pair, section.value)
        yield from self._minimum_above_maximum({pair.key: pair for pair in pairs})

    def _minimum_above_maximum(self, pairs: dict[Any, Pair]) -> Iterator[Problem]:
        names = ("destination_min_retry_interval", "destination_max_retry_interval")
        given = [pairs[name] for name in names if name in pairs]
        section = {pair.key: pair.value for pair in given}
        try:
            config = FederationConfig.read({"federation": section}, release=self._release)
        except BadDuration:
            return  # already reported
        least = config.destination_min_retry_interval_ms
        most = config.destination_max_retry_interval_ms
        if given and least > most:
            wrong = f"the minimum, {shown_ms(least)}, is above the maximum, {shown_ms(most)}"
            effect = f"the first wait is {shown_ms(least)}, every later one {shown_ms(most)}"
            if least >= 2**63:
                effect = "the database cannot store the wait, so no destination is ever left alone"
            advice = "write a minimum below the maximum"
            finding = Finding("minimum-above-maximum", wrong, effect, advice)
            yield self._at(given[0].key_node, f"federation.{given[0].key}", finding)

    def _option(self, option: Option, pair: Pair) -> Iterator[Problem]:
        if option.since and parse_release(self._release) < parse_release(option.since):
            wrong = f"is an option since {option.since} only"
            effect = f"Synapse {self._release} ignores it"
            finding = Finding("later-option", wrong, effect, "upgrade, or remove the line")
            yield self._at(pair.key_node, option.path, finding)
        elif option.kind is Kind.PATHS:
            yield from self._paths(option, pair)
        else:
            for finding in wrong_with(option, _value(pair.value, pair.value_node), self._release):
                yield self._at_value(pair, option.path, finding)

    def _paths(self, option: Option, pair: Pair) -> Iterator[Problem]:
        if not isinstance(pair.value, list):
            shown = _value(pair.value, pair.value_node).shown
            advice = "write each path on its own line below the option, after `- `"
            finding = Finding("not-a-list", f"{shown} is not a list", NO_START, advice)
            yield self._at_value(pair, option.path, finding)
            return
        for item, node in zip(pair.value, pair.value_node.value, strict=False):
            if not isinstance(item, str):
                wrong = f"{_value(item, node).shown} is not a path"
                advice = "write the path in quotes"
                finding = Finding("not-a-path", wrong, NO_START, advice)
                yield self._at(node, option.path, finding)

    def _repeated(self, section: Pair | None, prefix: str) -> Iterator[Problem]:
        for key_node, last in self._document.overridden(section):
            line, _ = self._document.place(last.key_node)
            effect = f"the one on line {line} takes effect"
            finding = Finding("repeated-option", "is repeated", effect, "keep one")
            yield self._by_name(key_node, f"{prefix}{_name(key_node)}", finding)

    def _by_name(self, node: yaml.Node, option: str, finding: Finding) -> Problem:
        place = self._document.place(node)
        return Problem(option, *place, *finding, file=self._file, by_name=True)

    def _at_value(self, pair: Pair, option: str, finding: Finding) -> Problem:
        empty = isinstance(pair.value_node, yaml.ScalarNode) and not pair.value_node.value
        return self._at(pair.key_node if empty else pair.value_node, option, finding)

    def _at(self, node: yaml.Node, option: str, finding: Finding) -> Problem:
        return Problem(option, *self._document.place(node), *finding, file=self._file)


def _value(read: Any, node: yaml.Node) -> Value:
    if not isinstance(node, yaml.ScalarNode):
        return Value(read, None)
    return Value(read, node.value, node.style if node.style in ("'", '"') else "")


def _name(key_node: yaml.Node) -> str:
    """The key as written in the file."""
    is_text = isinstance(key_node, yaml.ScalarNode)
    return clipped(key_node.value, LONGEST_NAME) if is_text else "this key"


def _minor(release: str) -> str:
    return ".".join(map(str, parse_release(release)))


@cache
def _digits(name: str) -> str:
    return re.sub(r"\D", "", name)


def _nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that is meant: one with this one in it, or in this one, or spelt like it."""
    digits = re.sub(r"\D", "", name)
    names = [other for other in names if _digits(other) == digits]
    longer = [other for other in names if f"_{name}_" in f"_{other}_"]
    shorter = [other for other in names if "_" in other and f"_{other}_" in f"_{name}_"]
    if len(longer) == 1 or shorter:
        return longer[0] if len(longer) == 1 else max(shorter, key=len)
    near = difflib.get_close_matches(name.lower(), sorted(names), n=1, cutoff=0.75)
    return near[0] if near else None
