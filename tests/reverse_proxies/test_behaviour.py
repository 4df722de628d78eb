"""What a proxy does to the requests that it lets through."""

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.real import Missing, haproxy
from tests.real import proxy as proxies
from tests.real import recorder as recorders
from tests.real.fixtures import need
from tests.real.proxy import Rewrite
from tests.reverse_proxies.clients import get, request, send, status
from tests.reverse_proxies.configurations import BROKEN, GOOD, Behind, running, text
from tests.reverse_proxies.targets import NAMES

pytestmark = pytest.mark.slow

VERBATIM = [
    "/_matrix/federation/v1/event/%24a%2Fb",
    "/_matrix/client/v3/rooms/%21abc%3Aexample.com/state/m.room.member/%40a%3Ab",
    "/_matrix//doubled",
    "/_matrix/percent%25sign",
    "/_matrix/caf%C3%A9",
    "/_matrix/x?q=%2F&r=a+b",
]
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module", params=GOOD)
def behind(request: pytest.FixtureRequest) -> Iterator[Behind]:
    kind, name = GOOD[request.param]
    need(kind.executable)
    with running(kind, name) as started:
        started[1].clear()
        yield started


@pytest.fixture(autouse=True)
def forget(request: pytest.FixtureRequest) -> None:
    if "behind" in request.fixturenames:
        request.getfixturevalue("behind")[1].clear()


@pytest.mark.parametrize("port", NAMES)
@pytest.mark.parametrize("target", VERBATIM)
def test_a_target_goes_on_byte_for_byte(behind: Behind, port: int, target: str) -> None:
    proxy, recorder = behind
    assert get(proxy, port, target) == 200
    assert recorder.targets == [target.encode()]


@pytest.mark.parametrize("port", NAMES)
def test_the_host_goes_on_as_it_was_sent(behind: Behind, port: int) -> None:
    proxy, recorder = behind
    for host in (NAMES[port], f"{NAMES[port]}:{port}"):
        send(proxy, port, request(b"/_matrix/x", host))
    assert [seen.all("host") for seen in recorder.seen] == [
        [NAMES[port]],
        [f"{NAMES[port]}:{port}"],
    ]


@pytest.mark.parametrize("port", NAMES)
def test_nobody_can_forge_an_address_or_a_scheme(behind: Behind, port: int) -> None:
    proxy, recorder = behind
    forged = ["X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 7.7.7.7", "X-Forwarded-Proto: http"]
    assert get(proxy, port, "/_matrix/x", *forged) == 200
    (seen,) = recorder.seen
    assert seen.all("x-forwarded-for") == ["127.0.0.1"]
    assert seen.all("x-forwarded-proto") == ["https"]


@pytest.mark.parametrize("port", NAMES)
@pytest.mark.parametrize("size", [1.5, 49, 60])
def test_uploads_pass_up_to_50_megabytes_and_through_apache_beyond(
    behind: Behind, port: int, size: float
) -> None:
    proxy, recorder = behind
    body = bytes(int(size * MEGABYTE))
    answer = send(proxy, port, request(b"/_matrix/x", NAMES[port], method="POST", body=body))
    whole = [seen.body_length for seen in recorder.seen]
    if size < 50 or proxy.kind.NAME == "apache":
        assert status(answer) == 200
        assert whole == [len(body)]
    else:
        assert status(answer) in (0, 413)  # 0: it hung up before the whole body was sent
        assert len(body) not in whole


def test_an_upload_goes_on_while_it_arrives(behind: Behind) -> None:
    proxy, recorder = behind
    body = bytes(200_000)
    data = request(b"/_matrix/upload", NAMES[443], method="POST", body=body)
    with proxies.connect(proxy.ports[443]) as connection:
        connection.sendall(data[:-100_000])
        assert recorder.arrived.wait(recorders.PATIENCE_S)
        connection.sendall(data[-100_000:])
        assert status(connection.recv(65536)) == 200


def test_a_download_goes_on_while_it_arrives(behind: Behind) -> None:
    proxy, recorder = behind
    with proxies.connect(proxy.ports[443]) as connection:
        connection.sendall(request(b"/_matrix/trickle", NAMES[443]))
        got = b""
        while len(got.partition(b"\r\n\r\n")[2]) < len(recorders.HALF):
            part = connection.recv(65536)
            assert part, got
            got += part
        recorder.answer.set()
        while part := connection.recv(65536):
            got += part
        assert len(got.partition(b"\r\n\r\n")[2]) == 2 * len(recorders.HALF)


def test_a_client_may_wait_for_its_answer(behind: Behind) -> None:
    proxy, recorder = behind
    with proxies.connect(proxy.ports[443]) as connection:
        connection.sendall(request(b"/_matrix/client/v3/sync/slow", NAMES[443]))
        patience = connection.gettimeout()
        connection.settimeout(1)
        with pytest.raises(TimeoutError):  # nobody answers in the backend's place
            connection.recv(65536)
        assert len(recorder.targets) == 1
        connection.settimeout(patience)
        recorder.answer.set()
        assert status(connection.recv(65536)) == 200


# What a proxy answers when the backend takes longer than it may: the printed time, scaled down.
CUT: dict[str, tuple[list[Rewrite], int]] = {
    "nginx": ([(r"proxy_read_timeout 10m", "proxy_read_timeout 1s")], 504),
    "Apache": ([(r"ProxyTimeout 600", "ProxyTimeout 1")], 502),
    "HAProxy": ([(r"timeout server 10m", "timeout server 1s")], 504),
}


@pytest.mark.parametrize("name", CUT)
def test_a_wait_beyond_the_printed_time_is_cut(name: str) -> None:
    kind, file = GOOD[name]
    need(kind.executable)
    extra, expected = CUT[name]
    with running(kind, file, extra) as (proxy, _):
        assert get(proxy, 443, "/_matrix/client/v3/sync/slow") == expected


@pytest.mark.parametrize("name", GOOD)
def test_a_proxy_survives_a_backend_that_is_down_and_back(name: str) -> None:
    kind, file = GOOD[name]
    need(kind.executable)
    (port,) = proxies.free_ports(1)
    with proxies.proxy(kind, text(file), port) as proxy:
        assert get(proxy, 443, "/_matrix/x") in (502, 503)
        with recorders.recorder(port) as recorder:
            assert get(proxy, 443, "/_matrix/x") == 200
            assert recorder.targets == [b"/_matrix/x"]


@pytest.mark.parametrize("name", [*GOOD])
def test_what_starts_differs_from_what_is_printed_in_the_named_places_only(name: str) -> None:
    kind, file = GOOD[name]
    need(kind.executable)
    printed = text(file)
    with running(kind, file) as (proxy, _):
        started = proxy.started.splitlines()
    places = re.compile(
        r"listen|ssl_certificate|SSLCertificate|VirtualHost|bind |8008|8448 \{|com \{"
    )
    kept = [line for line in printed.splitlines() if not places.search(line)]
    ports = [str(port) for port in proxy.ports.values()]
    changed = [line for line in started if line not in printed.splitlines()]
    assert [line for line in started if line in kept] == kept
    for line in changed:
        assert "127.0.0.1" in line or "certificates" in line or any(p in line for p in ports), line


def test_a_path_behind_proxy_pass_changes_what_is_forwarded() -> None:
    twin = BROKEN["nginx, with a path in proxy_pass"]
    need(twin.kind.executable)
    with running(twin.kind, twin.file) as (proxy, recorder):
        get(proxy, twin.port, "/_matrix/federation/v1/event/%24a%2Fb")
    assert recorder.targets == [b"/_matrix/federation/v1/event/$a/b"]


def test_without_nocanon_apache_writes_the_path_anew_and_believes_forged_addresses() -> None:
    twin = BROKEN["Apache, without nocanon"]
    need(twin.kind.executable)
    with running(twin.kind, twin.file) as (proxy, recorder):
        get(proxy, twin.port, "/_matrix/event/%24a%2Fb", "X-Forwarded-For: 6.6.6.6")
    (seen,) = recorder.seen
    assert seen.target != b"/_matrix/event/%24a%2Fb"
    assert seen.all("x-forwarded-for")[0].startswith("6.6.6.6")


def test_without_client_max_body_size_nginx_refuses_more_than_a_megabyte() -> None:
    kind, file = GOOD["nginx"]
    need(kind.executable)
    default: Rewrite = (r" +client_max_body_size 50M;\n", "")
    with running(kind, file, [default]) as (proxy, recorder):
        body = bytes(int(1.5 * MEGABYTE))
        answer = send(proxy, 443, request(b"/_matrix/x", NAMES[443], method="POST", body=body))
    assert status(answer) in (0, 413)
    assert recorder.targets == []


def test_without_a_last_handle_caddy_answers_everything_else_with_200_and_nothing() -> None:
    kind, file = GOOD["Caddy"]
    need(kind.executable)
    silent: Rewrite = (r"\thandle \{\n\t\trespond 404\n\t\}\n", "")
    with running(kind, file, [silent]) as (proxy, recorder):
        answer = send(proxy, 443, request(b"/_synapse/admin/v1/x", NAMES[443]))
    assert status(answer) == 200
    assert answer.endswith(b"\r\n\r\n")
    assert recorder.targets == []


def test_a_program_that_is_missing_is_named_with_its_package() -> None:
    with pytest.raises(Missing, match="no HAProxy here: install the system's package `haproxy`"):
        proxies.found("HAProxy", "haproxy", None)


def test_a_rewrite_that_finds_nothing_is_an_error() -> None:
    with pytest.raises(AssertionError, match="the configuration has no nowhere"):
        proxies.rewritten("text", [("nowhere", "")])


def test_a_proxy_that_does_not_start_shows_its_own_log() -> None:
    kind, file = GOOD["nginx"]
    need(kind.executable)
    nonsense: Rewrite = (r"proxy_http_version 1\.1;", "proxy_http_versoin 1.1;")
    with (
        pytest.raises(AssertionError, match="proxy_http_versoin"),
        running(kind, file, [nonsense]),
    ):
        pass


APPENDED: dict[str, Rewrite] = {
    "nginx": (r"X-Forwarded-For \$remote_addr", "X-Forwarded-For $proxy_add_x_forwarded_for"),
    "HAProxy": (r"http-request set-header X-Forwarded-For %\[src\]", "option forwardfor"),
}


@pytest.mark.parametrize("name", APPENDED)
def test_an_address_that_is_appended_can_be_forged(name: str) -> None:
    kind, file = GOOD[name]
    need(kind.executable)
    with running(kind, file, [APPENDED[name]]) as (proxy, recorder):
        get(proxy, 443, "/_matrix/x", "X-Forwarded-For: 6.6.6.6")
    (seen,) = recorder.seen
    assert seen.all("x-forwarded-for")[0].startswith("6.6.6.6")


def test_haproxys_own_check_passes_what_forwards_nothing_unless_warnings_are_errors() -> None:
    def check(file: str, *options: str) -> int:
        with running(haproxy, file) as (proxy, _):
            command = [haproxy.executable(), "-c", *options, "-f", f"{proxy.home}/haproxy.cfg"]
            return subprocess.run(command, capture_output=True).returncode

    need(haproxy.executable)
    assert check("haproxy.cfg", "-dW") == 0
    assert check("broken/haproxy-tcp-mode.cfg") == 0
    assert check("broken/haproxy-tcp-mode.cfg", "-dW") == 1
