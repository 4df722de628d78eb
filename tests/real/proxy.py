"""Reverse proxies: a printed configuration, started for real.

A configuration is started as printed, except for a fixed set of rewrites, each of which must match:
the ports, the certificates, the backend. `around` adds what the proxy needs around it: a small main
configuration of the tests, or (`Packaged`) that of the system's package.
"""

import re
import secrets
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import trustme

from tests.real import apt

PATIENCE_S = 30
NAMES = ["matrix.example.com", "example.com"]
PORTS = (443, 8448)

# Separates the texts of two files that are started together.
NEXT_FILE = "\f\n"

# A pattern, which a configuration must contain, and its replacement.
Rewrite = tuple[str, str | Callable[[re.Match[str]], str]]


@dataclass(frozen=True)
class Place:
    """The addresses and files that a test puts into a configuration."""

    home: Path
    ports: Mapping[int, int]
    backend: str | None  # host:port

    def to_backend(self) -> list[Rewrite]:
        """The rewrite of the backend's address, if the configuration has one."""
        return [(r"127\.0\.0\.1:8008", self.backend)] if self.backend else []

    def port(self, match: re.Match[str]) -> str:
        """The test's port for the printed one, which is the group `port` of the match."""
        return str(self.ports[int(match["port"])])

    @property
    def certificate(self) -> Path:
        """The file with certificates and key."""
        return self.home / "certificates" / "example.pem"


class Kind(Protocol):
    """One of the four proxies: nginx, caddy, apache, haproxy are modules of this kind."""

    NAME: str
    PACKAGE: str

    def executable(self) -> str:
        """The path. Raises Missing, naming the package."""

    def version(self) -> str:
        """The version that it reports."""

    def rewrites(self, place: Place) -> list[Rewrite]:
        """The rewrites of a printed configuration for a test."""

    def around(self, place: Place, text: str) -> dict[str, str]:
        """The files to write, by name: the configuration, and a main configuration around it."""

    def command(self, home: Path) -> list[str]:
        """The command that starts it in the foreground."""


class Packaged:
    """One of the four proxies with the main configuration of the system's package.

    `around` writes that configuration, and puts the texts where the package expects them.
    """

    def __init__(
        self, kind: Kind, debian: str, around: Callable[[Place, str], dict[str, str]]
    ) -> None:
        self.NAME, self.PACKAGE, self.version = kind.NAME, kind.PACKAGE, kind.version
        self.rewrites, self.command, self.around = kind.rewrites, kind.command, around
        self._kind, self._debian = kind, debian

    def executable(self) -> str:
        """The path. Raises Missing, naming the missing package."""
        apt.unpacked(self._debian)
        return self._kind.executable()


def rewritten(text: str, rewrites: Sequence[Rewrite]) -> str:
    """The text with all rewrites applied. Raises AssertionError if one does not match."""
    for pattern, instead in rewrites:
        text, count = re.subn(pattern, instead, text, flags=re.MULTILINE)
        assert count, f"the configuration has no {pattern}"
    return text


class Proxy:
    """A proxy that runs between `start` and `stop`; `ports` maps the printed ports to its ports."""

    def __init__(self, kind: Kind, text: str, place: Place, extra: Sequence[Rewrite] = ()) -> None:
        self.kind, self.ports, self.home, self._place = kind, place.ports, place.home, place
        self.started = rewritten(text, [*kind.rewrites(place), *extra])
        for name, content in kind.around(place, self.started).items():
            (place.home / name).parent.mkdir(parents=True, exist_ok=True)
            (place.home / name).write_text(content)
        place.certificate.parent.mkdir(exist_ok=True)
        authority = trustme.CA()
        authority.issue_cert(*NAMES).private_key_and_cert_chain_pem.write_to_path(
            str(place.certificate)
        )
        self.authority = authority

    @property
    def log(self) -> str:
        """Everything that it printed."""
        return (self._place.home / "log").read_text("utf-8", "replace")

    def start(self) -> None:
        """Starts it and returns when every port of the configuration completes a TLS handshake."""
        with (self._place.home / "log").open("w") as log:
            self._process = subprocess.Popen(
                self.kind.command(self._place.home),
                cwd=self._place.home,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={"HOME": str(self._place.home), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                start_new_session=True,  # so that Ctrl+C reaches only the tests
            )
        listened = [port for port in self.ports.values() if str(port) in self.started]
        end = time.monotonic() + PATIENCE_S
        for port in listened or [self.ports[443]]:
            while not self._shakes_hands(port):
                if self._died() or time.monotonic() > end:
                    self.stop()
                    raise AssertionError(f"{self.kind.NAME} did not start:\n{self.log}")

    def _shakes_hands(self, port: int) -> bool:
        """Whether TLS handshakes succeed: for every site of Caddy, which gets a certificate for
        each. The other proxies have one certificate for all names.
        """
        sites = re.findall(rf"^([\w.]+):{port} \{{$", self.started, re.MULTILINE)
        try:
            for name in sites or NAMES[:1]:
                connect(port, name).close()
        except OSError:
            return False
        return True

    def _died(self) -> bool:
        """Whether the process ends within a moment."""
        try:
            self._process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            return False
        return True

    @property
    def authority_file(self) -> Path:
        """The authority of its certificates; Caddy has its own."""
        caddys = self.home / "storage" / "pki" / "authorities" / "local" / "root.crt"
        if caddys.exists():
            return caddys
        path = self.home / "authority.pem"
        self.authority.cert_pem.write_to_path(str(path))
        return path

    def stop(self) -> None:
        """Stops it."""
        self._process.terminate()
        try:
            self._process.wait(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@cache  # thousands of connections are made
def _believing() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loads no authorities
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


def connect(port: int, name: str = NAMES[0], *, source: str = "127.0.0.1") -> ssl.SSLSocket:
    """A TLS connection that accepts any certificate, from a loopback address."""
    plain = socket.create_connection(("127.0.0.1", port), PATIENCE_S, (source, 0))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # otherwise Caddy takes 40 ms
    try:
        return _believing().wrap_socket(plain, server_hostname=name)
    except BaseException:
        plain.close()
        raise


def _outgoing() -> range:
    try:
        first, last = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    except FileNotFoundError:  # not Linux
        first, last = "32768", "60999"
    return range(int(first), int(last) + 1)


OUTGOING = _outgoing()  # the system may give these to a client at any moment
# For servers. If the system's range begins low, none is safe.
LISTENING = range(OUTGOING.start // 2, OUTGOING.start) if OUTGOING.start > 20_000 else OUTGOING


def free_ports(count: int) -> list[int]:
    """Loopback ports on which nothing listens, and which the system does not give to clients."""
    ports: list[int] = []
    while len(ports) < count:
        port = secrets.choice(LISTENING)
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            ports += [port] if port not in ports else []
    return ports


@contextmanager
def proxy(
    kind: Kind, text: str, backend_port: int | None, *, extra: Sequence[Rewrite] = ()
) -> Iterator[Proxy]:
    """A running proxy with this configuration, with or without a backend; stopped at the end."""
    with tempfile.TemporaryDirectory(prefix=f"guide-{kind.NAME}-") as home:
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        backend = f"127.0.0.1:{backend_port}" if backend_port else None
        place = Place(Path(home), ports, backend)
        running = Proxy(kind, text, place, extra)
        running.start()
        try:
            yield running
        finally:
            running.stop()
