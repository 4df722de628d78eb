"""Sizes in bytes, as Synapse reads them from its configuration file."""

from snippets.shared.release import NEWEST, parse_release

UNITS = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
GIGABYTES_SINCE = (1, 93)


class BadSize(ValueError):
    """A value that Synapse cannot read as a size; the message says what to write instead."""


def parse_size(value: object, *, release: str = NEWEST) -> int:
    """The size in bytes, as Synapse reads it.

    A whole number is bytes. A string is a whole number, with K, M, G or T for its unit or without
    one for bytes; G and T are read since 1.93. Raises BadSize if Synapse does not start.
    """
    if type(value) is int:  # not isinstance: True is an int to Python, but not to Synapse
        return value
    units = "KMGT" if parse_release(release) >= GIGABYTES_SINCE else "KM"
    if not isinstance(value, str) or not value:
        raise BadSize(f"{value!r} is not a size: {_write(units)}")
    number, unit = (value[:-1], UNITS[value[-1]]) if value[-1] in units else (value, 1)
    try:
        return int(number) * unit
    except ValueError:
        raise BadSize(f"{value!r} is not a size: {_write(units)}") from None


def _write(units: str) -> str:
    return f"write a whole number and one of {', '.join(units)}, such as 50M"
