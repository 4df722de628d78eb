"""A real HAProxy: with the printed file alone, or below what Debian's own haproxy.cfg has."""

import os
from pathlib import Path

from tests.real import apt
from tests.real.program import SYSTEM, Program
from tests.real.proxy import Place, Rewrite, rewritten

NAME, PACKAGE = "haproxy", "haproxy"
DEBIAN_PACKAGE = "haproxy"  # which has its configuration


PROGRAM = Program("HAProxy", PACKAGE, ("haproxy",), SYSTEM)
executable = PROGRAM.executable


def version() -> str:
    """What it says it is."""
    return " ".join(PROGRAM.says("-v").split()[:3]).replace(" version", "")


def install() -> None:
    """Installs the system's package unless it is there, and unpacks Debian's configuration."""
    PROGRAM.install()
    apt.unpacked(DEBIAN_PACKAGE)


def rewrites(place: Place) -> list[Rewrite]:
    """Every place of a printed configuration that a test must change."""
    return [
        (
            r"bind \*:(?P<port>\d+),\[::\]:\d+ ssl crt /etc/haproxy/certs/",
            lambda match: f"bind 127.0.0.1:{place.port(match)} ssl crt {place.certificate.parent}/",
        ),
        *place.to_backend(),
    ]


def around(place: Place, text: str) -> dict[str, str]:
    """The file is whole."""
    return {"haproxy.cfg": text}


def packaged(place: Place, text: str) -> dict[str, str]:
    """The `global` and `defaults` of Debian's haproxy.cfg, and below them the file."""
    package = apt.unpacked(DEBIAN_PACKAGE) / "etc" / "haproxy"
    main: list[Rewrite] = [
        (r"/run/haproxy/admin\.sock", f"{place.home}/admin.sock"),
        (r"/etc/haproxy/errors/", f"{package}/errors/"),
    ]
    if os.geteuid():
        main += [(rf"^\t{word} .*\n", "") for word in ("chroot", "user", "group")]
    return {"haproxy.cfg": rewritten((package / "haproxy.cfg").read_text(), main) + "\n" + text}


def command(home: Path) -> list[str]:
    """Starts it in the foreground."""
    return [executable(), "-db", "-f", f"{home}/haproxy.cfg"]
