"""The probe, against real proxies before a real Synapse, and against what cannot be probed."""

import json
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import trustme

from snippets.reverse_proxies.__main__ import main
from snippets.reverse_proxies.https import (
    MOST_BYTES,
    Answer,
    CannotProbe,
    Handshake,
    Https,
    _parsed,
    _received,
)
from snippets.reverse_proxies.probe import Finding, Verdict, probe
from tests.docs.fences import ROOT
from tests.real import proxy as proxies
from tests.real.fixtures import need
from tests.real.proxy import Proxy, Rewrite
from tests.reverse_proxies.configurations import BROKEN, GOOD, text
from tests.reverse_proxies.conftest import Server
from tests.reverse_proxies.targets import NAMES


def https(running: Proxy, port: int) -> Https:
    return Https(
        NAMES[port],
        port,
        authority=str(running.authority_file),
        address=("127.0.0.1", running.ports[port]),
    )


def findings(running: Proxy, *ports: int) -> dict[tuple[str, str], Finding]:
    """What the probe finds, by port and what was asked."""
    client = https(running, 443) if 443 in ports else None
    federation = https(running, 8448) if 8448 in ports else None
    told: list[str] = []
    found = list(probe(client, federation, None, told.append))
    assert told
    return {(finding.where.rpartition(":")[2], finding.what): finding for finding in found}


def bad(found: dict[tuple[str, str], Finding]) -> set[str]:
    return {what for (_, what), finding in found.items() if finding.verdict is Verdict.BAD}


@pytest.mark.slow
@pytest.mark.parametrize("name", GOOD)
def test_the_printed_configurations_are_found_to_be_good(server: Server, name: str) -> None:
    kind, file = GOOD[name]
    need(kind.executable)
    with proxies.proxy(kind, text(file), server.running.port) as running:
        found = findings(running, 443, 8448)
    assert bad(found) == set()
    assert found["443", "client API"].seen == "200"
    assert found["443", "HTTP/2"].seen == "HTTP/2"
    assert found["443", "single sign-on"].seen.startswith("leads to https://cas.example.com/")
    assert found["443", "forged X-Forwarded-For"].verdict is Verdict.UNKNOWN
    assert found["443", "what it says it runs"].seen != "nothing"
    assert len(found) == 21


EXPECTED = {
    "Caddy, forwarding everything": {"admin API", "metrics", "health", "replication"},
    "HAProxy, with a default backend": {"admin API", "metrics", "health", "replication"},
    "nginx, by the normalised path": {"an admin path dressed up"},
    "nginx, with a path in proxy_pass": set(),
    "Apache, without nocanon": set(),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_known_to_be_bad_is_found_as_far_as_it_shows_outside(
    server: Server, name: str
) -> None:
    twin = BROKEN[name]
    need(twin.kind.executable)
    with proxies.proxy(twin.kind, text(twin.file), server.running.port) as running:
        found = findings(running, twin.port)
    # What Synapse itself refuses is bad all the same: it should never have got there.
    assert bad(found) >= EXPECTED[name]
    assert bool(bad(found)) is bool(EXPECTED[name])
    if EXPECTED[name] and "nginx" not in name:
        assert "forward nothing but /_matrix/" in found[str(twin.port), "admin API"].change


@pytest.mark.slow
def test_haproxy_without_mode_http_cannot_be_asked(server: Server) -> None:
    twin = BROKEN["HAProxy, without mode http"]
    need(twin.kind.executable)
    with (
        proxies.proxy(twin.kind, text(twin.file), server.running.port) as running,
        pytest.raises(CannotProbe, match="what came back is no HTTP"),
    ):
        findings(running, 8448)


@pytest.mark.slow
def test_single_sign_on_in_a_circle_is_found(server: Server) -> None:
    kind, file = GOOD["nginx"]
    need(kind.executable)
    with_port: Rewrite = (r"Host \$http_host", "Host $host:443")
    with proxies.proxy(kind, text(file), server.running.port, extra=[with_port]) as running:
        found = findings(running, 443)
    assert bad(found) == {"single sign-on"}
    assert "without adding a port" in found["443", "single sign-on"].change


@pytest.mark.slow
def test_a_backend_that_is_down_and_an_empty_200_are_found() -> None:
    (port,) = proxies.free_ports(1)
    for name in ("nginx", "Caddy"):
        kind, file = GOOD[name]
        need(kind.executable)
        with proxies.proxy(kind, text(file), port) as running:
            found = findings(running, 443, 8448)
        assert bad(found) >= {"client API", "federation API"}
        assert found["443", "client API"].change.startswith("see whether Synapse runs")
    kind = GOOD["Caddy"][0]
    silent: Rewrite = (r"\thandle \{\n\t\trespond 404\n\t\}\n", "")
    with proxies.proxy(kind, text("Caddyfile"), port, extra=[silent]) as running:
        found = findings(running, 443)
    assert found["443", "admin API"].seen == "200, empty"
    assert "a mistake looks like success" in found["443", "admin API"].change


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nginx-delegation.conf", "Caddyfile-delegation"])
def test_delegation_is_read(name: str) -> None:
    kind = GOOD["nginx" if "nginx" in name else "Caddy"][0]
    need(kind.executable)
    with proxies.proxy(kind, text(name), None) as running:
        server = Https(
            "example.com",
            443,
            authority=str(running.authority_file),
            address=("127.0.0.1", running.ports[443]),
        )
        found = {f.what: f for f in probe(None, None, server, lambda _: None)}
    assert found["/.well-known/matrix/server"].seen == '"matrix.example.com:443"'
    assert found["/.well-known/matrix/client"].verdict is Verdict.GOOD


# -- Servers of the test's own, that misbehave --


@contextmanager
def misbehaving(
    serve: Callable[[ssl.SSLSocket], None], authority: trustme.CA | None = None
) -> Iterator[int]:
    """The port of a server that does this with every connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (authority or trustme.CA()).issue_cert("localhost").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(connection, server_side=True) as secure:
                        serve(secure)
                except OSError:
                    pass

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def answering(*parts: bytes) -> Callable[[ssl.SSLSocket], None]:
    def serve(connection: ssl.SSLSocket) -> None:
        connection.recv(65536)
        for part in parts:
            connection.sendall(part)

    return serve


def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, str]:
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("authority") / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return authority, str(path)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, str]:
    return trusted(tmp_path_factory)


Authority = tuple[trustme.CA, str]


def ask(port: int, authority: Authority, timeout: float = 5.0) -> Https:
    return Https("localhost", port, timeout=timeout, authority=authority[1])


def test_a_server_that_never_stops_sending_is_heard_no_longer_than_needed(
    authority: Authority,
) -> None:
    def serve(connection: ssl.SSLSocket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 16384)

    with misbehaving(serve, authority[0]) as port:
        answer = ask(port, authority).get("/")
    assert answer.status == 200
    assert MOST_BYTES / 2 < len(answer.body) <= MOST_BYTES + 16384


def test_a_server_that_says_nothing_is_waited_for_as_long_as_was_said(
    authority: Authority,
) -> None:
    over = threading.Event()

    def serve(_: ssl.SSLSocket) -> None:
        over.wait(30)

    with misbehaving(serve, authority[0]) as port:
        with pytest.raises(CannotProbe, match=r"did not answer within 0\.2 s"):
            ask(port, authority, 0.2).get("/")
        over.set()


def test_a_server_that_drips_is_not_waited_for_longer(authority: Authority) -> None:
    over = threading.Event()

    def serve(connection: ssl.SSLSocket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not over.wait(0.05):
            connection.sendall(b"x")

    with misbehaving(serve, authority[0]) as port:
        with pytest.raises(CannotProbe, match=r"did not answer within 0\.3 s"):
            ask(port, authority, 0.3).get("/")
        over.set()


def test_a_server_that_breaks_the_connection_is_named(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(connection: ssl.SSLSocket) -> None:
        at_once = struct.pack("ii", 1, 0)  # and with a reset
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)

    def reset(_: Https) -> None:
        raise ConnectionResetError(104, "Connection reset by peer")

    with misbehaving(serve, authority[0]) as port:
        # TLS takes a reset now for one, and now for an end without an answer.
        with pytest.raises(CannotProbe, match=r"broke the connection|no HTTP"):
            ask(port, authority).get("/")
        monkeypatch.setattr(Https, "_connect", reset)
        with pytest.raises(CannotProbe, match="broke the connection: Connection reset by peer"):
            ask(port, authority).get("/")


def test_nothing_is_read_after_the_time_is_over() -> None:
    with socket.socket() as plain, pytest.raises(TimeoutError):
        _received(plain, time.monotonic() - 1)


def test_a_certificate_that_nobody_vouches_for_is_bad() -> None:
    with misbehaving(answering(b"")) as port:
        server = Https("localhost", port)
        with pytest.raises(CannotProbe, match="bad certificate: unable to get local issuer"):
            server.get("/")
        with pytest.raises(CannotProbe, match="bad certificate"):
            server.handshake()


def test_a_certificate_that_is_about_to_end_is_to_be_renewed() -> None:
    class Ending(Https):
        def handshake(self) -> Handshake:
            return Handshake("TLSv1.3", True, 30, 0.05)

        def get(self, target: str) -> Answer:
            return Answer(404, {}, b"")

    found = {f.what: f for f in probe(Ending("a", 443), None, None, lambda _: None)}
    assert found["TLS"].verdict is Verdict.BAD
    assert found["TLS"].seen == "TLSv1.3, certificate for 30 hours more"
    assert found["TLS"].change == "renew it"
    assert found["client API"].change == "forward /_matrix/ to Synapse"


def test_what_is_not_there_or_no_tls_is_named(authority: Authority) -> None:
    (port,) = proxies.free_ports(1)
    with pytest.raises(CannotProbe, match=rf"localhost:{port} cannot be reached: Connection re"):
        ask(port, authority).get("/")
    with pytest.raises(CannotProbe, match=r"nowhere\.invalid does not resolve"):
        Https("nowhere.invalid", 443).get("/")
    with socket.create_server(("127.0.0.1", 0)) as plain:
        port = plain.getsockname()[1]

        def greet() -> None:
            with plain.accept()[0] as connection:
                connection.sendall(b"hello, no TLS\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(CannotProbe, match=r"speaks no TLS"):
            ask(port, authority).get("/")
        thread.join()


def test_a_server_that_takes_no_connection_is_waited_for_as_long_as_was_said(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object) -> None:
        raise TimeoutError

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(CannotProbe, match=r"does not answer within 0\.2 s"):
            ask(port, authority, 0.2).get("/")
    monkeypatch.setattr(socket, "create_connection", late)
    with pytest.raises(CannotProbe, match="does not answer within 5 s"):
        ask(port, authority).get("/")


@pytest.mark.parametrize("received", [b"", b"hello", b"HTTP/1.1", b"HTTP/1.1 abc OK\r\n\r\n"])
def test_what_is_no_http_is_named(received: bytes) -> None:
    with pytest.raises(CannotProbe, match="what came back is no HTTP"):
        _parsed(received)


def test_bodies_are_read_whole_in_chunks_or_cut() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert _parsed(chunked + b'4\r\n{"a"\r\n3;x\r\n:1}\r\n0\r\n\r\n').json == {"a": 1}
    assert _parsed(chunked + b"zz\r\n").body == b""
    assert _parsed(b"HTTP/1.1 404 Not Found\r\n\r\n[1]").errcode is None
    assert _parsed(b'HTTP/1.1 404 Not Found\r\n\r\n{"errcode": 1}').errcode is None


def test_a_delegation_that_is_wrong_or_missing_is_told(authority: Authority) -> None:
    def verdicts(*parts: bytes) -> list[tuple[Verdict, str]]:
        with misbehaving(answering(*parts), authority[0]) as port:
            found = probe(None, None, ask(port, authority), lambda _: None)
            return [(finding.verdict, finding.change) for finding in found]

    missing = verdicts(b"HTTP/1.1 404 Not Found\r\n\r\n")
    assert [verdict for verdict, _ in missing] == [Verdict.UNKNOWN] * 2
    nonsense = verdicts(b"HTTP/1.1 200 OK\r\n\r\n<html>")
    assert [verdict for verdict, _ in nonsense] == [Verdict.BAD] * 2
    no_cors = verdicts(
        b"HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n",
        b'{"m.server": "a", "m.homeserver": 1}',
    )
    assert [verdict for verdict, _ in no_cors] == [Verdict.GOOD, Verdict.BAD]
    assert "Access-Control-Allow-Origin" in no_cors[1][1]
    (port,) = proxies.free_ports(1)
    found = probe(None, None, ask(port, authority), lambda _: None)
    assert [finding.verdict for finding in found] == [Verdict.UNKNOWN] * 2


# -- The command --


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        status = main(["probe", *arguments])
    except SystemExit as exit_:
        status = int(str(exit_.code))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["http://example.com"], "is no address: write https://matrix.example.com"),
        (["example.com"], "is no address"),
        (["https://example.com/path"], "is no address"),
        (["https://example.com:x"], "has no port"),
        (["https://nowhere.invalid"], "nowhere.invalid does not resolve"),
        (["https://example.com", "--federation-port", "0"], "'0' is no port"),
        (["https://example.com", "--timeout", "soon"], "'soon' is no time"),
        (["https://example.com", "--timeout", "-1"], "'-1' is no time"),
        (["https://example.com", "--authority", "/nowhere"], "/nowhere holds no certificates"),
    ],
)
def test_what_cannot_be_probed_is_one_clear_line_and_status_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_the_command_tells_what_it_asks_what_it_found_and_what_to_change(
    authority: Authority, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = b'HTTP/1.1 200 OK\r\n\r\n{"errcode": "M_UNRECOGNIZED"}'
    with misbehaving(answering(everything), authority[0]) as port:
        asked = [f"https://localhost:{port}", "--authority", authority[1]]
        more = ["--federation-port", str(port), "--server-name", "localhost"]
        monkeypatch.setattr("snippets.reverse_proxies.__main__.DELEGATION_PORT", port)
        status, out, err = run(capsys, *asked, *more)
        assert status == 1
        assert err.startswith("Probe your own server only.\n")
        assert f"  localhost:{port}: /_synapse/metrics\n" in err
        assert f"BAD      localhost:{port}  admin API: Synapse answers: 200 M_UNRECOGNIZED" in out
        status, out, _ = run(capsys, *asked, "--json", "--timeout", "5")
    assert status == 1
    assert {finding["verdict"] for finding in json.loads(out)} == {"good", "bad", "unknown"}


def test_the_command_has_help() -> None:
    command = [sys.executable, "-m", "snippets.reverse_proxies", "probe", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert b"your own" in done.stdout
