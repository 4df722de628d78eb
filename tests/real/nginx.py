"""A real nginx, for the files of sites-enabled."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.real import apt
from tests.real.proxy import Place, Rewrite, found

NAME, PACKAGE = "nginx", "nginx"


def executable() -> str:
    """The path. Raises Missing, naming the package."""
    return found(NAME, PACKAGE, shutil.which("nginx", path="/usr/sbin:/usr/bin"))


def version() -> str:
    """What it says it is."""
    told = subprocess.run([executable(), "-v"], capture_output=True, text=True, check=True)
    return told.stderr.strip().removeprefix("nginx version: ")


def install() -> None:
    """Installs the system's package unless it is there."""
    apt.unless_there(executable, PACKAGE)


def rewrites(place: Place) -> list[Rewrite]:
    """Every place of a printed configuration that a test must change."""
    return [
        (r"^ +listen \[::\]:\d+ ssl http2;\n", ""),
        (r"listen (?P<port>\d+) ssl", lambda match: f"listen 127.0.0.1:{place.port(match)} ssl"),
        (r"/etc/letsencrypt/live/[\w.]+/(fullchain|privkey)\.pem", str(place.certificate)),
        *place.to_backend(),
    ]


def around(place: Place, text: str) -> dict[str, str]:
    """A main configuration, as the system's own, that includes the file."""
    temporary = "\n".join(
        f"    {kind}_temp_path {place.home}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    return {
        "site.conf": text,
        "nginx.conf": f"{user}daemon off;\nworker_processes 1;\npid {place.home}/pid;\n"
        "error_log stderr;\nevents {}\n"
        f"http {{\n    access_log off;\n{temporary}\n    include {place.home}/site.conf;\n}}\n",
    }


def command(home: Path) -> list[str]:
    """Starts it in the foreground."""
    return [executable(), "-p", f"{home}/", "-e", "stderr", "-c", "nginx.conf"]
