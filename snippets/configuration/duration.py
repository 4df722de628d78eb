"""Durations, as Synapse reads them from its configuration file."""

from snippets.shared.release import NEWEST, parse_release

# --8<-- [start:units]
# A year is 365 days. One letter, lower case; there is no suffix for milliseconds.
UNITS_MS = {
    "s": 1000,
    "m": 60 * 1000,
    "h": 60 * 60 * 1000,
    "d": 24 * 60 * 60 * 1000,
    "w": 7 * 24 * 60 * 60 * 1000,
    "y": 365 * 24 * 60 * 60 * 1000,
}


# --8<-- [end:units]
class BadDuration(ValueError):
    """A value that Synapse cannot read as a duration; the message says what to write instead."""


# --8<-- [start:parse]
def parse_duration(value: object, *, release: str = NEWEST) -> int:
    """The milliseconds that Synapse takes `value` for.

    A whole number is milliseconds. A text is a whole number with a suffix for its unit, or
    without one for milliseconds. What Python's `int()` accepts is a whole number here too:
    a sign, spaces before, underscores between digits, digits of any script. Nothing is
    checked against what an option can use: a negative or a zero duration is read.

    Raises BadDuration where Synapse's start ends in a traceback. Before `release` 1.124
    spaces after the number were accepted (#18112).
    """
    if type(value) is int:  # True is an int to Python, and not to Synapse
        return value
    if not isinstance(value, str):
        raise BadDuration(f"{value!r} is no duration: {_WRITE}")
    number, unit = value, 1
    if value[-1:] in UNITS_MS and value:
        number, unit = value[:-1], UNITS_MS[value[-1]]
    elif parse_release(release) >= (1, 124) and not value[-1:].isdigit():
        raise BadDuration(f"{value!r} is no duration: {_WRITE}")
    try:
        return int(number) * unit
    except ValueError:
        raise BadDuration(f"{value!r} is no duration: {_WRITE}") from None


_WRITE = "write a whole number and one of s, m, h, d, w, y, such as 90s or 7d"
# --8<-- [end:parse]


def format_duration(ms: int) -> str:
    """The duration as one would write it: `90s`, `7d`; without a letter below a second.

    It is exact: `parse_duration` reads it back.
    """
    for unit in "dhms":
        if ms and ms % UNITS_MS[unit] == 0:
            return f"{ms // UNITS_MS[unit]}{unit}"
    return str(ms)


def spoken(ms: float) -> str:
    """The duration in its two largest units, for people: `1m 30s`, `8h 20m`, `500ms`.

    What is smaller is left out, so no configuration can be written with it: `format_duration` can.
    """
    rest = round(ms)
    if abs(rest) < UNITS_MS["s"]:
        return f"{rest}ms" if rest else "0"
    parts = []
    for unit in "ydhms":
        if count := rest // UNITS_MS[unit]:
            parts.append(f"{count}{unit}")
            rest -= count * UNITS_MS[unit]
    return " ".join(parts[:2])
