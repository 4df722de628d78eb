"""What a proxy does to the requests that it lets through."""

import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real import Missing, apache, apt, curl, haproxy
from tests.real import proxy as proxies
from tests.real import recorder as recorders
from tests.real.fixtures import need
from tests.real.program import Program
from tests.real.proxy import Rewrite
from tests.reverse_proxies.clients import get, get_over_http2, request, send, status
from tests.reverse_proxies.configurations import (
    BROKEN,
    GOOD,
    MERGED,
    SETUPS,
    Behind,
    Setup,
    running,
    set_up,
    text,
)
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
WHILE_S = 0.5  # long enough for anything that is sent on this machine to arrive


@pytest.fixture(scope="module", params=SETUPS)
def behind(request: pytest.FixtureRequest) -> Iterator[Behind]:
    """Each printed file alone, and as a reader uses it: merged, within Debian's configuration."""
    setup = SETUPS[request.param]
    need(setup.kind.executable)
    with set_up(setup) as started:
        yield started


@pytest.fixture(autouse=True)
def forget(request: pytest.FixtureRequest) -> None:
    if "behind" in request.fixturenames:
        request.getfixturevalue("behind")[1].clear()


@pytest.mark.parametrize("port", NAMES)
@pytest.mark.parametrize("target", VERBATIM)
def test_a_target_is_forwarded_byte_for_byte(behind: Behind, port: int, target: str) -> None:
    proxy, recorder = behind
    assert get(proxy, port, target) == 200
    assert recorder.targets == [target.encode()]


@pytest.mark.parametrize("port", NAMES)
def test_the_host_header_is_forwarded_unchanged(behind: Behind, port: int) -> None:
    proxy, recorder = behind
    for host in (NAMES[port], f"{NAMES[port]}:{port}"):
        send(proxy, port, request(b"/_matrix/x", host))
    assert [arrived.all("host") for arrived in recorder.requests] == [
        [NAMES[port]],
        [f"{NAMES[port]}:{port}"],
    ]


@pytest.mark.parametrize("port", NAMES)
def test_nobody_can_forge_an_address_or_a_scheme(behind: Behind, port: int) -> None:
    proxy, recorder = behind
    forged = ["X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 7.7.7.7", "X-Forwarded-Proto: http"]
    assert get(proxy, port, "/_matrix/x", *forged) == 200
    (arrived,) = recorder.requests
    assert arrived.all("x-forwarded-for") == ["127.0.0.1"]
    assert arrived.all("x-forwarded-proto") == ["https"]


@pytest.mark.parametrize("port", NAMES)
@pytest.mark.parametrize("size", [1.5, 49, 60])
def test_uploads_pass_up_to_50_megabytes_and_more_through_apache(
    behind: Behind, port: int, size: float
) -> None:
    proxy, recorder = behind
    body = bytes(int(size * MEGABYTE))
    answer = send(proxy, port, request(b"/_matrix/x", NAMES[port], method="POST", body=body))
    whole = [arrived.body_length for arrived in recorder.requests]
    if size < 50 or proxy.kind.NAME == "apache":
        assert status(answer) == 200
        assert whole == [len(body)]
    else:  # Caddy counts while it forwards, so it may answer instead of the backend
        assert status(answer) in ((413, 502) if proxy.kind.NAME == "caddy" else (413,))
        assert len(body) not in whole


@pytest.mark.parametrize("name", GOOD)
def test_60_megabytes_without_an_announced_length_pass_through_haproxy_and_apache(
    name: str,
) -> None:
    kind, file = GOOD[name]
    need(kind.executable)
    chunk = b"%x\r\n" % MEGABYTE + bytes(MEGABYTE) + b"\r\n"
    head = request(b"/_matrix/upload", NAMES[443], "Transfer-Encoding: chunked", method="POST")
    with running(kind, file) as (proxy, recorder):
        answer = send(proxy, 443, head + 60 * chunk + b"0\r\n\r\n")
        whole = [arrived.body_length for arrived in recorder.requests] == [60 * MEGABYTE]
    assert whole == (name in ("Apache", "HAProxy"))
    assert status(answer) in ((200,) if whole else (0, 413))


def test_an_upload_is_forwarded_while_it_arrives(behind: Behind) -> None:
    proxy, recorder = behind
    body = bytes(200_000)
    data = request(b"/_matrix/upload", NAMES[443], method="POST", body=body)
    with proxies.connect(proxy.ports[443]) as connection:
        connection.sendall(data[:-100_000])
        assert recorder.arrived.wait(recorders.PATIENCE_S)
        connection.sendall(data[-100_000:])
        assert status(connection.recv(65536)) == 200


def test_a_download_is_forwarded_while_it_arrives(behind: Behind) -> None:
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
        assert _waits(connection)
        recorder.answer.set()
        connection.settimeout(recorders.PATIENCE_S)
        assert status(connection.recv(65536)) == 200


def _waits(connection: socket.socket) -> bool:
    """Whether nothing arrives for a while."""
    connection.settimeout(WHILE_S)
    try:
        connection.recv(65536)
    except TimeoutError:
        return True
    return False


def _cut(proxy: proxies.Proxy) -> int:
    """The status with which a proxy answers before the backend does."""
    with proxies.connect(proxy.ports[443]) as connection:
        connection.sendall(request(b"/_matrix/client/v3/sync/slow", NAMES[443]))
        connection.settimeout(recorders.PATIENCE_S / 2)
        return status(connection.recv(65536))


def _body_so_far(
    proxy: proxies.Proxy, recorder: recorders.Recorder, path: str, *, at_least: int = 0
) -> int:
    """The bytes of an answer that arrive before the backend sends the rest.

    It waits for `at_least` bytes, and then a while for more.
    """
    recorder.clear()
    received = b""
    with proxies.connect(proxy.ports[443]) as connection:
        connection.sendall(request(path.encode(), NAMES[443]))
        try:
            while True:
                enough = len(received.partition(b"\r\n\r\n")[2]) >= at_least
                connection.settimeout(WHILE_S if enough else recorders.PATIENCE_S / 2)
                part = connection.recv(65536)
                assert part, received
                received += part
        except TimeoutError:
            recorder.answer.set()
            connection.settimeout(recorders.PATIENCE_S)
            assert connection.recv(65536)  # the rest arrives
    return len(received.partition(b"\r\n\r\n")[2])


def test_with_proxy_buffering_nginx_holds_back_16_kib_of_a_download_not_all_of_it() -> None:
    kind, file = GOOD["nginx"]
    need(kind.executable)
    default: Rewrite = (r" +proxy_buffering off;\n", "")
    with running(kind, file, [default]) as (proxy, recorder):
        assert _body_so_far(proxy, recorder, "/_matrix/drip") == 0
        # 16 KiB are sent together, including the head of the answer: nginx's `ssl_buffer_size`.
        assert 16_000 < _body_so_far(proxy, recorder, "/_matrix/long", at_least=16_000) < 16_384
    with running(kind, file) as (proxy, recorder):
        little = len(recorders.LITTLE)
        assert _body_so_far(proxy, recorder, "/_matrix/drip", at_least=little) == little
        long = len(recorders.LONG)
        assert _body_so_far(proxy, recorder, "/_matrix/long", at_least=long) == long


def test_with_proxy_request_buffering_nginx_holds_back_an_upload_until_all_of_it_is_there() -> None:
    kind, file = GOOD["nginx"]
    need(kind.executable)
    default: Rewrite = (r" +proxy_request_buffering off;\n", "")
    data = request(b"/_matrix/upload", NAMES[443], method="POST", body=bytes(200_000))
    with (
        running(kind, file, [default]) as (proxy, recorder),
        proxies.connect(proxy.ports[443]) as connection,
    ):
        connection.sendall(data[:-1])
        assert not recorder.arrived.wait(WHILE_S)
        assert recorder.targets == []
        connection.sendall(data[-1:])
        assert recorder.arrived.wait(recorders.PATIENCE_S)


def test_without_flush_interval_caddy_holds_back_an_answer_whose_length_is_known() -> None:
    kind, file = GOOD["Caddy"]
    need(kind.executable)
    default: Rewrite = (r"\t+flush_interval -1\n", "")
    with running(kind, file, [default]) as (proxy, recorder):
        assert _body_so_far(proxy, recorder, "/_matrix/drip") == 0
        half = len(recorders.HALF)
        assert 0 < _body_so_far(proxy, recorder, "/_matrix/trickle", at_least=1) <= half
        assert _body_so_far(proxy, recorder, "/_matrix/chunks", at_least=1) > 0
    with running(kind, file) as (proxy, recorder):
        little = len(recorders.LITTLE)
        assert _body_so_far(proxy, recorder, "/_matrix/drip", at_least=little) == little


def test_without_proxy_timeout_apache_waits_for_timeout_which_is_300_seconds_in_debian() -> None:
    need(MERGED["Apache in Debian, delegation in a file"].kind.executable)
    debian = apt.unpacked(apache.DEBIAN_PACKAGE) / "etc" / "apache2" / "apache2.conf"
    assert re.findall(r"^Timeout .*$", debian.read_text(), re.MULTILINE) == ["Timeout 300"]
    short: Rewrite = (r"^(    Protocols h2 http/1\.1)$", r"\1\n    Timeout 1")
    default: Rewrite = (r"^ +ProxyTimeout 600\n", "")
    with running(apache, "apache.conf", [short, default]) as (proxy, _):
        assert _cut(proxy) == 502
    with (
        running(apache, "apache.conf", [short]) as (proxy, recorder),
        proxies.connect(proxy.ports[443]) as connection,
    ):
        connection.sendall(request(b"/_matrix/client/v3/sync/slow", NAMES[443]))
        connection.settimeout(1.5)  # longer than Timeout
        with pytest.raises(TimeoutError):
            connection.recv(65536)
        recorder.answer.set()
        connection.settimeout(recorders.PATIENCE_S)
        assert status(connection.recv(65536)) == 200


def test_without_protocols_apache_speaks_http_1_1_only_unless_debians_module_says_otherwise() -> (
    None
):
    debian = MERGED["Apache in Debian, delegation in a file"].kind
    need(debian.executable)
    need(curl.executable)
    without = re.sub(r"^ +Protocols .*\n", "", text("apache.conf"), flags=re.MULTILINE)
    for kind, version in ((apache, "1.1"), (debian, "2")):
        with set_up(Setup(kind, "Apache", without, website=False)) as (proxy, _):
            spoken = get_over_http2(proxy, 443, "/_matrix/client/versions")
        assert spoken == f"200 {version}"


def test_apache_forwards_dots_as_they_were_sent_only_below_a_path_that_is_forwarded() -> None:
    need(apache.executable)
    forwarded = {
        "/_matrix/client/../client/versions": [b"/_matrix/client/../client/versions"],
        "/_matrix/a/%2e%2e/b": [b"/_matrix/a/%2e%2e/b"],
        "/x/../_matrix/client/versions": [b"/_matrix/client/versions"],
        "/_synapse/admin/v1/../../../_matrix/x": [b"/_matrix/x"],
        "/_matrix/../_synapse/admin/v1/server_version": [],
        "/_matrix/%2e%2e/_synapse/admin/v1/server_version": [],
    }
    with running(apache, "apache.conf") as (proxy, recorder):
        for target, expected in forwarded.items():
            recorder.clear()
            assert get(proxy, 443, target) == (200 if expected else 404)
            assert recorder.targets == expected


def test_limit_request_body_does_not_apply_to_what_apache_forwards() -> None:
    need(apache.executable)
    limit: Rewrite = (r"^(    Protocols h2 http/1\.1)$", r"\1\n    LimitRequestBody 1000")
    data = request(b"/_matrix/x", NAMES[443], method="POST", body=bytes(5000))
    with running(apache, "apache.conf", [limit]) as (proxy, recorder):
        assert status(send(proxy, 443, data)) == 200
    assert [arrived.body_length for arrived in recorder.requests] == [5000]


@pytest.mark.parametrize("name", GOOD)
def test_a_backend_that_does_not_listen_is_502_or_503(name: str) -> None:
    kind, file = GOOD[name]
    need(kind.executable)
    elsewhere: Rewrite = (r"127\.0\.0\.1:8008", "127.0.0.2:8008")
    with recorders.recorder() as recorder:
        there: Rewrite = (r"127\.0\.0\.2:8008", f"127.0.0.2:{recorder.port}")
        with proxies.proxy(kind, text(file), None, extra=[elsewhere, there]) as proxy:
            assert get(proxy, 443, "/_matrix/client/versions") == (
                503 if name in ("Apache", "HAProxy") else 502
            )
        with proxies.proxy(kind, text(file), recorder.port) as proxy:
            assert get(proxy, 443, "/_matrix/client/versions") == 200


def test_haproxy_without_a_default_backend_answers_503_to_what_no_rule_names() -> None:
    need(haproxy.executable)
    no_default: Rewrite = (r"^    default_backend nothing\n", "")
    with running(haproxy, "haproxy.cfg", [no_default]) as (proxy, recorder):
        assert get(proxy, 443, "/_matrix/client/versions") == 200
        recorder.clear()
        assert get(proxy, 443, "/nothing") == 503
        # If the rule names something else, this is the answer to everything.
        answer = send(proxy, 443, request(b"/_matrix/x", "other.example.com"))
        assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert b"No server is available to handle this request." in answer
        assert recorder.targets == []


# The proxy's answer if the backend takes too long; the printed time is scaled down.
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
        assert _cut(proxy) == expected


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
def test_a_started_configuration_differs_from_the_printed_one_only_in_named_places(
    name: str,
) -> None:
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


def test_a_path_after_proxy_pass_changes_what_is_forwarded() -> None:
    twin = BROKEN["nginx, with a path in proxy_pass"]
    need(twin.kind.executable)
    with running(twin.kind, twin.file) as (proxy, recorder):
        get(proxy, twin.port, "/_matrix/federation/v1/event/%24a%2Fb")
    assert recorder.targets == [b"/_matrix/federation/v1/event/$a/b"]


def test_without_nocanon_apache_rewrites_the_path_and_trusts_forged_addresses() -> None:
    twin = BROKEN["Apache, without nocanon"]
    need(twin.kind.executable)
    with running(twin.kind, twin.file) as (proxy, recorder):
        get(proxy, twin.port, "/_matrix/event/%24a%2Fb", "X-Forwarded-For: 6.6.6.6")
    (arrived,) = recorder.requests
    assert arrived.target != b"/_matrix/event/%24a%2Fb"
    assert arrived.all("x-forwarded-for")[0].startswith("6.6.6.6")


def test_without_client_max_body_size_nginx_refuses_more_than_a_megabyte() -> None:
    kind, file = GOOD["nginx"]
    need(kind.executable)
    default: Rewrite = (r" +client_max_body_size 50M;\n", "")
    with running(kind, file, [default]) as (proxy, recorder):
        body = bytes(int(1.5 * MEGABYTE))
        answer = send(proxy, 443, request(b"/_matrix/x", NAMES[443], method="POST", body=body))
    assert answer.startswith(b"HTTP/1.1 413 Request Entity Too Large\r\n")
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


def test_a_program_that_is_missing_is_named_with_its_package(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="no HAProxy here: install the system's package `haproxy`"):
        Program("HAProxy", "haproxy", ("haproxy",), str(tmp_path)).executable()


def test_a_rewrite_without_a_match_is_an_error() -> None:
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
    (arrived,) = recorder.requests
    assert arrived.all("x-forwarded-for")[0].startswith("6.6.6.6")


def test_haproxys_check_accepts_what_forwards_nothing_unless_warnings_are_errors() -> None:
    def check(file: str, *options: str) -> int:
        with running(haproxy, file) as (proxy, _):
            command = [haproxy.executable(), "-c", *options, "-f", f"{proxy.home}/haproxy.cfg"]
            return subprocess.run(command, capture_output=True).returncode

    need(haproxy.executable)
    assert check("haproxy.cfg", "-dW") == 0
    assert check("broken/haproxy-tcp-mode.cfg") == 0
    assert check("broken/haproxy-tcp-mode.cfg", "-dW") == 1
