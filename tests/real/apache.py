"""A real Apache httpd, for files of sites-enabled: alone, or included by Debian's apache2.conf."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.real import apt
from tests.real.program import SYSTEM, Program
from tests.real.proxy import NEXT_FILE, Place, Rewrite, free_ports, rewritten

NAME, PACKAGE = "apache", "apache2-bin"
# Debian's main configuration; only unpacked, since installing it would start a service.
DEBIAN_PACKAGE = "apache2"
MODULES = [
    "alias", "authz_core", "headers", "http2", "mime", "mpm_event", "proxy", "proxy_http", "ssl",
    "socache_shmcb",
]  # fmt: skip
# The modules that the package `apache2` enables in its postinst.
DEBIAN = {
    "a2enmod": [
        "mpm_event", "authz_host", "auth_basic", "access_compat", "authn_file", "authz_user",
        "alias", "dir", "autoindex", "env", "mime", "negotiation", "setenvif", "filter", "deflate",
        "status", "reqtimeout",
    ],
    "a2enconf": [
        "charset", "localized-error-pages", "other-vhosts-access-log", "security", "serve-cgi-bin",
    ],
    "a2ensite": ["000-default"],
}  # fmt: skip


PROGRAM = Program("Apache httpd", PACKAGE, ("apache2",), SYSTEM)
executable = PROGRAM.executable


def version() -> str:
    """The version that it reports."""
    return PROGRAM.says("-v").splitlines()[0].removeprefix("Server version: ")


def install() -> None:
    """Installs the system's package unless it is there, and unpacks Debian's configuration."""
    PROGRAM.install()
    apt.unpacked(DEBIAN_PACKAGE)


def rewrites(place: Place) -> list[Rewrite]:
    """The rewrites of a printed configuration for a test."""
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


def packaged(place: Place, text: str) -> dict[str, str]:
    """Debian's /etc/apache2 with the files in sites-enabled, changed as their first lines say.

    It has the modules that the package enables and those that a file says to enable, and ports.conf
    has the ports that a file says to listen on.
    """
    package = apt.unpacked(DEBIAN_PACKAGE)
    etc = place.home / "etc"
    shutil.copytree(package / "etc" / "apache2", etc)
    programs = package / "usr" / "sbin"
    commands = re.findall(r"`(a2enmod) ([\w ]+)`", text)
    for program, names in [*DEBIAN.items(), *((which, names.split()) for which, names in commands)]:
        environment = {"APACHE_CONFDIR": str(etc), "APACHE_STATE_DIRECTORY": f"{place.home}/state"}
        subprocess.run(
            [programs / program, "-q", *names],
            env={**environment, "PATH": os.defpath},
            capture_output=True,
            check=True,
        )
    (free,) = free_ports(1)
    listens = "\n".join(f"Listen {port}" for port in re.findall(r"`Listen (\d+)`", text))
    ports: list[Rewrite] = [
        (r"Listen 80$", f"Listen 127.0.0.1:{free}"),
        (r"Listen (?P<port>443|8448)$", lambda match: f"Listen 127.0.0.1:{place.port(match)}"),
    ]
    user = {"RUN_USER": "www-data", "RUN_GROUP": "www-data"}  # envvars sets them, like the rest
    folders = dict.fromkeys(("RUN_DIR", "LOCK_DIR", "LOG_DIR"), str(place.home))
    defined = {**user, **folders, "PID_FILE": f"{place.home}/pid"}
    names = {f"etc/sites-enabled/{n}.conf": part for n, part in enumerate(text.split(NEXT_FILE))}
    return {
        **names,
        "etc/mods-available/ssl.conf": rewritten(
            (etc / "mods-available" / "ssl.conf").read_text(),
            [(r"/usr/share/apache2/", f"{package}/usr/share/apache2/")],
        ),
        "etc/mods-available/mime.conf": rewritten(  # the file belongs to another package
            (etc / "mods-available" / "mime.conf").read_text(),
            [(r"/etc/mime\.types", f"{place.home}/mime.types")],
        ),
        "mime.types": "",
        "etc/ports.conf": rewritten((etc / "ports.conf").read_text() + listens, ports),
        "httpd.conf": f"ServerName localhost\nServerRoot {etc}\n"
        + "".join(f"Define APACHE_{name} {value}\n" for name, value in defined.items())
        + f"Include {etc}/apache2.conf\nErrorLog /dev/stderr\n",
    }


def command(home: Path) -> list[str]:
    """The command that starts it in the foreground."""
    return [executable(), "-d", str(home), "-f", f"{home}/httpd.conf", "-DFOREGROUND"]
