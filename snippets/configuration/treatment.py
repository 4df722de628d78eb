"""What real Synapses did with values of each option, and what follows for other values.

- A *treatment* is what one release does with the values of one option.
- An *outcome* is what it did with one value: it refuses to start, or some attributes of its
  configuration change.
- A value of the *spread* was tried: see `SPREAD`. Other values are treated like those of the spread
  that they resemble, if these all have the same outcome.
- An option *needs* others if it is read only beside them, or if it is refused without them.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from snippets.configuration.duration import BadDuration, parse_duration
from snippets.configuration.server_name import BadServerName, parse_server_name
from snippets.configuration.size import BadSize, parse_size
from snippets.shared.history import options_of, read_history
from snippets.shared.release import parse_release

FILE = Path(__file__).with_name("treated.json")
LONGEST_TRIED = 30  # characters
# These are looked up with True instead of None, and are no switches.
NO_SWITCHES = {"email.client_base_url", "worker_name"}
AS_WRITTEN = "="  # an attribute of the configuration is the value of the file itself
LEFT_OUT = {"left": "out"}  # in `needs`: the file must not have this option
# Every file in which options were tried has these, if it is not noted otherwise.
ALWAYS = dict.fromkeys(
    ("server_name", "suppress_key_server_warning", "macaroon_secret_key", "form_secret",
     "signing_key"), True,
)  # fmt: skip
ALIKE = 60  # errors that begin alike are of one kind; their ends name the value
# Its words are not all: the file itself can add some.
OWN_WORDS = {"user_types.default_user_type"}


class Shape(Enum):
    """What an option accepts, in words for readers."""

    DURATION = "duration"
    SIZE = "size"
    WHOLE = "whole number"
    NUMBER = "number"
    SWITCH = "true or false"
    WORD = "one of some words"
    TEXT = "text"
    LIST = "list"
    MAPPING = "mapping"
    ANY = "anything"


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


@dataclass(frozen=True)
class Treatment:
    """What one release does with the values of one option."""

    option: str
    release: str
    default: Any
    recorded: Mapping[str, Any]  # its entry in the recording
    newer: "Treatment | None" = None  # of the next release that was run, if this one was not

    @cached_property
    def bare(self) -> Outcomes | None:
        """The outcomes in a file with nothing else that is not required."""
        return _outcomes(self.recorded, "bare")

    @cached_property
    def there(self) -> Outcomes | None:
        """The outcomes in a file with what it needs."""
        return _outcomes(self.recorded, "there")

    @property
    def was_run(self) -> bool:
        """Whether the recording is of this release, and not of the one before it."""
        runs = _recorded()["releases"]
        return parse_release(self.release) in map(parse_release, runs)

    @property
    def needs(self) -> Mapping[str, Any]:
        """The rest of that file."""
        needs: Mapping[str, Any] = self.recorded.get("needs", {})
        return needs

    @property
    def words(self) -> Sequence[str]:
        """The words that it takes of those that were tried, if it takes nothing else."""
        words: Sequence[str] = self.recorded.get("words", ())
        return words

    @property
    def has_every_word(self) -> bool:
        """Whether no other word is taken. If only one is known, others may need something."""
        return len(self.words) > 1 and self.option not in OWN_WORDS

    @cached_property
    def shape(self) -> Shape:
        """What it accepts, from the outcomes."""
        return _shape(self)

    @cached_property
    def beside(self) -> Mapping[str, Any]:
        """What it needs, without the option itself."""
        needs: Mapping[str, Any] = _without(self.needs, self.option.split("."))
        return needs

    @property
    def outcomes(self) -> Outcomes:
        """The outcomes in the file in which the value matters most."""
        outcomes = self.bare if self.there is None else self.there
        assert outcomes is not None
        return outcomes

    def outcome(self, value: Any, config: Mapping[str, Any]) -> Outcome | None:
        """The outcome of a value in a file; None if it is not known.

        Between two releases that were run, it is known where both do the same.
        """
        one = self._in_file(value, config)
        if one and self.newer and not (isinstance(value, str) and self._reads(value) is not None):
            other = self.newer._in_file(value, config)
            return one if other and other.resembles(one) else None
        return one

    def _in_file(self, value: Any, config: Mapping[str, Any]) -> Outcome | None:
        """The recorded outcome. Where only a part of what the option needs is there, only a refusal
        that does not depend on it is known; and one that names other options only where these are
        as they were tried.
        """
        if self.there is None or self.bare is None:
            return self._where(self.outcomes, value, config)
        met = list(_met(config, self.beside))
        if all(is_met for _, is_met in met):
            return self._where(self.there, value, config)
        bare, there = self._one(self.bare, value), self._one(self.there, value)
        if not (bare and there and bare.error and there.error) and any(
            need and is_met for need, is_met in met
        ):
            return None
        return self._where(self.bare, value, config)

    def _where(self, outcomes: Outcomes, value: Any, config: Mapping[str, Any]) -> Outcome | None:
        """One of the recorded outcomes, if its error names no option that is otherwise here."""
        outcome = self._one(outcomes, value)
        needs = {**ALWAYS, **(self.needs if outcomes is self.there else {})}
        for name in self._others(outcome):
            tried = _part(needs, name)
            if bool(_part(config, name)) != bool(tried and tried != LEFT_OUT):
                return None
        return outcome

    def _others(self, outcome: Outcome | None) -> set[str]:
        """The other options that its error names: at the top level, and beside this one."""
        error, section = (outcome and outcome.error) or "", self.option.rpartition(".")[0]
        named = set(_NAME.findall(error))
        for name in (*named, *_QUOTED.findall(error)):
            named |= {f"{section}.{name}", f"{section}.{name}_enabled"}
        return _plain(self.release) & named - {self.option, self.option.partition(".")[0]}

    def _one(self, outcomes: Outcomes, value: Any) -> Outcome | None:
        if (tried := _same(value)) is not None:
            return outcomes[tried]
        if isinstance(value, str) and value:
            if (reads := self._reads(value)) is not None:
                if not reads and self.option == "server_name" and ":" not in value:
                    return outcomes["a_file"]  # its error is about the form, not the port
                return _any(outcomes, _TEXTS, refused=not reads)
            if value in self.words:
                return READ
            if self.has_every_word:
                return _any(outcomes, _TEXTS, refused=True)
            if any(_OF_A_MACHINE.search(outcomes[text].error or "") for text in _TEXTS):
                return None
            if (one := outcomes.get(_form(value))) and not one.error:
                return one
        alike = [outcomes[text] for text in _resembling(value)]
        if not alike or not all(other.resembles(alike[0]) for other in alike):
            return None
        if alike[0].error and not self._others(alike[0]) and _refuses_content(self.outcomes, value):
            return None
        return alike[0]

    def _reads(self, text: str) -> bool | None:
        """Whether a text can be read as what the option accepts; None if that is not known."""
        readers = {Shape.DURATION: parse_duration, Shape.SIZE: parse_size}
        try:
            if self.option == "server_name":
                parse_server_name(text)
            elif self.shape in readers:
                readers[self.shape](text, release=self.release)
            else:
                return None
        except (BadDuration, BadServerName, BadSize):
            return False
        return True


# Errors that depend on what is installed, or on files: another text may be right.
_OF_A_MACHINE = re.compile(
    "accessing file|No such file|not exist|irectory|[Mm]odule|[Tt]emplate|glob|reading signing_key"
)


# -- Values that resemble each other --


@cache
def spread() -> dict[str, Any]:
    """The values that were tried, by their text in a file."""
    return {text: yaml.safe_load(text) for text in _recorded()["values"]}


_TEXTS = (
    "'false'", "'true'", "10m", "1h30m", "50M", "'10'", "text", "https://one.example",
    "one.example", "'@one:example.com'", "'#one:example.com'", "127.0.0.0/8", "a_file",
)  # fmt: skip


_NUMBERS = ("1", "10:00", "100000")


@cache
def _by_repr() -> dict[str, str]:
    return {repr(value): text for text, value in spread().items()}


def _same(value: Any) -> str | None:
    """The text of a value of the spread that equals the value, in type too."""
    if isinstance(value, list | dict) and len(value) > 1:
        return None
    if isinstance(value, str) and len(value) > LONGEST_TRIED:
        return None
    return _by_repr().get(repr(value))


_FORMS = {
    r"[a-z]+": "text",
    r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]+": "one.example",
    r"https?://[a-z0-9.-]+(/[a-z0-9._/-]*)?": "https://one.example",
    r"@[a-z0-9._-]+:[a-z0-9.-]+": "'@one:example.com'",
    r"#[a-z0-9._-]+:[a-z0-9.-]+": "'#one:example.com'",
}


def _form(text: str) -> str:
    """The text of the spread that has the same form, such as an address; "" if there is none."""
    return next((tried for form, tried in _FORMS.items() if re.fullmatch(form, text)), "")


def _resembling(value: Any) -> Iterable[str]:
    """The values of the spread that a value resembles, and does not equal."""
    if isinstance(value, int):
        return _NUMBERS if value > 0 else ("-1",)
    if isinstance(value, float):
        return ("1.5",)
    if isinstance(value, str):
        return _TEXTS
    if isinstance(value, list):
        return _lists(value)
    if isinstance(value, dict):
        return _mappings(value)
    return ()


def _lists(value: list[Any]) -> Iterator[str]:
    if any(isinstance(item, bool) for item in value):
        return  # none was tried
    for item in value:
        if isinstance(item, str):
            yield from (text for text in spread() if _is_list_of(spread()[text], str))
        elif isinstance(item, int | float):
            yield "[1]"
        elif isinstance(item, list):
            yield "[[]]"
        elif isinstance(item, dict):
            yield "[{}]"
        elif item is None:
            yield "[null]"


def _is_list_of(value: Any, kind: type) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], kind)


def _mappings(value: dict[Any, Any]) -> Iterator[str]:
    for name, part in value.items():
        if not isinstance(name, str):
            yield "{1: text}"
        elif isinstance(part, str):
            yield "{text: text}"
        elif isinstance(part, int | float):
            yield "{text: 1}"
        elif part is None:
            yield "{text: null}"
        else:
            yield "{text: {}}"


def _refuses_content(outcomes: Outcomes, value: Any) -> bool:
    """Whether values like this one may be refused for what they say, and not for their kind.

    So it may be if nothing was accepted that says something, or only some of the numbers; but not
    if all is refused that is not empty, with one error, as of an option that was removed.
    """
    errors = {one.error[:ALIKE] for one in outcomes.values() if one.error}
    empty = all(bool(one.error) == bool(spread()[text]) for text, one in outcomes.items())
    if empty and len(errors) == 1:
        return False
    accepted = any(_says(spread()[text]) and not one.error for text, one in outcomes.items())
    numbers = {bool(outcomes[text].error) for text in _NUMBERS}
    return not accepted or (len(numbers) > 1 and not isinstance(value, list | dict))


def _says(value: Any) -> bool:
    """Whether a value is not empty, and holds something that is not."""
    parts = list(value.values()) if isinstance(value, dict) else value
    return any(map(_says, parts)) if isinstance(parts, list) else bool(value)


def _any(outcomes: Outcomes, texts: Iterable[str], *, refused: bool) -> Outcome | None:
    found = (outcomes[text] for text in texts)
    return next((one for one in found if bool(one.error) == refused), None)


def _met(config: Mapping[str, Any], needs: Mapping[str, Any]) -> Iterator[tuple[Any, bool]]:
    """Each part of what an option needs, and whether a file has it."""
    for name, need in needs.items():
        there = config.get(name)
        if need == LEFT_OUT:
            yield need, name not in config
        elif isinstance(need, Mapping) and need and isinstance(there, Mapping):
            yield from _met(there, need)
        else:
            yield need, bool(there) == need if isinstance(need, bool) else name in config


# In an error: what can be the name of an option.
_NAME = re.compile(r"\b[a-z][a-z0-9]*_[a-z0-9_]+\b")
_QUOTED = re.compile(r"[`'.]([a-z][a-z0-9_]*)\b")


@cache
def _plain(release: str) -> set[str]:
    """The options that are not in a list."""
    return {option for option in options_of(read_history(), release) if "*" not in option}


def _part(config: Any, option: str) -> Any:
    """The value of an option in a file, if it is there."""
    for name in option.split("."):
        config = config.get(name) if isinstance(config, Mapping) else None
    return config


# -- What an option accepts --


def _shape(treatment: Treatment) -> Shape:
    """Inferred from what is refused, and from the default."""
    outcomes, default = treatment.outcomes, treatment.default

    def reads(*texts: str) -> bool:
        return not any(outcomes[text].error for text in texts)

    def refuses(*texts: str) -> bool:
        return all(outcomes[text].error for text in texts)

    if reads("10m", "10:00") and refuses("1h30m", "text", "1.5"):
        return Shape.DURATION
    if reads("50M", "10:00") and refuses("10m", "text", "1.5"):
        return Shape.SIZE
    if treatment.words and refuses("text"):
        return Shape.WORD
    if reads("10:00") and refuses("text", "[text]", "{}"):
        return Shape.NUMBER if reads("1.5") and default != 0 and not _cut(outcomes) else Shape.WHOLE
    if treatment.option in NO_SWITCHES:
        return Shape.TEXT
    if (reads("true", "false") and refuses("text", "10:00")) or isinstance(default, bool):
        return Shape.SWITCH
    if (reads("text") and refuses("10:00", "[]", "{}")) or isinstance(default, str):
        return Shape.TEXT
    if not refuses(*_TEXTS) and refuses("10:00", "[text]", "{text: text}"):
        return Shape.TEXT
    if (reads("[]") and refuses("10:00", "{}")) or isinstance(default, list):
        return Shape.LIST
    same = outcomes["text"] == outcomes["{text: text}"]  # then it is not about the value
    if reads("{}") and refuses("10:00", "text", "[text]") and not same:
        return Shape.MAPPING
    if isinstance(default, int):
        return Shape.WHOLE
    if isinstance(default, float):
        return Shape.NUMBER
    return Shape.ANY


def _cut(outcomes: Outcomes) -> bool:
    """Whether a fraction is read as a whole number."""
    return "1" in outcomes["1.5"].changed.values()


# -- The recording --


@cache
def _recorded() -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return recorded


@cache
def treatments(release: str) -> dict[str, Treatment]:
    """The treatments of a release, by the option's name.

    For a release that was not run, those of the one before it, with those of the one after it.
    """
    recorded, defaults = _recorded(), options_of(read_history(), release)
    runs: list[str] = recorded["releases"]
    older = [run for run in runs if parse_release(run) <= parse_release(release)] or runs[:1]
    newer = runs[: len(older) + 1] if parse_release(older[-1]) < parse_release(release) else []
    result = {}
    for option, entries in recorded["options"].items():
        if option in defaults:
            default = defaults[option]
            later = _treatment(option, release, default, entries, newer)
            if found := _treatment(option, release, default, entries, older, later) or later:
                result[option] = found
    return result


def _treatment(
    option: str, release: str, default: Any, entries: Mapping[str, Any], runs: list[str],
    newer: Treatment | None = None,
) -> Treatment | None:  # fmt: skip
    entry = None
    for run in runs:
        entry = entries.get(run, entry)
    return Treatment(option, release, default, entry, newer) if entry else None


def _outcomes(entry: Mapping[str, Any], where: str) -> Outcomes | None:
    if where not in entry:
        return None
    recorded, attributes = _recorded(), entry["attributes"]
    result = {}
    for text, number in zip(recorded["values"], recorded["profiles"][entry[where]], strict=True):
        error, changed, warnings = recorded["outcomes"][number]
        named = {attributes[int(n)]: to for n, to in changed.items()}
        result[text] = Outcome(error, named, warnings)
    return result


def _without(needs: Any, place: Sequence[str]) -> Any:
    """What an option needs, without itself."""
    if not isinstance(needs, dict) or place[0] not in needs:
        return needs
    rest = {name: need for name, need in needs.items() if name != place[0]}
    return rest | {place[0]: _without(needs[place[0]], place[1:])} if place[1:] else rest
