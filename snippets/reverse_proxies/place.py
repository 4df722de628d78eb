"""A host and a port, as in server names, addresses and delegation files."""

import re
from dataclasses import dataclass

FEDERATION_PORT = 8448  # the default for servers

_PLACE = re.compile(r"(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(:(?P<port>\d{1,5}))?")


@dataclass(frozen=True)
class Place:
    """A host and a port; `explicit` is whether the port was given, or is the default."""

    host: str
    port: int
    explicit: bool = True


def place(text: object, usual: int) -> Place | None:
    """Parses a host and an optional port; None if the text is neither."""
    match = _PLACE.fullmatch(text) if isinstance(text, str) and text.isascii() else None
    port = int(match["port"] or usual) if match else 0
    if not match or not 0 < port < 65536:
        return None
    return Place(match["host"].strip("[]"), port, match["port"] is not None)
