"""What a proxy does to the requests that it lets through."""

import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real import Missing, apache, apt, curl, haproxy, nginx, synapse_source
from tests.real import proxy as proxies
from tests.real import recorder as recorders
from tests.real.fixtures import need, skip
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


@pytest.mark.proves(
    "apache-forwards-the-path-byte-for-byte",
    "haproxy-compares-what-it-forwards",
    "targets-are-forwarded-byte-for-byte",
    "merged-files-hold-too",
)
@pytest.mark.parametrize("port", NAMES)
@pytest.mark.parametrize("target", VERBATIM)
def test_a_target_is_forwarded_byte_for_byte(behind: Behind, port: int, target: str) -> None:
    proxy, recorder = behind
    assert get(proxy, port, target) == 200
    assert recorder.targets == [target.encode()]


@pytest.mark.proves(
    "caddy-replaces-forwarded-headers",
    "haproxy-compares-the-host-without-its-port",
    "host-is-kept-and-nothing-forged",
)
@pytest.mark.parametrize("port", NAMES)
def test_the_host_header_is_forwarded_unchanged(behind: Behind, port: int) -> None:
    proxy, recorder = behind
    for host in (NAMES[port], f"{NAMES[port]}:{port}"):
        send(proxy, port, request(b"/_matrix/x", host))
    assert [arrived.all("host") for arrived in recorder.requests] == [
        [NAMES[port]],
        [f"{NAMES[port]}:{port}"],
    ]


@pytest.mark.proves("caddy-replaces-forwarded-headers", "host-is-kept-and-nothing-forged")
@pytest.mark.parametrize("port", NAMES)
def test_nobody_can_forge_an_address_or_a_scheme(behind: Behind, port: int) -> None:
    proxy, recorder = behind
    forged = ["X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 7.7.7.7", "X-Forwarded-Proto: http"]
    assert get(proxy, port, "/_matrix/x", *forged) == 200
    (arrived,) = recorder.requests
    assert arrived.all("x-forwarded-for") == ["127.0.0.1"]
    assert arrived.all("x-forwarded-proto") == ["https"]


@pytest.mark.proves("uploads-of-49-mb-pass", "merged-files-hold-too")
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


@pytest.mark.proves("haproxy-lets-an-unannounced-length-pass", "unannounced-60-mb-pass-two-proxies")
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


@pytest.mark.proves("bodies-are-forwarded-while-they-arrive")
def test_an_upload_is_forwarded_while_it_arrives(behind: Behind) -> None:
    proxy, recorder = behind
    body = bytes(200_000)
    data = request(b"/_matrix/upload", NAMES[443], method="POST", body=body)
    with proxies.connect(proxy.ports[443]) as connection:
        connection.sendall(data[:-100_000])
        assert recorder.arrived.wait(recorders.PATIENCE_S)
        connection.sendall(data[-100_000:])
        assert status(connection.recv(65536)) == 200


@pytest.mark.proves("bodies-are-forwarded-while-they-arrive")
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


@pytest.mark.proves("nginx-holds-back-16-kib")
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


@pytest.mark.proves("nginx-holds-back-an-upload")
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


@pytest.mark.proves("caddy-holds-back-a-known-length")
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


@pytest.mark.proves("apache-waits-for-timeout")
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


@pytest.mark.proves("apache-speaks-http2-by-protocols")
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


@pytest.mark.proves("apache-compares-the-resolved-path", "apache-forwards-dots-below-matrix")
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


@pytest.mark.proves("apache-limits-no-forwarded-body")
def test_limit_request_body_does_not_apply_to_what_apache_forwards() -> None:
    need(apache.executable)
    limit: Rewrite = (r"^(    Protocols h2 http/1\.1)$", r"\1\n    LimitRequestBody 1000")
    data = request(b"/_matrix/x", NAMES[443], method="POST", body=bytes(5000))
    with running(apache, "apache.conf", [limit]) as (proxy, recorder):
        assert status(send(proxy, 443, data)) == 200
    assert [arrived.body_length for arrived in recorder.requests] == [5000]


@pytest.mark.proves(
    "nginx-file-is-started-alone-and-in-debian",
    "caddy-file-is-started-alone-and-merged",
    "haproxy-file-is-started-alone-and-in-debian",
    "apache-file-is-started-alone-and-in-debian",
    "files-are-started-as-printed",
)
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


@pytest.mark.proves("nginx-decodes-with-a-path-in-proxy-pass", "three-of-the-bad-expose")
def test_a_path_after_proxy_pass_changes_what_is_forwarded() -> None:
    twin = BROKEN["nginx, with a path in proxy_pass"]
    need(twin.kind.executable)
    with running(twin.kind, twin.file) as (proxy, recorder):
        get(proxy, twin.port, "/_matrix/federation/v1/event/%24a%2Fb")
    assert recorder.targets == [b"/_matrix/federation/v1/event/$a/b"]


@pytest.mark.proves(
    "apache-canonical-changes-path-and-address",
    "three-of-the-bad-expose",
    "nocanon-leaves-the-slash",
)
def test_without_nocanon_apache_rewrites_the_path_and_trusts_forged_addresses() -> None:
    twin = BROKEN["Apache, without nocanon"]
    need(twin.kind.executable)
    with running(twin.kind, twin.file) as (proxy, recorder):
        get(proxy, twin.port, "/_matrix/event/%24a%2Fb", "X-Forwarded-For: 6.6.6.6")
    (arrived,) = recorder.requests
    assert arrived.target == b"/_matrix/event/$a%2Fb"
    assert arrived.all("x-forwarded-for")[0].startswith("6.6.6.6")


@pytest.mark.proves("caddy-answers-200-and-nothing", "caddy-answers-200-to-an-unknown-host")
def test_without_a_last_handle_caddy_answers_everything_else_with_200_and_nothing() -> None:
    """A host that is no site, too, unless TLS names it: then there is no connection."""
    kind, file = GOOD["Caddy"]
    need(kind.executable)
    silent: Rewrite = (r"\thandle \{\n\t\trespond 404\n\t\}\n", "")
    with running(kind, file, [silent]) as (proxy, recorder):
        no_rule = send(proxy, 443, request(b"/_synapse/admin/v1/x", NAMES[443]))
    elsewhere = request(b"/_matrix/x", "evil.example")
    with running(kind, file) as (proxy, other):
        no_site = send(proxy, 443, elsewhere)
        with pytest.raises(ssl.SSLError, match="INTERNAL_ERROR"):
            send(proxy, 443, elsewhere, name="evil.example")
    for answer in (no_rule, no_site):
        assert status(answer) == 200
        assert answer.endswith(b"\r\n\r\n")
    assert recorder.targets == other.targets == []


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


@pytest.mark.proves(
    "nginx-appends-to-a-forged-address", "haproxy-forwardfor-keeps-a-forged-address"
)
@pytest.mark.parametrize("name", APPENDED)
def test_an_address_that_is_appended_can_be_forged(name: str) -> None:
    kind, file = GOOD[name]
    need(kind.executable)
    with running(kind, file, [APPENDED[name]]) as (proxy, recorder):
        get(proxy, 443, "/_matrix/x", "X-Forwarded-For: 6.6.6.6")
    (arrived,) = recorder.requests
    assert arrived.all("x-forwarded-for")[0].startswith("6.6.6.6")


@pytest.mark.proves("haproxy-dw-makes-warnings-errors")
def test_haproxys_check_accepts_what_forwards_nothing_unless_warnings_are_errors() -> None:
    def check(file: str, *options: str) -> int:
        with running(haproxy, file) as (proxy, _):
            command = [haproxy.executable(), "-c", *options, "-f", f"{proxy.home}/haproxy.cfg"]
            return subprocess.run(command, capture_output=True).returncode

    need(haproxy.executable)
    assert check("haproxy.cfg", "-dW") == 0
    assert check("broken/haproxy-tcp-mode.cfg") == 0
    assert check("broken/haproxy-tcp-mode.cfg", "-dW") == 1


LIKE_A_CLIENT_PATH = "/_synapse/admin/v1/../../../_matrix/x"
UNTESTED: dict[str, Rewrite] = {
    "nginx": (r" +if \(\$request_uri(.|\n)*?\}\n", ""),
    "Caddy": (r"\t+vars_regexp .*\n", ""),
}


@pytest.mark.proves(
    "nginx-matches-one-path-and-forwards-another",
    "nginx-without-the-if-forwards-an-admin-path",
    "caddy-matches-one-path-and-forwards-another",
    "resolved-dots-are-got-around",
    "proxy-that-resolves-only-to-compare",
)
@pytest.mark.parametrize("name", UNTESTED)
def test_nginx_and_caddy_match_the_resolved_path_and_forward_the_one_that_was_sent(
    name: str,
) -> None:
    kind, file = GOOD[name]
    need(kind.executable)
    with running(kind, file, [UNTESTED[name]]) as (proxy, recorder):
        assert get(proxy, 443, LIKE_A_CLIENT_PATH) == 200
        assert recorder.targets == [LIKE_A_CLIENT_PATH.encode()]
    with running(kind, file) as (proxy, recorder):
        for target in (LIKE_A_CLIENT_PATH, "/_matrix/../_synapse/admin/v1/server_version"):
            assert get(proxy, 443, target) == 404
        assert recorder.targets == []


@pytest.mark.proves("nginx-uses-the-first-server-block")
def test_nginx_uses_the_first_server_block_for_an_unknown_host() -> None:
    """The first one in the order of the files' names."""
    merged = MERGED["nginx in Debian, delegation in a website"]
    need(merged.kind.executable)
    files = merged.text.split(proxies.NEXT_FILE)
    for order, forwarded in ((files, [b"/_matrix/x"]), (files[::-1], [])):
        setup = merged._replace(text=proxies.NEXT_FILE.join(order))
        with set_up(setup) as (proxy, recorder):
            send(proxy, 443, request(b"/_matrix/x", "evil.example"), name="evil.example")
            assert recorder.targets == forwarded


@pytest.mark.proves("nginx-1-22-refuses-http2-on", "nginx-refuses-a-path-in-a-regex-location")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((r"( +listen 127\S+ ssl) http2;", r"\1;\n    http2 on;"), 'unknown directive "http2"'),
        (
            (r"(proxy_pass http://[^;]+);", r"\1/_matrix;"),
            '"proxy_pass" cannot have URI part in location given by regular expression',
        ),
    ],
)
def test_nginx_says_which_line_it_does_not_accept(change: Rewrite, said: str) -> None:
    need(nginx.executable)
    assert nginx.version().startswith("nginx/1.22.") or "http2" not in said
    with (
        pytest.raises(AssertionError, match=re.escape(said)),
        running(nginx, "nginx.conf", [change]),
    ):
        pass


@pytest.mark.proves("caddy-believes-trusted-proxies")
def test_caddy_believes_a_client_whose_address_is_among_the_trusted_proxies() -> None:
    kind, file = GOOD["Caddy"]
    need(kind.executable)
    trusting: Rewrite = (r"(\t+)flush_interval -1\n", r"\1trusted_proxies 127.0.0.1/8\n")
    with running(kind, file, [trusting]) as (proxy, recorder):
        get(proxy, 443, "/_matrix/x", "X-Forwarded-For: 6.6.6.6")
    (arrived,) = recorder.requests
    assert arrived.all("x-forwarded-for")[0].startswith("6.6.6.6")


@pytest.mark.proves("official-manual-had-such-a-block")
def test_the_manual_of_1_89_forwards_everything_on_8448_and_that_of_1_90_does_not() -> None:
    manual = "docs/reverse_proxy.md"
    try:
        texts = [synapse_source.source_file(release, manual) for release in ("1.89.0", "1.90.0")]
    except Missing as missing:
        skip(missing)
    block = (
        r"^example\.com:8448 \{\n\s*reverse_proxy (/_matrix/\* )?(?:localhost|127\.0\.0\.1):8008"
    )
    assert [re.findall(block, text, re.MULTILINE) for text in texts] == [[""], ["/_matrix/* "]]


@pytest.mark.proves(
    "haproxy-makes-a-path-of-an-absolute-target", "haproxy-compares-what-it-forwards"
)
def test_haproxy_forwards_an_absolute_target_as_a_path_and_dots_as_they_are() -> None:
    need(haproxy.executable)
    absolute, dots = b"https://matrix.example.com/_matrix/x", b"/_matrix/../_synapse/admin"
    unchanged: Rewrite = (r" +http-request set-uri .*\n", "")
    for changes, expected in (([], [b"/_matrix/x", dots]), ([unchanged], [absolute, dots])):
        with running(haproxy, "haproxy.cfg", changes) as (proxy, recorder):
            for target in (absolute, dots, b"/_synapse/admin/../../_matrix/x"):
                get(proxy, 443, target)
        assert recorder.targets == expected


@pytest.mark.proves("apache-sends-the-backends-name-as-host")
def test_without_proxy_preserve_host_apache_sends_the_backends_name() -> None:
    need(apache.executable)
    default: Rewrite = (r" +ProxyPreserveHost on\n", "")
    with running(apache, "apache.conf", [default]) as (proxy, recorder):
        for port in NAMES:
            get(proxy, port, "/_matrix/x")
    assert {host for one in recorder.requests for host in one.all("host")} == {
        f"127.0.0.1:{recorder.port}"
    }


@pytest.mark.proves("apache-serves-files-for-the-rest")
def test_without_redirect_match_apache_looks_for_a_file_of_its_own() -> None:
    need(apache.executable)
    root: Rewrite = (
        r"^(    Protocols h2 http/1\.1)$",
        r"\1\n    DocumentRoot /usr/share/common-licenses",
    )
    default: Rewrite = (r" +RedirectMatch .*\n", "")
    for changes, expected in (([root, default], 200), ([root], 404)):
        with running(apache, "apache.conf", changes) as (proxy, _):
            assert get(proxy, 443, "/GPL-3") == expected


@pytest.mark.proves("apache-without-headers-does-not-start")
def test_without_the_module_headers_apache_names_the_command_that_it_does_not_know() -> None:
    merged = MERGED["Apache in Debian, delegation in a file"]
    need(merged.kind.executable)
    fewer = text("apache.conf").replace("a2enmod headers ", "a2enmod ")
    said = "Invalid command 'RequestHeader', perhaps misspelled"
    setup = Setup(merged.kind, "Apache", fewer, website=False)
    with pytest.raises(AssertionError, match=said), set_up(setup):
        pass
