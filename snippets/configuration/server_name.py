"""How Synapse reads the name of a server: a host, and perhaps a port."""

import re
from ipaddress import IPv6Address


class BadServerName(ValueError):
    """Not the name of a server."""


def parse_server_name(text: str) -> tuple[str, int | None]:
    """The host and the port. Raises BadServerName where Synapse refuses the name."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, ""
    try:
        number = int(port) if colon and host != text else None
        if host.startswith("["):
            IPv6Address(host.removeprefix("[").removesuffix("]"))
    except ValueError as error:
        raise BadServerName(text) from error
    if not re.fullmatch(r"[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*|\[[^]%]*\]", host):
        raise BadServerName(text)
    return host, number
