"""A real Caddy, with certificates of its own authority."""

import re
from pathlib import Path

from tests.real.program import Program
from tests.real.proxy import Place, Rewrite

NAME, PACKAGE = "caddy", "caddy"


PROGRAM = Program("Caddy", PACKAGE, ("caddy",))
executable = PROGRAM.executable
install = PROGRAM.install


def version() -> str:
    """What it says it is."""
    return f"Caddy {PROGRAM.says('version').split()[0]}"


def rewrites(place: Place) -> list[Rewrite]:
    """Every place of a printed configuration that a test must change."""
    return [
        (r"^(?P<name>[\w.]+)(:(?P<port>\d+))? \{$", lambda match: _site(place, match)),
        *place.to_backend(),
    ]


def _site(place: Place, match: re.Match[str]) -> str:
    port = place.ports[int(match["port"] or 443)]
    return f"{match['name']}:{port} {{"


def around(place: Place, text: str) -> dict[str, str]:
    """The options of the whole file stand above it."""
    return {
        "Caddyfile": "{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n"
        "\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n"
        f"\thttps_port {place.ports[443]}\n\tstorage file_system {place.home}/storage\n}}\n{text}"
    }


def command(home: Path) -> list[str]:
    """Starts it in the foreground."""
    return [executable(), "run", "--adapter", "caddyfile", "--config", "Caddyfile"]
