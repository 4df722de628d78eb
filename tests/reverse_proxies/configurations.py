"""The printed configurations, and the programs that read them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.real import apache, caddy, haproxy, nginx, proxy, recorder
from tests.real.proxy import Kind, Rewrite

FOLDER = Path(__file__).parents[2] / "snippets" / "reverse_proxies"
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
    """A configuration that is known to be bad, with its one port."""

    kind: Kind
    file: str
    port: int
    exposes: bool  # lets through what it must not; the others break what they let through


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


def text(name: str) -> str:
    """A printed configuration."""
    return (FOLDER / name).read_text("utf-8")


Behind = tuple[proxy.Proxy, recorder.Recorder]


@contextmanager
def running(kind: Kind, name: str, extra: Sequence[Rewrite] = ()) -> Iterator[Behind]:
    """A configuration that runs before a recorder."""
    with (
        recorder.recorder() as kept,
        proxy.proxy(kind, text(name), kept.port, extra=extra) as started,
    ):
        yield started, kept
