"""A real nginx, for files of sites-enabled: alone, or included by Debian's nginx.conf."""

import os
from pathlib import Path

from tests.real import apt
from tests.real.program import SYSTEM, Program
from tests.real.proxy import NEXT_FILE, Place, Rewrite, free_ports, rewritten

NAME, PACKAGE = "nginx", "nginx"
DEBIAN_PACKAGE = "nginx-common"  # the package with its configuration


PROGRAM = Program("nginx", PACKAGE, ("nginx",), SYSTEM)
executable = PROGRAM.executable


def version() -> str:
    """The version that it reports."""
    return PROGRAM.says("-v").removeprefix("nginx version: ")


def install() -> None:
    """Installs the system's package unless it is there, and unpacks Debian's configuration."""
    PROGRAM.install()
    apt.unpacked(DEBIAN_PACKAGE)


def rewrites(place: Place) -> list[Rewrite]:
    """The rewrites of a printed configuration for a test."""
    return [
        (r"^ +listen \[::\]:\d+ ssl http2;\n", ""),
        (r"listen (?P<port>\d+) ssl", lambda match: f"listen 127.0.0.1:{place.port(match)} ssl"),
        (r"/etc/letsencrypt/live/[\w.]+/(fullchain|privkey)\.pem", str(place.certificate)),
        *place.to_backend(),
    ]


def around(place: Place, text: str) -> dict[str, str]:
    """A main configuration, like that of the system, that includes the file."""
    user = "user root;\n" if os.geteuid() == 0 else ""
    return {
        "site.conf": text,
        "nginx.conf": f"{user}daemon off;\nworker_processes 1;\npid {place.home}/pid;\n"
        "error_log stderr;\nevents {}\n"
        f"http {{\n    access_log off;\n{_temporary(place)}\n"
        f"    include {place.home}/site.conf;\n}}\n",
    }


def _temporary(place: Place) -> str:
    """Its temporary folders."""
    return "\n".join(
        f"    {kind}_temp_path {place.home}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )


def packaged(place: Place, text: str) -> dict[str, str]:
    """Debian's nginx.conf and its default site, with the files in sites-enabled."""
    package = apt.unpacked(DEBIAN_PACKAGE) / "etc" / "nginx"
    main: list[Rewrite] = [
        (r"^user www-data;$", "user root;" if os.geteuid() == 0 else ""),
        (r"^pid /run/nginx\.pid;$", f"pid {place.home}/pid;\ndaemon off;"),
        (r"/var/log/nginx/error\.log", "stderr"),
        (r"/var/log/nginx/", f"{place.home}/"),
        (r"/etc/nginx/", f"{place.home}/"),
    ]
    (free,) = free_ports(1)
    default: list[Rewrite] = [
        (r"^\tlisten \[::\]:80 default_server;$", ""),
        (r"^\tlisten 80 default_server;$", f"\tlisten 127.0.0.1:{free} default_server;"),
    ]
    sites = {f"sites-enabled/{n}": part for n, part in enumerate(text.split(NEXT_FILE))}
    return {
        **sites,
        "nginx.conf": rewritten((package / "nginx.conf").read_text(), main),
        "sites-enabled/default": rewritten(
            (package / "sites-available" / "default").read_text(), default
        ),
        "conf.d/tests.conf": _temporary(place),
        "mime.types": (package / "mime.types").read_text(),
    }


def command(home: Path) -> list[str]:
    """The command that starts it in the foreground."""
    return [executable(), "-p", f"{home}/", "-e", "stderr", "-c", "nginx.conf"]
