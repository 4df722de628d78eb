"""A real HAProxy: with the printed file alone, or after the sections of Debian's haproxy.cfg."""

import os
from pathlib import Path

from tests.real import apt
from tests.real.program import SYSTEM, Program
from tests.real.proxy import Place, Rewrite, rewritten

NAME, PACKAGE = "haproxy", "haproxy"
DEBIAN_PACKAGE = "haproxy"  # the package with its configuration


PROGRAM = Program("HAProxy", PACKAGE, ("haproxy",), SYSTEM)
executable = PROGRAM.executable


def version() -> str:
    """The version that it reports."""
    return " ".join(PROGRAM.says("-v").split()[:3]).replace(" version", "")


def install() -> None:
    """Installs the system's package unless it is there, and unpacks Debian's configuration."""
    PROGRAM.install()
    apt.unpacked(DEBIAN_PACKAGE)


def rewrites(place: Place) -> list[Rewrite]:
    """The rewrites of a printed configuration for a test."""
    return [
        (
            r"bind \*:(?P<port>\d+),\[::\]:\d+ ssl crt /etc/haproxy/certs/",
            lambda match: f"bind 127.0.0.1:{place.port(match)} ssl crt {place.certificate.parent}/",
        ),
        *place.to_backend(),
    ]


def around(place: Place, text: str) -> dict[str, str]:
    """The file alone: it is a whole configuration."""
    return {"haproxy.cfg": text}


def packaged(place: Place, text: str) -> dict[str, str]:
    """The `global` and `defaults` of Debian's haproxy.cfg, followed by the file."""
    package = apt.unpacked(DEBIAN_PACKAGE) / "etc" / "haproxy"
    main: list[Rewrite] = [
        (r"/run/haproxy/admin\.sock", f"{place.home}/admin.sock"),
        (r"/etc/haproxy/errors/", f"{package}/errors/"),
    ]
    if os.geteuid():
        main += [(rf"^\t{word} .*\n", "") for word in ("chroot", "user", "group")]
    return {"haproxy.cfg": rewritten((package / "haproxy.cfg").read_text(), main) + "\n" + text}


def command(home: Path) -> list[str]:
    """The command that starts it in the foreground."""
    return [executable(), "-db", "-f", f"{home}/haproxy.cfg"]
