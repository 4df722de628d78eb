"""Which homeserver answers, by its own account."""

from dataclasses import dataclass
from urllib.parse import quote

from snippets.reverse_proxies.answer import Answer
from snippets.reverse_proxies.asking import Asking
from snippets.reverse_proxies.place import FEDERATION_PORT, place

VERSION = "/_matrix/federation/v1/version"
KEYS = "/_matrix/key/v2/server"


@dataclass(frozen=True)
class Homeserver:
    """A homeserver: its name, as in user IDs, and its software; empty if it does not say."""

    name: str
    software: str
    version: Answer
    keys: Answer


def homeserver(ask: Asking) -> Homeserver:
    """Asks a server for its name and software, in two requests."""
    version, keys = ask(VERSION), ask(KEYS)
    says = version.value("server")
    says = says if isinstance(says, dict) else {}
    software = f"{says.get('name', '')} {says.get('version', '')}".strip()
    name = keys.value("server_name")
    named = isinstance(keys.value("verify_keys"), dict) and place(name, FEDERATION_PORT)
    return Homeserver(name if named else "", software[:60], version, keys)


def escaped(text: str) -> str:
    """The text, escaped as one segment of a path."""
    return quote(text, safe="", errors="replace")
