"""What is wrong with the values of a file, by what real Synapses did with such values."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import yaml

from snippets.configuration.codes import CODES, Severity
from snippets.configuration.options import FEDERATION, TOP_LEVEL
from snippets.configuration.outcomes import AS_WRITTEN, Outcome
from snippets.configuration.shapes import Shape
from snippets.configuration.treatment import LEFT_OUT, Treatment, treatments
from snippets.configuration.values import NO_START, Finding, Value, misread, shown_ms
from snippets.shared.document import Pair
from snippets.shared.history import options_of, read_history

# Below this, a number without a letter is hardly meant as milliseconds or bytes.
SMALL = 1000
# These have checks of their own.
OWN_CHECKS = {"federation", *(one.path for one in (*FEDERATION.values(), *TOP_LEVEL.values()))}
# Words that mean more than true or false.
NO_SWITCH = [("password_config.enabled", "only_for_reauth"), ("presence.enabled", "untracked")]
# What is refused in these, `listeners.py` and `workers.py` know better.
OF_PROCESSES = {
    "listeners", "worker_listeners", "instance_map", "stream_writers", "worker_app",
    "outbound_federation_restricted_to",
}  # fmt: skip
# What is wrong is not the value.
OF_NAMES = {"missing-option", "unused-option"}


class Wrong(NamedTuple):
    """A finding and its place."""

    option: str
    key_node: yaml.Node
    value_node: yaml.Node
    finding: Finding

    @property
    def by_name(self) -> bool:
        """Whether the value must not be shown, or does not matter."""
        return self.finding.code in OF_NAMES or is_secret(self.option)


class Reader:
    """Looks at the values of one file, each once, however many aliases lead to it.

    `config` is the whole configuration, of all files.
    """

    def __init__(self, config: Mapping[str, Any], release: str) -> None:
        self._config, self._tree = config, _tree(release)
        self._done: set[tuple[int, int]] = set()
        self._said: set[str] = set()
        self.unknown: list[str] = []  # options of which it is not known what their value does

    def wrong(self, pair: Pair) -> Iterator[Wrong]:
        """The findings for a top-level pair, and for what is below it."""
        for wrong in self._wrong(self._tree, str(pair.key), pair):
            refused = CODES[wrong.finding.code].severity is Severity.ERROR
            if not (refused and pair.key in OF_PROCESSES):
                yield wrong

    def _wrong(self, tree: "_Tree", option: str, pair: Pair) -> Iterator[Wrong]:
        below = tree.below.get(option.rpartition(".")[2], tree.below.get("*"))
        if below is None or (id(pair.value_node), id(below)) in self._done:
            return
        self._done.add((id(pair.value_node), id(below)))
        found, section = False, option.rpartition(".")[0]
        if option not in OWN_CHECKS and not _is_section(below, pair.value):
            outcome = below.treatment and below.treatment.outcome(pair.value, self._config)
            if below.treatment and outcome:
                for finding in judged(below.treatment, _value(option, pair), outcome):
                    found = True
                    if section and section in finding.effective:  # the error is about all of it
                        if finding.effective in self._said:
                            continue
                        self._said.add(finding.effective)
                    yield Wrong(option, pair.key_node, pair.value_node, finding)
            else:
                self.unknown.append(option)
        for inner in () if found else _inside(pair):
            yield from self._wrong(below, f"{option}.{inner.key}", inner)


def _is_section(tree: "_Tree", value: Any) -> bool:
    """Whether the value has known options below it, which are looked at one by one."""
    if isinstance(value, dict) and any(name != "*" and name in value for name in tree.below):
        return True
    parts = value.values() if isinstance(value, dict) else value
    any_name = tree.below.get("*")
    return (
        any_name is not None
        and isinstance(parts, Iterable)
        and any(_is_section(any_name, part) for part in parts)
    )


def _inside(pair: Pair) -> Iterator[Pair]:
    """The pairs of a mapping, or the items of a list, numbered."""
    value, node = pair.value, pair.value_node
    if isinstance(value, dict) and isinstance(node, yaml.MappingNode):
        for key, part in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in value:
                yield Pair(key.value, value[key.value], key, part)
    elif isinstance(value, list) and isinstance(node, yaml.SequenceNode):
        for number, (item, part) in enumerate(zip(value, node.value, strict=False)):
            yield Pair(number, item, part, part)


class _Tree:
    """The treatments by the parts of their names."""

    def __init__(self) -> None:
        self.below: dict[str, _Tree] = {}
        self.treatment: Treatment | None = None


@cache
def _tree(release: str) -> _Tree:
    root, known = _Tree(), treatments(release)
    for option in options_of(read_history(), release):
        node = root
        for part in option.split("."):
            node = node.below.setdefault(part, _Tree())
        node.treatment = known.get(option)
    return root


def is_secret(option: str) -> bool:
    """Whether the option's value must not be shown."""
    return bool(_SECRET.search(option))


# The ends of the names of options with secrets, and the arguments of a database's driver.
_SECRET = re.compile(
    r"(secret|password|passphrase|pass|pepper|dsn|key|token|salt)$|\.args\b|\bjwk\b|\bkeys\b"
)


def _value(option: str, pair: Pair) -> Value:
    node, secret = pair.value_node, is_secret(option)
    if not isinstance(node, yaml.ScalarNode):
        return Value(pair.value, None, secret=secret)
    quote = node.style if node.style in ("'", '"') else ""
    return Value(pair.value, node.value, quote, secret)


# -- One value --


def judged(treatment: Treatment, value: Value, outcome: Outcome) -> Iterator[Finding]:
    """The first thing that is wrong with a value, from its outcome."""
    if outcome.error:
        yield _refused(treatment, value, outcome)
    elif outcome.warnings:
        text = outcome.warnings[0]
        effect = f"Synapse starts and warns: {text}"
        yield Finding("warned-value", f"{value.shown} is warned of", effect, _write(treatment))
    elif _does_nothing(treatment, value, outcome):
        beside = _names(treatment.beside)
        wrong = f"does nothing without {beside}"
        effect = "Synapse starts, and no setting changes"
        yield Finding("unused-option", wrong, effect, f"write {beside} too, or remove the line")
    else:
        yield from _taken_otherwise(treatment, value, outcome)


def _does_nothing(treatment: Treatment, value: Value, outcome: Outcome) -> bool:
    if outcome.changed or value.read in (None, False, "", [], {}):
        return False
    would = treatment.with_needs(value.read)
    return bool(would and would.changed and not would.error)


def _refused(treatment: Treatment, value: Value, outcome: Outcome) -> Finding:
    effect = NO_START
    if treatment.was_run:  # another release may say it in other words
        effect += f": {(outcome.error or '').replace('VALUE', 'the value')}"
    would = treatment.with_needs(value.read)
    if would and not would.error:
        beside = _names(treatment.beside)
        wrong = f"is refused without {beside}"
        return Finding("missing-option", wrong, effect, f"write {beside} too")
    code, wrong = {
        Shape.DURATION: ("not-a-duration", "is not a duration"),
        Shape.SIZE: ("not-a-size", "is not a size"),
        Shape.WORD: ("unknown-word", "is not a word that it takes"),
    }.get(treatment.shape, ("refused-value", "is refused"))
    return Finding(code, f"{value.shown} {wrong}", effect, _write(treatment, value.read))


def _taken_otherwise(treatment: Treatment, value: Value, outcome: Outcome) -> Iterator[Finding]:
    """What Synapse reads, if that is not what the file says."""
    read, shape = value.read, treatment.shape
    kept = AS_WRITTEN in outcome.changed.values()
    if shape in (Shape.DURATION, Shape.SIZE) and not isinstance(read, list | dict):
        yield from _without_unit(treatment, value)
    elif (treatment.option, read) in NO_SWITCH:
        return
    elif shape is Shape.SWITCH and not isinstance(read, bool) and read is not None:
        truth = _truth(treatment, value, outcome)
        wrong = "is text, not true or false" if isinstance(read, str) else "is not true or false"
        effect = f"Synapse reads it as {str(truth).lower()}"
        yield Finding("not-true-or-false", f"{value.shown} {wrong}", effect, _write(treatment))
    elif shape in (Shape.WHOLE, Shape.NUMBER) and not _is_number(read) and read is not None:
        effect = "Synapse keeps it unchecked" if kept else "Synapse starts"
        yield Finding("not-a-number", f"{value.shown} is not a number", effect, _write(treatment))
    elif shape is Shape.TEXT and kept and not isinstance(read, str) and read is not None:
        wrong = "is a number, not text" if _is_number(read) else "is not text"
        effect = "Synapse keeps it unchecked"
        yield Finding("not-text", f"{value.shown} {wrong}", effect, _write(treatment))
    elif shape in (Shape.WHOLE, Shape.NUMBER) and (how := misread(value)):
        if treatment.option.endswith(".mode") and "base 8" in how:
            return  # so the permissions of a file are written
        yield Finding("misread-number", f"{value.shown} {how}", f"Synapse reads {read}",
                      _write(treatment))  # fmt: skip


def _without_unit(treatment: Treatment, value: Value) -> Iterator[Finding]:
    if isinstance(value.read, str) or value.read is None:
        return
    duration = treatment.shape is Shape.DURATION
    effect = f"Synapse reads {shown_ms(value.read) if duration else f'{value.read} bytes'}"
    if how := misread(value):
        yield Finding("misread-number", f"{value.shown} {how}", effect, _write(treatment))
    elif 0 < value.read < SMALL:
        unit = "milliseconds" if duration else "bytes"
        wrong = f"{value.shown} has no letter, so it is {unit}"
        yield Finding("missing-unit", wrong, effect, _write(treatment))


def _truth(treatment: Treatment, value: Value, outcome: Outcome) -> bool:
    if not outcome.changed:
        return bool(treatment.default)
    read = set(outcome.changed.values()) & {"True", "False"}
    return read == {"True"} if len(read) == 1 else bool(value.read)


def _is_number(read: Any) -> bool:
    return isinstance(read, int | float) and not isinstance(read, bool)


_FORMS = {
    Shape.DURATION: "a whole number and one of s, m, h, d, w, y, such as 10m",
    Shape.SIZE: "a whole number and one of K, M, G, T, such as 50M",
    Shape.WHOLE: "a whole number",
    Shape.NUMBER: "a number",
    Shape.SWITCH: "true or false, without quotes",
    Shape.TEXT: "text, in quotes where it looks like a number",
    Shape.LIST: "a list: each item on its own line, after `- `",
    Shape.MAPPING: "a mapping: each option on its own line, indented",
}


def _write(treatment: Treatment, read: Any = None) -> str:
    """What to write instead of a value; of a value of the right kind, only the error knows."""
    kinds = {Shape.LIST: list, Shape.MAPPING: dict, Shape.TEXT: str}
    if isinstance(read, kinds.get(treatment.shape, ())) or treatment.shape is Shape.ANY:
        return "correct what the error names"
    if treatment.shape is Shape.WORD:
        *others, last = treatment.words
        return f"write {', '.join(others)} or {last}" if others else f"write {last}"
    return f"write {_FORMS[treatment.shape]}"


def _names(needs: Mapping[str, Any]) -> str:
    return " and ".join(f"`{name}`" for name in paths(needs)) or "others"


def paths(needs: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """The options that are needed, as names with dots."""
    for name, part in needs.items():
        if part == LEFT_OUT:
            continue
        if isinstance(part, dict) and part:
            yield from paths(part, f"{above}{name}.")
        else:
            yield f"{above}{name}"
