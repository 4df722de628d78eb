"""Durations, as Synapse reads them from its configuration file."""

from snippets.shared.release import NEWEST, parse_release

# --8<-- [start:units]
# A year is 365 days. Each suffix is one lower-case letter; there is none for milliseconds.
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
    """The duration in ms, as Synapse reads it.

    A whole number is milliseconds. A string is a whole number, with a suffix for its unit or
    without one for milliseconds. A whole number in a string is what Python's `int()` accepts: also
    with a sign, with spaces before it, with underscores between digits, in digits of any script.
    Negative and zero durations are accepted, whatever the option.

    Raises BadDuration if Synapse's start would end in a traceback. Before 1.124 spaces after the
    number were accepted (#18112).
    """
    if type(value) is int:  # not isinstance: True is an int to Python, but not to Synapse
        return value
    if not isinstance(value, str):
        raise BadDuration(f"{value!r} is not a duration: {_WRITE}")
    number, unit = value, 1
    if value[-1:] in UNITS_MS and value:
        number, unit = value[:-1], UNITS_MS[value[-1]]
    elif parse_release(release) >= (1, 124) and not value[-1:].isdigit():
        raise BadDuration(f"{value!r} is not a duration: {_WRITE}")
    try:
        return int(number) * unit
    except ValueError:
        raise BadDuration(f"{value!r} is not a duration: {_WRITE}") from None


_WRITE = "write a whole number and one of s, m, h, d, w, y, such as 90s or 7d"
# --8<-- [end:parse]


def format_duration(ms: int) -> str:
    """The duration as written in a configuration: `90s`, `7d`; without a letter below a second.

    It is exact: `parse_duration` returns the same number of ms.
    """
    for unit in "dhms":
        if ms and ms % UNITS_MS[unit] == 0:
            return f"{ms // UNITS_MS[unit]}{unit}"
    return str(ms)


def spoken(ms: float) -> str:
    """The duration in its two largest units, for people: `1m 30s`, `8h 20m`, `500ms`.

    Smaller units are left out. For a configuration use `format_duration`, which is exact.
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
