"""A real Apache httpd, for the files of sites-enabled."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.real import apt
from tests.real.proxy import Place, Rewrite, found

NAME, PACKAGE = "apache", "apache2-bin"
MODULES = [
    "alias", "authz_core", "headers", "http2", "mime", "mpm_event", "proxy", "proxy_http", "ssl",
    "socache_shmcb",
]  # fmt: skip


def executable() -> str:
    """The path. Raises Missing, naming the package."""
    return found("Apache httpd", PACKAGE, shutil.which("apache2", path="/usr/sbin:/usr/bin"))


def version() -> str:
    """What it says it is."""
    told = subprocess.run([executable(), "-v"], capture_output=True, text=True, check=True)
    return told.stdout.splitlines()[0].removeprefix("Server version: ")


def install() -> None:
    """Installs the system's package unless it is there."""
    apt.unless_there(executable, PACKAGE)


def rewrites(place: Place) -> list[Rewrite]:
    """Every place of a printed configuration that a test must change."""
    return [
        (
            r"<VirtualHost \*:(?P<port>\d+)>",
            lambda match: f"<VirtualHost 127.0.0.1:{place.port(match)}>",
        ),
        (r"/etc/letsencrypt/live/[\w.]+/(fullchain|privkey)\.pem", str(place.certificate)),
        *place.to_backend(),
    ]


def around(place: Place, text: str) -> dict[str, str]:
    """A main configuration with the modules, that includes the file."""
    user = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
    modules = "\n".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in MODULES
    )
    listens = "\n".join(f"Listen 127.0.0.1:{port}" for port in place.ports.values())
    return {
        "site.conf": text,
        "mime.types": "",
        "httpd.conf": f"ServerName localhost\nServerRoot {place.home}\n"
        f"DefaultRuntimeDir {place.home}\nPidFile {place.home}/pid\nErrorLog /dev/stderr\n"
        f"Mutex file:{place.home}\n{listens}\n{modules}\nTypesConfig {place.home}/mime.types\n"
        f"{user}Include {place.home}/site.conf\n",
    }


def command(home: Path) -> list[str]:
    """Starts it in the foreground."""
    return [executable(), "-d", str(home), "-f", f"{home}/httpd.conf", "-DFOREGROUND"]
