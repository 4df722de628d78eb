"""A real Caddy, with certificates from its own authority."""

import re
from pathlib import Path

from tests.real.program import Program
from tests.real.proxy import Place, Rewrite

NAME, PACKAGE = "caddy", "caddy"


PROGRAM = Program("Caddy", PACKAGE, ("caddy",))
executable = PROGRAM.executable
install = PROGRAM.install


def version() -> str:
    """The version that it reports."""
    return f"Caddy {PROGRAM.says('version').split()[0]}"


def rewrites(place: Place) -> list[Rewrite]:
    """The rewrites of a printed configuration for a test."""
    return [
        (r"^(?P<name>[\w.]+)(:(?P<port>\d+))? \{$", lambda match: _site(place, match)),
        *place.to_backend(),
    ]


def _site(place: Place, match: re.Match[str]) -> str:
    port = place.ports[int(match["port"] or 443)]
    return f"{match['name']}:{port} {{"


def around(place: Place, text: str) -> dict[str, str]:
    """The global options, followed by the file."""
    return {
        "Caddyfile": "{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n"
        "\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n"
        f"\thttps_port {place.ports[443]}\n\tstorage file_system {place.home}/storage\n}}\n{text}"
    }


def command(home: Path) -> list[str]:
    """The command that starts it in the foreground."""
    return [executable(), "run", "--adapter", "caddyfile", "--config", "Caddyfile"]
