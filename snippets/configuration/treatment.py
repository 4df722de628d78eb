"""What real Synapses did with values of each option, and what follows for other values.

- A *treatment* is what one release does with the values of one option. Values that were not tried
  are treated like those that they resemble, if these all have the same outcome.
- An option *needs* others if it is read only beside them, or if it is refused without them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from snippets.configuration.duration import BadDuration, parse_duration
from snippets.configuration.outcomes import READ, Outcome, Outcomes, outcomes_of, recorded
from snippets.configuration.resembling import (
    TEXTS,
    refuses_content,
    resembling,
    same_form,
    same_value,
)
from snippets.configuration.server_name import BadServerName, parse_server_name
from snippets.configuration.shapes import Shape, shape_of
from snippets.configuration.size import BadSize, parse_size
from snippets.shared.history import options_of, read_history
from snippets.shared.release import parse_release

LEFT_OUT = {"left": "out"}  # in `needs`: the file must not have this option
# Every file in which options were tried has these, if it is not noted otherwise.
ALWAYS = dict.fromkeys(
    ("server_name", "suppress_key_server_warning", "macaroon_secret_key", "form_secret",
     "signing_key"), True,
)  # fmt: skip
# Its words are not all: the file itself can add some.
OWN_WORDS = {"user_types.default_user_type"}


@dataclass(frozen=True)
class Treatment:
    """What one release does with the values of one option."""

    option: str
    release: str
    default: Any
    entry: Mapping[str, Any]  # its entry in the recording
    newer: "Treatment | None" = None  # of the next release that was run, if this one was not

    @cached_property
    def bare(self) -> Outcomes | None:
        """The outcomes in a file with nothing else that is not required."""
        return outcomes_of(self.entry, "bare")

    @cached_property
    def there(self) -> Outcomes | None:
        """The outcomes in a file with what it needs."""
        return outcomes_of(self.entry, "there")

    @property
    def was_run(self) -> bool:
        """Whether the recording is of this release, and not of the one before it."""
        runs = recorded()["releases"]
        return parse_release(self.release) in map(parse_release, runs)

    @property
    def needs(self) -> Mapping[str, Any]:
        """The rest of that file."""
        needs: Mapping[str, Any] = self.entry.get("needs", {})
        return needs

    @property
    def words(self) -> Sequence[str]:
        """The words that it takes of those that were tried, if it takes nothing else."""
        words: Sequence[str] = self.entry.get("words", ())
        return words

    @property
    def has_every_word(self) -> bool:
        """Whether no other word is taken. If only one is known, others may need something."""
        return len(self.words) > 1 and self.option not in OWN_WORDS

    @cached_property
    def shape(self) -> Shape:
        """What it accepts, from the outcomes."""
        return shape_of(self.option, self.outcomes, self.default, self.words)

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

    def with_needs(self, value: Any) -> Outcome | None:
        """The outcome in a file with what the option needs; None if it needs nothing else."""
        return None if self.there is None else self._one(self.there, value)

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
        if (tried := same_value(value)) is not None:
            return outcomes[tried]
        if isinstance(value, str) and value:
            if (reads := self._reads(value)) is not None:
                if not reads and self.option == "server_name" and ":" not in value:
                    return outcomes["a_file"]  # its error is about the form, not the port
                return _any(outcomes, TEXTS, refused=not reads)
            if value in self.words:
                return READ
            if self.has_every_word:
                return _any(outcomes, TEXTS, refused=True)
            if any(_OF_A_MACHINE.search(outcomes[text].error or "") for text in TEXTS):
                return None
            if (one := outcomes.get(same_form(value))) and not one.error:
                return one
        alike = [outcomes[text] for text in resembling(value)]
        if not alike or not all(other.resembles(alike[0]) for other in alike):
            return None
        if alike[0].error and not self._others(alike[0]) and refuses_content(self.outcomes, value):
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


@cache
def treatments(release: str) -> dict[str, Treatment]:
    """The treatments of a release, by the option's name.

    For a release that was not run, those of the one before it, with those of the one after it.
    """
    content, defaults = recorded(), options_of(read_history(), release)
    runs: list[str] = content["releases"]
    older = [run for run in runs if parse_release(run) <= parse_release(release)] or runs[:1]
    newer = runs[: len(older) + 1] if parse_release(older[-1]) < parse_release(release) else []
    result = {}
    for option, entries in content["options"].items():
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


def _without(needs: Any, place: Sequence[str]) -> Any:
    """What an option needs, without itself."""
    if not isinstance(needs, dict) or place[0] not in needs:
        return needs
    rest = {name: need for name, need in needs.items() if name != place[0]}
    return rest | {place[0]: _without(needs[place[0]], place[1:])} if place[1:] else rest
