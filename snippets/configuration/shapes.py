"""What an option accepts, inferred from what real Synapses did with its values."""

from collections.abc import Sequence
from enum import Enum
from typing import Any

from snippets.configuration.outcomes import Outcomes
from snippets.configuration.resembling import TEXTS

# These are looked up with True instead of None, and are no switches.
NO_SWITCHES = {"email.client_base_url", "worker_name"}


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


def shape_of(option: str, outcomes: Outcomes, default: Any, words: Sequence[str]) -> Shape:
    """Inferred from what is refused, from the default, and from the words that are taken."""

    def reads(*texts: str) -> bool:
        return not any(outcomes[text].error for text in texts)

    def refuses(*texts: str) -> bool:
        return all(outcomes[text].error for text in texts)

    if reads("10m", "10:00") and refuses("1h30m", "text", "1.5"):
        return Shape.DURATION
    if reads("50M", "10:00") and refuses("10m", "text", "1.5"):
        return Shape.SIZE
    if words and refuses("text"):
        return Shape.WORD
    if reads("10:00") and refuses("text", "[text]", "{}"):
        return Shape.NUMBER if reads("1.5") and default != 0 and not _cut(outcomes) else Shape.WHOLE
    if option in NO_SWITCHES:
        return Shape.TEXT
    if (reads("true", "false") and refuses("text", "10:00")) or isinstance(default, bool):
        return Shape.SWITCH
    if (reads("text") and refuses("10:00", "[]", "{}")) or isinstance(default, str):
        return Shape.TEXT
    if not refuses(*TEXTS) and refuses("10:00", "[text]", "{text: text}"):
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
