"""What is wrong with the value of one option, and what Synapse does with it."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from snippets.configuration.duration import BadDuration, format_duration, parse_duration
from snippets.configuration.federation import LONGEST_INTERVAL_MS
from snippets.configuration.options import Kind, Option

NO_START = "Synapse does not start"
_UNENDING = "it never counts down to 0, so attempts continue for hours or for ever"
_DOES_NOT_GROW = "from the second failure on the wait cannot be computed and does not grow"


class Finding(NamedTuple):
    """The code of what is wrong, what is wrong, what Synapse does, and what to write."""

    code: str  # one of `codes.CODES`
    wrong: str
    effective: str
    advice: str


@dataclass(frozen=True)
class Value:
    """A value as read from YAML, and its text in the file unless it is a list or a mapping."""

    read: Any
    text: str | None
    quote: str = ""
    secret: bool = False

    @property
    def shown(self) -> str:
        """The value for a message."""
        if self.secret and self.read is not None:
            return "its value"
        if self.text is None:
            return "a list" if isinstance(self.read, list) else "a mapping"
        if self.read is None:
            return f"`{self.text}` (nothing)" if self.text else "nothing"
        return f"`{self.quote}{clipped(self.text)}{self.quote}`"


def clipped(text: str, longest: int = 40) -> str:
    """The text, cut to a length that fits into a message."""
    return text if len(text) <= longest else text[:longest] + "…"


def shown_ms(ms: int) -> str:
    """A number of ms that fits into a message, and how to write it."""
    if abs(ms) > LONGEST_INTERVAL_MS:
        return f"{_beyond(ms)} ms"
    short = format_duration(ms)
    return f"{ms} ms" if short == str(ms) else f"{ms} ms ({short})"


def wrong_with(option: Option, value: Value, release: str) -> Iterator[Finding]:
    """The first thing that is wrong with the value, if any. Paths are not checked."""
    if option.kind is Kind.DURATION:
        yield from _duration(option, value, release)
    elif option.kind is Kind.COUNT:
        yield from _count(option, value)
    elif option.kind is Kind.NUMBER:
        yield from _multiplier(option, value)
    elif option.kind is Kind.BOOLEAN and not isinstance(value.read, bool):
        kind = (
            "text, not true or false" if isinstance(value.read, str) else "neither true nor false"
        )
        effect = f"Synapse reads it as {str(bool(value.read)).lower()}"
        yield Finding("not-true-or-false", f"{value.shown} is {kind}", effect, _advice(option))


def _duration(option: Option, value: Value, release: str) -> Iterator[Finding]:
    try:
        ms = parse_duration(value.read, release=release)
    except BadDuration:
        wrong = f"{value.shown} is not a duration"
        yield Finding("not-a-duration", wrong, NO_START, _meant(option, value))
        return
    effect = f"Synapse uses {shown_ms(ms)}"
    if how := misread(value):
        yield Finding("misread-number", f"{value.shown} {how}", effect, _advice(option))
    elif ms <= 0:
        if option.name == "destination_min_retry_interval":
            effect += ": no destination is ever left alone"
        yield Finding("not-above-zero", f"{value.shown} is not above 0", effect, _advice(option))
    elif ms < 1000 and re.fullmatch(r"\d+", value.text or ""):
        advice = f"write {ms}s for seconds, {ms}m for minutes; {option.default} is the default"
        wrong = f"{value.shown} has no letter, so it is milliseconds"
        yield Finding("missing-unit", wrong, effect, advice)
    elif ms > LONGEST_INTERVAL_MS:
        if option.name == "destination_max_retry_interval":
            effect = "Synapse uses 2**62 ms"
        wrong = f"{value.shown} is longer than 2**62 ms"
        yield Finding("too-long", wrong, effect, _advice(option))


def _count(option: Option, value: Value) -> Iterator[Finding]:
    read, effect = value.read, ""
    if isinstance(read, bool):
        effect = f"Synapse counts it as {int(read)}"
    elif isinstance(read, float):
        effect = _UNENDING
        if read.is_integer() and read >= 0:
            effect = f"Synapse counts it as {number(read)}"
    elif not isinstance(read, int):
        effect = "a request is not retried"
        if read:
            effect = "the first attempt that fails raises TypeError instead of its own error"
    if effect:
        wrong = f"{value.shown} is not a whole number"
        yield Finding("not-a-whole-number", wrong, effect, _advice(option))
    elif read < 0:
        effect = _UNENDING
        yield Finding("below-zero", f"{value.shown} is below 0", effect, _advice(option))
    elif how := misread(value):
        effect = f"Synapse reads {number(read)}"
        yield Finding("misread-number", f"{value.shown} {how}", effect, _advice(option))


def _multiplier(option: Option, value: Value) -> Iterator[Finding]:
    read, code = value.read, "not-a-number"
    if isinstance(read, bool):
        wrong, effect = "is not a number", f"Synapse multiplies by {int(read)}"
    elif not isinstance(read, int | float):
        wrong, effect = "is not a number", _DOES_NOT_GROW
    elif isinstance(read, float) and not math.isfinite(read):
        wrong, effect = "is not a number to multiply by", _DOES_NOT_GROW
    elif how := misread(value):
        code, wrong, effect = "misread-number", how, f"Synapse reads {number(read)}"
    elif read <= 1:
        code, wrong, effect = "not-above-one", "is not above 1", _grows(read)
    else:
        return
    yield Finding(code, f"{value.shown} {wrong}", effect, _advice(option))


def _grows(multiplier: float) -> str:
    """How the waits grow: Synapse also multiplies by a random number from 0.8 to 1.4."""
    if multiplier <= 0:
        return "every second wait is 0 ms or less, so the destination is not left alone"
    least, mean, most = (f"{jitter * multiplier:.3g}" for jitter in (0.8, 1.1, 1.4))
    return f"each wait is {least} to {most} times the last one, on average {mean}, by its jitter"


def number(read: float) -> str:
    """A number that fits into a message."""
    return str(read) if abs(read) <= LONGEST_INTERVAL_MS else _beyond(read)


def _beyond(read: float) -> str:
    return "more than 2**62" if read > 0 else "less than -2**62"


def misread(value: Value) -> str | None:
    """How a number is read, if that is not obvious."""
    text = (value.text or "").strip().lstrip("+-").lower()
    if isinstance(value.read, str):
        text = text.rstrip("smhdwy")
    if re.fullmatch(r"(0|[1-9][0-9]*)?(\.[0-9]*)?(e[+-]?[0-9]+)?", text, re.ASCII):
        return None
    if ":" in text:
        return "is a number to base 60 in YAML 1.1"
    if re.fullmatch(r"0[0-7_]+", text, re.ASCII) and not isinstance(value.read, str):
        return "is a number to base 8 in YAML 1.1"
    if re.match(r"0[bx]", text):
        return f"is a number to base {16 if text[1] == 'x' else 2}"
    return "is accepted although it is not a plain number"


_PIECE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|[smhdw])[a-z]*", re.IGNORECASE)


def _meant(option: Option, value: Value) -> str:
    """What to write instead of `1h30m`, `1.5h` or `10 min`."""
    text = value.text or ""
    pieces = _PIECE.findall(text) if len(text) <= 40 else []
    if not pieces or _PIECE.sub("", text).strip():
        return _advice(option)
    ms = sum(
        float(count) * (1 if unit.lower() == "ms" else parse_duration("1" + unit.lower()))
        for count, unit in pieces
    )
    return f"write {format_duration(round(ms))}"


_FORMS = {
    Kind.DURATION: "a whole number and one of s, m, h, d, w, y",
    Kind.COUNT: "a whole number, 0 or more",
    Kind.NUMBER: "a number above 1",
    Kind.BOOLEAN: "true or false, without quotes",
}


def _advice(option: Option) -> str:
    return f"write {_FORMS[option.kind]}; {option.default} is the default"
