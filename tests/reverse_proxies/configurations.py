"""The printed configurations, alone and merged, and the proxies that read them."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.real import apache, caddy, haproxy, nginx, proxy, recorder
from tests.real.proxy import NEXT_FILE, Kind, Packaged, Rewrite
from tests.reverse_proxies import merges


def text(name: str) -> str:
    """A printed configuration."""
    return merges.printed(name)


GOOD: dict[str, tuple[Kind, str]] = {
    "nginx": (nginx, "nginx.conf"),
    "Caddy": (caddy, "Caddyfile"),
    "Apache": (apache, "apache.conf"),
    "HAProxy": (haproxy, "haproxy.cfg"),
}


DELEGATIONS: dict[str, tuple[Kind, str]] = {
    "nginx": (nginx, "nginx-delegation.conf"),
    "Caddy": (caddy, "Caddyfile-delegation"),
    "Apache": (apache, "apache-delegation.conf"),
    "HAProxy": (haproxy, "haproxy-delegation.cfg"),
}


class Twin(NamedTuple):
    """A configuration that is known to be bad, with its only port."""

    kind: Kind
    file: str
    port: int
    exposes: bool  # it lets through what it must not; the others break what they forward


BROKEN = {
    "Caddy, forwarding everything": Twin(
        caddy, "broken/caddy-everything.Caddyfile", 8448, exposes=True
    ),
    "HAProxy, with a default backend": Twin(
        haproxy, "broken/haproxy-default-backend.cfg", 8448, exposes=True
    ),
    "HAProxy, without mode http": Twin(haproxy, "broken/haproxy-tcp-mode.cfg", 8448, exposes=False),
    "nginx, by the normalised path": Twin(nginx, "broken/nginx-normalised.conf", 443, exposes=True),
    "nginx, with a path in proxy_pass": Twin(
        nginx, "broken/nginx-path-in-proxy-pass.conf", 8448, exposes=False
    ),
    "Apache, without nocanon": Twin(apache, "broken/apache-canonical.conf", 8448, exposes=False),
}


class Setup(NamedTuple):
    """A whole configuration; `printed` is its part from GOOD."""

    kind: Kind
    printed: str
    text: str
    website: bool  # whether it also serves a website at example.com


_NGINX = Packaged(nginx, nginx.DEBIAN_PACKAGE, nginx.packaged)
_APACHE = Packaged(apache, apache.DEBIAN_PACKAGE, apache.packaged)
_HAPROXY = Packaged(haproxy, haproxy.DEBIAN_PACKAGE, haproxy.packaged)

# As a reader uses them: with the delegation, and within Debian's main configuration if there is
# one.
MERGED = {
    "nginx in Debian, delegation in a file": Setup(
        _NGINX,
        "nginx",
        NEXT_FILE.join([text("nginx.conf"), text("nginx-delegation.conf")]),
        website=False,
    ),
    "nginx in Debian, delegation in a website": Setup(
        _NGINX, "nginx", NEXT_FILE.join([text("nginx.conf"), merges.nginx_website()]), website=True
    ),
    "Caddy, delegation in a block": Setup(
        caddy, "Caddy", text("Caddyfile") + text("Caddyfile-delegation"), website=False
    ),
    "Caddy, delegation in a website": Setup(
        caddy, "Caddy", merges.caddy(merges.CADDY_WEBSITE), website=True
    ),
    "Caddy, delegation in a website with handles": Setup(
        caddy, "Caddy", merges.caddy(merges.CADDY_WEBSITE_WITH_HANDLES), website=True
    ),
    "Apache in Debian, delegation in a file": Setup(
        _APACHE,
        "Apache",
        NEXT_FILE.join([text("apache.conf"), text("apache-delegation.conf")]),
        website=False,
    ),
    "Apache in Debian, delegation in a website": Setup(
        _APACHE,
        "Apache",
        NEXT_FILE.join([text("apache.conf"), merges.apache_website()]),
        website=True,
    ),
    "HAProxy in Debian, delegation in the frontend": Setup(
        _HAPROXY, "HAProxy", merges.haproxy(), website=False
    ),
}
SETUPS = {
    **{name: Setup(kind, name, text(file), website=False) for name, (kind, file) in GOOD.items()},
    **MERGED,
}


Behind = tuple[proxy.Proxy, recorder.Recorder]


@contextmanager
def running(kind: Kind, name: str, extra: Sequence[Rewrite] = ()) -> Iterator[Behind]:
    """A proxy with this configuration, running in front of a recorder."""
    with (
        recorder.recorder() as kept,
        proxy.proxy(kind, text(name), kept.port, extra=extra) as started,
    ):
        yield started, kept


@contextmanager
def well_known() -> Iterator[Rewrite]:
    """The folder with the two files that Apache serves, and the path that stands for it in the
    configuration. Apache reads it as a different user.
    """
    with tempfile.TemporaryDirectory(prefix="guide-well-known-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for file, content in merges.well_known().items():
            (folder / file).write_text(content)
        yield (r"/var/www/well-known-matrix/", f"{folder}/")


@contextmanager
def set_up(setup: Setup) -> Iterator[Behind]:
    """A proxy with this whole configuration, running in front of a recorder."""
    with recorder.recorder() as kept, well_known() as folder:
        extra = [folder] if folder[0] in setup.text else []
        port = kept.port if "127.0.0.1:8008" in setup.text else None
        with proxy.proxy(setup.kind, setup.text, port, extra=extra) as started:
            yield started, kept
