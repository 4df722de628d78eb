"""Misbehaving servers on loopback: real sockets, real TLS."""

import datetime
import gzip
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme

NAMES = ("localhost", "matrix.example.com", "example.com")
NEVER_S = 30  # after this time a server gives up, and the test fails
LINGER = struct.pack("ii", 1, 0)  # close with a reset

Serve = Callable[["Visitor"], None]


class Visitor:
    """One connection to a misbehaving server."""

    def __init__(self, connection: socket.socket, over: threading.Event) -> None:
        self.connection, self.over = connection, over

    def hear(self) -> str:
        """The target of the request, once its head has arrived."""
        return self.hear_head().split(" ")[1]

    def hear_head(self) -> str:
        """The head of the request, once it has arrived."""
        heard = b""
        while b"\r\n\r\n" not in heard:
            part = self.connection.recv(65536)
            if not part:
                raise ConnectionError
            heard += part
        return heard.partition(b"\r\n\r\n")[0].decode()

    def say(self, *parts: bytes) -> None:
        """Sends bytes."""
        for part in parts:
            self.connection.sendall(part)

    def forever(self, part: bytes, pause_s: float = 0.0) -> None:
        """Sends this repeatedly, until the other side closes the connection."""
        while not self.over.wait(pause_s):
            self.connection.sendall(part)


class Hostile:
    """A running server. `kept_waiting` is set if no client closed the connection."""

    def __init__(self, port: int, authority: Path, over: threading.Event) -> None:
        self.port, self.authority, self.kept_waiting = port, authority, over


@contextmanager
def hostile(
    serve: Serve, folder: Path, *, tls: bool = True, identity: trustme.LeafCert | None = None,
    authority: trustme.CA | None = None,
) -> Iterator[Hostile]:  # fmt: skip
    """A server that runs a function on every connection, one at a time."""
    authority = authority or trustme.CA()
    file = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (identity or authority.issue_cert(*NAMES)).configure_cert(context)
    over, late = threading.Event(), threading.Event()

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                try:
                    if tls:
                        with context.wrap_socket(connection, server_side=True) as secure:
                            serve(Visitor(secure, over))
                    else:
                        serve(Visitor(connection, over))
                except OSError:
                    pass

    def give_up() -> None:
        late.set()
        over.set()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=accept)
        watchdog = threading.Timer(NEVER_S, give_up)
        thread.start()
        watchdog.start()
        try:
            yield Hostile(listening.getsockname()[1], file, late)
        finally:
            watchdog.cancel()
            over.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            watchdog.join()


def answering(*parts: bytes) -> Serve:
    """Answers every request with these bytes, then closes the connection."""

    def serve(visitor: Visitor) -> None:
        visitor.hear()
        visitor.say(*parts)

    return serve


def page(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _json(value: Any) -> bytes:
    return page(json.dumps(value).encode(), "Content-Type: application/json")


def _then(head: bytes, part: bytes, pause_s: float = 0.0) -> Serve:
    def serve(visitor: Visitor) -> None:
        visitor.hear()
        visitor.say(head)
        visitor.forever(part, pause_s)

    return serve


def _silent(visitor: Visitor) -> None:
    visitor.over.wait()


def _reset(visitor: Visitor) -> None:
    visitor.hear()
    visitor.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    visitor.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)


def _half_closed(visitor: Visitor) -> None:
    visitor.connection.shutdown(socket.SHUT_WR)
    visitor.over.wait(0.2)


def _alert(visitor: Visitor) -> None:
    visitor.connection.recv(65536)
    visitor.say(bytes([21, 3, 3, 0, 2, 2, 80]))  # fatal: internal error


def _dripping_tls(visitor: Visitor) -> None:
    visitor.connection.recv(65536)
    visitor.say(bytes([22, 3, 3, 0x40, 0]))  # a record of 16 kB that never arrives completely
    visitor.forever(b"\x02", 0.02)


def _circle(visitor: Visitor) -> None:
    target = visitor.hear()
    visitor.say(page(b"", f"Location: https://matrix.example.com{target}", status="302 Found"))


def _leading(to: str) -> Serve:
    def serve(visitor: Visitor) -> None:
        visitor.hear()
        visitor.say(page(b"", f"Location: {to}", status="301 Moved Permanently"))

    return serve


def _refusing_early(visitor: Visitor) -> None:
    visitor.connection.recv(64)
    visitor.say(page(b"", "Connection: close", status="413 Content Too Large"))
    visitor.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ESCAPES = "\x1b[31m\x1b]0;owned\x07\x9b2J\r\x08"
RIGHT_TO_LEFT = "‮⁦​﻿a̴̢"


def everywhere(value: Any) -> bytes:
    """A body with this value in every field that the probe reads."""
    keys = [
        "versions", "server", "name", "version", "server_name", "verify_keys", "errcode", "error",
        "server_version", "m.server", "m.homeserver", "base_url",
    ]  # fmt: skip
    return _json(dict.fromkeys(keys, value))


def looks_right(**more: Any) -> bytes:
    """A body that looks like Synapse's answer to every request at once, except for some keys."""
    return _json(
        {
            "versions": ["v1.1"],
            "server": {"name": "Synapse", "version": "1.0"},
            "server_name": "example.com",
            "verify_keys": {},
            "m.server": "matrix.example.com:443",
            "m.homeserver": {"base_url": "https://matrix.example.com"},
            **more,
        }
    )


VALUES: tuple[Any, ...] = (None, True, 1.5, "M_", [], [[1]], {}, {"a": {}}, "x" * 60_000)

# What each server does after a TLS handshake.
TLS: Mapping[str, Serve] = {
    "200,000 brackets": answering(page(b"[" * 200_000)),
    "braces without end": _then(OK + b"\r\n", b'{"a":' * 2000),
    "escape sequences in the body": answering(everywhere(f"M_{ESCAPES}")),
    "escape sequences in headers": answering(
        page(b"", f"Server: {ESCAPES[:-2]}", f"Location: https://{ESCAPES[:-2]}", status="302 x")
    ),
    "escape sequences in the status line": answering(b"HTTP/1.1 200 \x1b[31mred\r\n\r\n{}"),
    "marks from right to left": answering(everywhere(f"M_{RIGHT_TO_LEFT}")),
    "surrogates": answering(page(b'{"server_name": "\\ud800", "verify_keys": {}, "versions": []}')),
    "headers without end": _then(OK, b"X: y\r\n"),
    "a header of ten megabytes": _then(OK + b"X: ", b"y" * 65536),
    "a header without a name": answering(OK + b": x\r\n\x00\r\n =\r\n\r\n{}"),
    "a status line without end": _then(b"HTTP/1.1 200 ", b"y" * 65536),
    "100 Continue without end": _then(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 999),
    "103 without end": _then(b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
    "101 Switching Protocols": answering(b"HTTP/1.1 101 x\r\nUpgrade: x\r\n\r\n\x00\x01"),
    "no HTTP": answering(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "HTTP/2 without being asked": answering(bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]) * 100),
    "a status of letters": answering(b"HTTP/1.1 abc OK\r\n\r\n"),
    "a status of six digits": answering(b"HTTP/1.1 200200 OK\r\n\r\n"),
    "chunks of no number": answering(CHUNKED + b"zz\r\nhello\r\n"),
    "chunks of a negative size": _then(CHUNKED + b"-5\r\n", b"x" * 65536),
    "chunks of a huge size": _then(CHUNKED + b"F" * 40 + b"\r\n", b"x" * 65536),
    "a trailer without end": _then(CHUNKED + b"0\r\n", b"X: y\r\n" * 999),
    "a negative length": answering(OK + b"Content-Length: -5\r\n\r\n{}"),
    "a length of 5,000 digits": answering(OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}"),
    "two lengths": answering(OK + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}"),
    "less than its length": answering(OK + b"Content-Length: 10000000000\r\n\r\n{}"),
    "a body without end": _then(OK + b"\r\n", b"x" * 65536),
    "a compressed bomb": answering(
        page(gzip.compress(bytes(10_000_000)), "Content-Encoding: gzip")
    ),
    "no UTF-8": answering(page(b'{"versions": ["\xff\xfe\xc0\x80"]}')),
    "NaN": answering(page(b'{"versions": NaN, "server": {"version": Infinity}}')),
    "a number of 5,000 digits": answering(page(b'{"versions": ' + b"9" * 5000 + b"}")),
    **{f"{json.dumps(value)[:20]} everywhere": answering(everywhere(value)) for value in VALUES},
    "names that break lines": answering(looks_right(server_name="a\r\nX-Forged: 1")),
    "names of another place": answering(looks_right(server_name="../../_synapse/admin")),
    "delegation to no name": answering(looks_right(**{"m.server": "a..b:443"})),
    "delegation to a long name": answering(looks_right(**{"m.server": "a" * 250})),
    "delegation to port 99999": answering(looks_right(**{"m.server": "example.com:99999"})),
    **{
        f"base_url {url[:16]!a}": answering(looks_right(**{"m.homeserver": {"base_url": url}}))
        for url in (
            "https://[::1",
            "https://\x00",
            "javascript:x",
            "https://a..b",
            "https://x:y",
            "https://example.com/\x1b[31m\n",
            "https://" + "a" * 70_000,
            "https://é.example",
        )
    },
    **{
        f"redirect to {to[:16]!a}": _leading(to)
        for to in (
            "",
            "//[",
            "http://example.com/",
            "https://a..b/",
            "https://example.com:0/",
            "https://\xe9.example/",
            "/\x07?\x1b=\x7f",
            "x" * 60_000,
        )
    },
    "redirects in a circle": _circle,
    "an answer drip by drip": _then(OK, b"x", 0.02),
    "a body drip by drip": _then(OK + b"Content-Length: 50000\r\n\r\n", b" ", 0.02),
    "no answer": _silent,
    "an end at once": lambda _: None,
    "half closed": _half_closed,
    "a reset in the body": _reset,
    "refused before the body was sent": _refusing_early,
}

# What each server does instead of a TLS handshake.
PLAIN: Mapping[str, Serve] = {
    "plain HTTP": lambda visitor: visitor.say(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "a TLS alert": _alert,
    "TLS drip by drip": _dripping_tls,
    "no TLS and no word": _silent,
    "no TLS and an end": lambda _: None,
}


def bad_certificates(authority: trustme.CA) -> Mapping[str, trustme.LeafCert]:
    """Certificates that must not be trusted."""
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    return {
        "certificate has expired": authority.issue_cert(
            *NAMES, not_before=now - 2 * day, not_after=now - day
        ),
        "certificate is not yet valid": authority.issue_cert(*NAMES, not_before=now + day),
        "Hostname mismatch": authority.issue_cert(
            "elsewhere.example", common_name=f"{ESCAPES}localhost"
        ),
        "self-signed certificate": trustme.CA().issue_cert(*NAMES),
    }
