"""What the four proxies print when something is wrong: each mistake is made for real.

A mistake is a printed configuration with a few changes, and what is asked of it. What counts is
each line that the proxy logs, and each line of its answer.
"""

import re
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests.real import apache, caddy, haproxy, nginx, proxy
from tests.real.proxy import PATIENCE_S, Kind, Place, Proxy, Rewrite, free_ports
from tests.reverse_proxies.clients import request, send
from tests.reverse_proxies.configurations import text
from tests.reverse_proxies.targets import NAMES

KINDS: dict[str, Kind] = {"nginx": nginx, "Caddy": caddy, "Apache": apache, "HAProxy": haproxy}
_PRINTED = {
    "nginx": text("nginx.conf"),
    "Caddy": text("Caddyfile"),
    "Apache": text("apache.conf"),
    "HAProxy": "global\n    log stdout format raw daemon\n\n"
    + text("haproxy.cfg").replace("defaults\n", "defaults\n    log global\n", 1),
}
_BACKEND = r"(?:(?<=http://)|(?<=_proxy )|(?<=server synapse ))127\.0\.0\.1:\d+"

Ask = Callable[[Proxy], bytes]  # sends something, and returns what comes back


class Mistake(NamedTuple):
    """A configuration with changes, in front of a backend, and what is sent to it.

    Without `ask` the proxy does not start. `changes` see the configuration with the test's ports.
    """

    program: str
    changes: Sequence[Rewrite] = ()
    ask: Ask | None = None
    backend: str = "does not listen"  # or "hangs up", "is silent"
    port_taken: bool = False
    add: str = ""  # lines at the end of the configuration
    without: str = ""  # a module that Apache does not load


def _get(target: str = "/_matrix/client/v3/sync", *headers: str) -> Ask:
    return lambda running: send(running, 443, request(target.encode(), NAMES[443], *headers))


def _upload(size: int = 2_000_000) -> Ask:
    path, name = b"/_matrix/media/v3/upload", NAMES[443]
    return lambda running: send(running, 443, request(path, name, method="POST", body=bytes(size)))


def _get_without_tls(running: Proxy) -> bytes:
    answer = b""
    with (
        socket.create_connection(("127.0.0.1", running.ports[443]), PATIENCE_S) as connection,
        suppress(ConnectionError),
    ):
        connection.sendall(request(b"/", NAMES[443]))
        while part := connection.recv(65536):
            answer += part
    return answer


def _until_it_is_logged(words: str) -> Ask:
    def ask(running: Proxy) -> bytes:
        end, answer = time.monotonic() + PATIENCE_S, b""
        while words not in running.log:
            answer = _get()(running)
            assert time.monotonic() < end, running.log
        return answer

    return ask


_NGINX_AGAIN = """server {
    listen 443 ssl http2;
    server_name matrix.example.com;
    ssl_certificate     /etc/letsencrypt/live/matrix.example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/matrix.example.com/privkey.pem;
}
"""


MISTAKES = [
    Mistake("nginx", ask=_get()),
    Mistake("nginx", ask=_get(), backend="hangs up"),
    Mistake("nginx", [("read_timeout 10m", "read_timeout 1s")], _get(), "is silent"),
    Mistake("nginx", [("client_max_body_size 50M;", "")], _upload()),
    Mistake("nginx", ask=_get("/_matrix/x", f"Cookie: {'x' * 40_000}")),
    Mistake("nginx", ask=_get_without_tls),
    Mistake("nginx", [(r"ssl_certificate  .*", "ssl_certificate /nowhere/fullchain.pem;")]),
    Mistake("nginx", [(rf"({_BACKEND})", r"\1/")]),
    Mistake("nginx", [(_BACKEND, "synapse.invalid:8008")]),
    Mistake("nginx", [("proxy_buffering off;", "proxy_bufering off;")]),
    Mistake("nginx", [("proxy_buffering off;", "proxy_buffering off")]),
    Mistake("nginx", add="worker_processes 2;\n"),
    Mistake("nginx", ask=_get(), add=_NGINX_AGAIN),
    Mistake("nginx", port_taken=True),
    Mistake("Caddy", ask=_get()),
    Mistake("Caddy", ask=_get(), backend="hangs up"),
    Mistake("Caddy", [(_BACKEND, "synapse.invalid:8008")], _get()),
    Mistake("Caddy", [("50MiB", "1MB")], _upload(), "is silent"),
    Mistake("Caddy", ask=_get_without_tls),
    Mistake("Caddy", [("reverse_proxy ", "reverse_proxi ")]),
    Mistake("Caddy", add="matrix.example.com {\n\trespond 404\n}\n"),
    Mistake("Caddy", [("max_size 50MiB", "max_size 50 MiB")]),
    Mistake("Caddy", port_taken=True),
    Mistake("Apache", ask=_get()),
    Mistake("Apache", ask=_get(), backend="hangs up"),
    Mistake("Apache", ask=_upload(50_000_000), backend="hangs up"),  # more than buffers hold
    Mistake("Apache", [("ProxyTimeout 600", "ProxyTimeout 1")], _get(), "is silent"),
    Mistake("Apache", [("AllowEncodedSlashes NoDecode", "LogLevel info")], _get("/_matrix/a%2Fb")),
    Mistake("Apache", [("RedirectMatch.*", "<Location />\nRequire all denied\n</Location>")],
            _get()),
    Mistake("Apache", ask=_get_without_tls),
    Mistake("Apache", ask=_get(), without="proxy_http"),
    Mistake("Apache", without="ssl"),
    Mistake("Apache", without="headers"),
    Mistake("Apache", [("SSLCertificateFile .*", "SSLCertificateFile /nowhere/fullchain.pem")]),
    Mistake("Apache", [("nocanon", "nocannon")]),
    Mistake("Apache", port_taken=True),
    Mistake("HAProxy", ask=_get()),
    Mistake("HAProxy", ask=_get(), backend="hangs up"),
    Mistake("HAProxy", [("timeout server 10m", "timeout server 1s")], _get(), "is silent"),
    Mistake("HAProxy", [("52428800", "1000000")], _upload()),
    Mistake("HAProxy", [(rf"({_BACKEND})", r"\1 check inter 50ms")],
            _until_it_is_logged("has no server available")),
    Mistake("HAProxy", [("mode http", "mode tcp")], _get()),
    Mistake("HAProxy", [(r"crt \S+", "crt /nowhere/")]),
    Mistake("HAProxy", [("use_backend synapse if our", "use_backend homeserver if our")]),
    Mistake("HAProxy", [("default_backend nothing", "default_backend anything")]),
    Mistake("HAProxy", [("default_backend nothing", "default_backends nothing")]),
    Mistake("HAProxy", [(_BACKEND, "synapse.invalid:8008")]),
    Mistake("HAProxy", [("    timeout .*\n", "")], _get()),
    Mistake("HAProxy", port_taken=True),
]  # fmt: skip


def lines(mistake: Mistake) -> list[str]:
    """What the proxy prints and answers. Raises Missing."""
    kind = KINDS[mistake.program]
    kind.executable()
    with (
        tempfile.TemporaryDirectory(prefix="guide-errors-") as folder,
        _backend(mistake.backend) as backend,
    ):
        ports = dict(zip(proxy.PORTS, free_ports(len(proxy.PORTS)), strict=True))
        place = Place(Path(folder), ports, f"127.0.0.1:{backend}")
        running = Proxy(kind, _PRINTED[mistake.program] + mistake.add, place, mistake.changes)
        if mistake.without:
            _leave_out(mistake.without, place.home / "httpd.conf")
        answer = b""
        with _taken(ports[443]) if mistake.port_taken else nullcontext():
            if mistake.ask:
                running.start()
                try:
                    answer = mistake.ask(running)
                finally:
                    running.stop()
            else:
                _run_to_its_end(kind, place.home)
        said = f"{running.log}\n{answer.decode('latin-1')}"
    said = re.sub(r"(?<=lookup )(\S+) on \S+:53", r"\1", said)  # the machine's name server
    names = {folder: "/etc", **{str(port): str(usual) for usual, port in ports.items()}}
    for ours, usual in {**names, str(backend): "8008"}.items():
        said = said.replace(ours, usual)
    return [" ".join(line.split()) for line in said.splitlines() if line.strip()]


def _leave_out(module: str, file: Path) -> None:
    kept = [line for line in file.read_text().splitlines() if f"mod_{module}.so" not in line]
    file.write_text("\n".join(kept) + "\n")


def _run_to_its_end(kind: Kind, home: Path) -> None:
    with (home / "log").open("w") as log:
        done = subprocess.run(
            kind.command(home),
            cwd=home,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={"HOME": str(home), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            timeout=PATIENCE_S,
        )
    assert done.returncode, f"{kind.NAME} starts"


@contextmanager
def _taken(port: int) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port)):
        yield


class _HangsUp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.recv(65536)


class _IsSilent(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while self.request.recv(65536):
            pass


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Ignores errors: a proxy may close the connection at any time."""


@contextmanager
def _backend(kind: str) -> Iterator[int]:
    """The port of a backend that misbehaves."""
    if kind == "does not listen":
        yield free_ports(1)[0]
        return
    handler = {"hangs up": _HangsUp, "is silent": _IsSilent}[kind]
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
