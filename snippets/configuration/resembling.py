"""Which values of the spread another value resembles."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from snippets.configuration.outcomes import Outcomes, spread

LONGEST_TRIED = 30  # characters
ALIKE = 60  # errors that begin alike are of one kind; their ends name the value
TEXTS = (
    "'false'", "'true'", "10m", "1h30m", "50M", "'10'", "text", "https://one.example",
    "one.example", "'@one:example.com'", "'#one:example.com'", "127.0.0.0/8", "a_file",
)  # fmt: skip
_NUMBERS = ("1", "10:00", "100000")


@cache
def _by_repr() -> dict[str, str]:
    return {repr(value): text for text, value in spread().items()}


def same_value(value: Any) -> str | None:
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


def same_form(text: str) -> str:
    """The text of the spread that has the same form, such as an address; "" if there is none."""
    return next((tried for form, tried in _FORMS.items() if re.fullmatch(form, text)), "")


def resembling(value: Any) -> Iterable[str]:
    """The values of the spread that a value resembles, and does not equal."""
    if isinstance(value, int):
        return _NUMBERS if value > 0 else ("-1",)
    if isinstance(value, float):
        return ("1.5",)
    if isinstance(value, str):
        return TEXTS
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


def refuses_content(outcomes: Outcomes, value: Any) -> bool:
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
