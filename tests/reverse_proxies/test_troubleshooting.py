"""Each heading of *Troubleshooting* is what a real program prints after a mistake.

A test makes the mistake, finds the text, and corrects the mistake: then the text is gone.
"""

import re
import socket
import subprocess
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.docs.guide import DOCS
from tests.real import apache, caddy, chromium, curl, haproxy, nginx
from tests.real import proxy as proxies
from tests.real import recorder as recorders
from tests.real.fixtures import need, synapse_python
from tests.real.homeserver import Homeserver, homeserver
from tests.real.proxy import Proxy, Rewrite
from tests.real.releases import COMPARED
from tests.reverse_proxies.clients import request, send
from tests.reverse_proxies.configurations import BROKEN, GOOD, running, text
from tests.reverse_proxies.conftest import Server, configuration
from tests.reverse_proxies.targets import NAMES
from tests.reverse_proxies.test_behaviour import APPENDED, MEGABYTE
from tests.reverse_proxies.test_synapse import EVENT, SSO

PAGE = (DOCS / "reverse-proxies" / "troubleshooting.md").read_text("utf-8")
HEADINGS = [
    text for line in re.findall("^## .*", PAGE, re.M) for text in re.findall("`(.+?)`", line)
]
SYNC = b"/_matrix/client/v3/sync/slow"
UPLOAD = b"/_matrix/media/v3/upload"


@pytest.mark.proves("headings-are-printed-by-programs")
def test_each_heading_is_a_text_that_a_test_below_looks_for() -> None:
    tests = Path(__file__).read_text("utf-8").partition("def test_")[2].partition("\n\n\n")[2]
    assert len(HEADINGS) > 12
    assert [heading for heading in HEADINGS if heading not in tests] == []


def asked(proxy: Proxy, target: bytes = b"/_matrix/client/versions", **options: bytes) -> str:
    """What a client gets from port 443, and then the proxy's log."""
    method = "POST" if options else "GET"
    answer = send(proxy, 443, request(target, NAMES[443], method=method, **options))
    return f"{answer.decode()}\n{proxy.log}"


DOWN = {
    "nginx": (
        "502 Bad Gateway",
        "connect() failed (111: Connection refused) while connecting to upstream",
    ),
    "Caddy": ("502 Bad Gateway", "dial tcp 127.0.0.1:8008: connect: connection refused"),
    "Apache": (
        "503 Service Unavailable",
        "AH01114: HTTP: failed to make connection to backend: 127.0.0.1",
    ),
    "HAProxy": ("503 Service Unavailable", "No server is available to handle this request."),
}


@pytest.mark.slow
@pytest.mark.proves(
    "headings-are-printed-by-programs",
    "nothing-listens-behind-the-proxy",
    "proxies-recover-without-a-restart",
    "no-server-available-has-three-causes",
)
@pytest.mark.parametrize("name", DOWN)
def test_a_proxy_says_that_nothing_listens_behind_it_until_something_does(name: str) -> None:
    kind, file = GOOD[name]
    need(kind.executable)
    status, said = DOWN[name]
    (port,) = proxies.free_ports(1)
    with proxies.proxy(kind, text(file), port) as proxy:
        printed = asked(proxy)
        assert printed.startswith(f"HTTP/1.1 {status}\r\n")
        assert said.replace("8008", str(port)) in printed
        if name == "Caddy":
            assert "Content-Length: 0" in printed
        with recorders.recorder(port):
            assert asked(proxy).startswith("HTTP/1.1 200 OK\r\n")


@pytest.mark.slow
@pytest.mark.proves(
    "loopback-listener-refuses-other-addresses",
    "admin-listener-is-bound-to-loopback",
)
def test_a_listener_on_127_0_0_1_refuses_connections_to_another_address(server: Server) -> None:
    port = server.running.port
    socket.create_connection(("127.0.0.1", port), proxies.PATIENCE_S).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), proxies.PATIENCE_S)


@pytest.mark.slow
@pytest.mark.proves(
    "haproxy-503-though-the-backend-runs",
    "haproxy-without-a-default-backend-is-503",
    "no-server-available-has-three-causes",
)
def test_haproxy_says_that_no_server_is_available_if_no_rule_names_the_path() -> None:
    need(haproxy.executable)
    no_default: Rewrite = (r"^    default_backend nothing\n", "")
    with running(haproxy, "haproxy.cfg", [no_default]) as (proxy, recorder):
        assert asked(proxy).startswith("HTTP/1.1 200 OK\r\n")
        recorder.clear()
        printed = asked(proxy, b"/nothing")
        assert printed.startswith("HTTP/1.1 503 Service Unavailable\r\n")
        assert "No server is available to handle this request." in printed
        other = send(proxy, 443, request(b"/_matrix/client/versions", "other.example.com"))
        assert other.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert recorder.targets == []


@pytest.mark.slow
@pytest.mark.proves("no-server-available-has-three-causes", "haproxy-503-though-the-backend-runs")
def test_haproxy_says_that_no_server_is_available_if_its_check_fails() -> None:
    need(haproxy.executable)
    checked: Rewrite = (r"(server synapse \S+)", r"\1 check inter 100ms")
    for expected, status in ((404, "503 Service Unavailable"), (200, "200 OK")):
        asks: Rewrite = (
            r"^backend synapse\n",
            "backend synapse\n    option httpchk GET /health\n"
            f"    http-check expect status {expected}\n",
        )
        with running(haproxy, "haproxy.cfg", [checked, asks]) as (proxy, recorder):
            printed, end = asked(proxy), time.monotonic() + proxies.PATIENCE_S
            while b"/health" not in recorder.targets or f"HTTP/1.1 {status}\r\n" not in printed:
                assert time.monotonic() < end, printed
                printed = asked(proxy)
        assert ("No server is available to handle this request." in printed) is (expected == 404)


@pytest.mark.slow
@pytest.mark.proves(
    "headings-are-printed-by-programs",
    "nginx-413-above-a-megabyte",
    "nginx-default-body-size",
    "nginx-logs-a-large-body",
)
def test_nginx_refuses_more_than_a_megabyte_and_says_so_in_its_log() -> None:
    need(nginx.executable)
    default: Rewrite = (r" +client_max_body_size 50M;\n", "")
    for changes, refused in (([default], True), ([], False)):
        with running(nginx, "nginx.conf", changes) as (proxy, recorder):
            assert asked(proxy, UPLOAD, body=bytes(MEGABYTE)).startswith("HTTP/1.1 200 OK\r\n")
            recorder.clear()
            printed = asked(proxy, UPLOAD, body=bytes(MEGABYTE + 1))
            assert printed.startswith("HTTP/1.1 413 Request Entity Too Large\r\n") is refused
            assert ("client intended to send too large body" in printed) is refused
            assert recorder.targets == ([] if refused else [UPLOAD])


@pytest.mark.slow
@pytest.mark.proves("headings-are-printed-by-programs", "haproxy-413-by-body-size")
def test_haproxy_refuses_what_is_longer_than_its_body_size() -> None:
    need(haproxy.executable)
    raised: Rewrite = ("req.body_size gt 52428800", "req.body_size gt 104857600")
    for changes, refused in (([], True), ([raised], False)):
        with running(haproxy, "haproxy.cfg", changes) as (proxy, _):
            printed = asked(proxy, UPLOAD, body=bytes(60 * MEGABYTE))
            assert printed.startswith("HTTP/1.1 413 Payload Too Large\r\n") is refused


@pytest.mark.slow
@pytest.mark.proves(
    "headings-are-printed-by-programs",
    "apache-502-at-a-long-upload",
    "apache-cannot-pass-a-long-body",
)
def test_apache_and_synapse_say_that_an_upload_is_too_long(server: Server) -> None:
    need(apache.executable)
    too_long = "because the request exceeds maximum size"
    # By chance: Apache was still writing when Synapse closed the connection, or had begun to read.
    either = ("AH01097: pass request body failed", "AH00898: Error reading from remote server")
    before = server.running.log.count(too_long)

    def uploaded(size: int) -> str:
        data = request(UPLOAD, NAMES[443], server.bearer, method="POST", body=bytes(size))
        return f"{send(proxy, 443, data).decode()}\n{proxy.log}"

    with proxies.proxy(apache, text("apache.conf"), server.running.port) as proxy:
        printed = uploaded(49 * MEGABYTE)
        assert printed.startswith("HTTP/1.1 200 ")
        assert not any(text in printed for text in either)
        assert server.running.log.count(too_long) == before
        printed = uploaded(55 * MEGABYTE)
        assert printed.startswith("HTTP/1.1 502 ")
        assert any(text in printed for text in either)
    server.running.logs(too_long, before + 1)


@pytest.mark.slow
@pytest.mark.proves("apache-502-at-a-long-upload", "apache-cannot-pass-a-long-body")
@pytest.mark.parametrize("release", COMPARED)
def test_synapse_answers_413_to_an_upload_that_is_too_long_up_to_13_mb(release: str) -> None:
    need(apache.executable)
    synapse_python(release)
    longest = 13_107_200
    with homeserver(release, {**configuration(), "max_upload_size": "2M"}) as running:
        bearer = f"Authorization: Bearer {running.register('alice')}"
        with proxies.proxy(apache, text("apache.conf"), running.port) as proxy:
            for size, status in ((2 * MEGABYTE, 200), (longest, 413), (longest + 1, 502)):
                body = bytes(size)
                data = request(UPLOAD, NAMES[443], bearer, method="POST", body=body)
                printed = send(proxy, 443, data).decode()
                assert printed.startswith(f"HTTP/1.1 {status} "), printed
                assert ("Upload request body is too large" in printed) is (status == 413)


# The printed limit, scaled down; then what the proxy answers and says.
SLOW: dict[str, tuple[Rewrite, str, str]] = {
    "nginx": (
        ("proxy_read_timeout 10m", "proxy_read_timeout 1s"),
        "504 Gateway Time-out",
        "upstream timed out (110: Connection timed out) "
        "while reading response header from upstream",
    ),
    "HAProxy": (
        ("timeout server 10m", "timeout server 1s"),
        "504 Gateway Time-out",
        "The server didn't respond in time.",
    ),
    "Apache": (
        ("ProxyTimeout 600", "ProxyTimeout 1"),
        "502 Proxy Error",
        "(70007)The timeout specified has expired",
    ),
}


@pytest.mark.slow
@pytest.mark.proves(
    "headings-are-printed-by-programs",
    "proxy-gives-up-before-the-answer",
    "nginx-ends-a-silent-request",
)
@pytest.mark.parametrize("name", SLOW)
def test_a_proxy_says_that_it_waited_for_too_long(name: str) -> None:
    """Then the backend answers within the limit."""
    kind, file = GOOD[name]
    need(kind.executable)
    limit, status, said = SLOW[name]
    with running(kind, file, [limit]) as (proxy, recorder):
        printed = asked(proxy, SYNC)
        assert printed.startswith(f"HTTP/1.1 {status}\r\n")
        assert said in printed
        recorder.answer.set()
        assert asked(proxy, SYNC).startswith("HTTP/1.1 200 OK\r\n")


def _resolving(proxy: Proxy) -> str:
    """The flag with which a browser takes the proxy's port 443 for that of every name."""
    return f"--host-resolver-rules=MAP *:443 127.0.0.1:{proxy.ports[443]}"


@pytest.mark.slow
@pytest.mark.proves(
    "headings-are-printed-by-programs",
    "browser-shows-the-sign-on-loop",
    "nginx-host-with-a-port-loops",
)
def test_a_browser_says_that_single_sign_on_redirects_too_often(server: Server) -> None:
    need(nginx.executable)
    need(chromium.executable)
    with_port: Rewrite = (r"Host \$http_host", "Host $host:443")
    without_host: Rewrite = (r"^ +proxy_set_header Host \$http_host;\n", "")
    for changes in ([with_port], [without_host], []):
        with (
            proxies.proxy(nginx, text("nginx.conf"), server.running.port, extra=changes) as proxy,
            chromium.browser(_resolving(proxy)) as browser,
        ):
            page = browser.new_context(ignore_https_errors=True).new_page()
            loops = pytest.raises(Exception, match="ERR_TOO_MANY_REDIRECTS")
            with loops if changes else nullcontext():
                page.goto(f"https://{NAMES[443]}{SSO}")
            assert page.url.startswith("https://cas.example.com/") is not bool(changes)


READ = "fetch('/_matrix/client/versions').then(a => a.json()).then(JSON.stringify, String)"


NO_STAR: Rewrite = (r"/_matrix/\*", "/_matrix/")
SILENT: Rewrite = (r"\thandle \{\n\t\trespond 404\n\t\}\n", "")


@pytest.mark.slow
@pytest.mark.proves("headings-are-printed-by-programs", "caddy-without-a-star-is-empty-json")
def test_a_browser_cannot_read_the_empty_body_of_a_caddy_without_a_star() -> None:
    need(caddy.executable)
    need(chromium.executable)
    for changes, expected in (
        ([NO_STAR, SILENT], "Unexpected end of JSON input"),
        ([SILENT], "{}"),
    ):
        with (
            running(caddy, "Caddyfile", changes) as (proxy, recorder),
            chromium.browser(_resolving(proxy)) as browser,
        ):
            page = browser.new_context(ignore_https_errors=True).new_page()
            answer = page.goto(f"https://{NAMES[443]}/_matrix/client/versions")
            assert answer
            assert answer.status == 200
            assert expected in page.evaluate(READ)
            assert bool(recorder.targets) is (NO_STAR not in changes)


@pytest.mark.slow
@pytest.mark.proves("caddys-last-handle-shows-the-mistake")
def test_with_a_last_handle_caddy_answers_404_to_a_path_that_lacks_the_star() -> None:
    need(caddy.executable)
    for changes, status in (([NO_STAR, SILENT], "200 OK"), ([NO_STAR], "404 Not Found")):
        with running(caddy, "Caddyfile", changes) as (proxy, _):
            assert asked(proxy).startswith(f"HTTP/1.1 {status}\r\n")


WARNING = "'http-request' rules ignored for frontend 'clients' as they require HTTP mode."


@pytest.mark.slow
@pytest.mark.proves(
    "headings-are-printed-by-programs",
    "empty-reply-without-mode-http",
    "haproxy-without-mode-http-answers-nothing",
)
def test_curl_gets_an_empty_reply_from_haproxy_without_mode_http() -> None:
    need(haproxy.executable)
    need(curl.executable)
    no_mode: Rewrite = (r"^    mode http\n", "")
    for changes in ([no_mode], []):
        with running(haproxy, "haproxy.cfg", changes) as (proxy, recorder):
            name = NAMES[443]
            done = subprocess.run(
                [
                    "curl", "--insecure", "--silent", "--show-error", "--http1.1",
                    "--connect-to", f"{name}:443:127.0.0.1:{proxy.ports[443]}",
                    f"https://{name}/_matrix/client/versions",
                ],
                capture_output=True,
                text=True,
            )  # fmt: skip
            assert (WARNING in proxy.log) is bool(changes)
            answers = [
                send(proxy, port, request(target, NAMES[port]))
                for port in NAMES
                for target in (b"/_matrix/x", b"/_synapse/admin/v1/users", b"/nothing")
            ]
            assert (answers == 6 * [b""]) is bool(changes)
            assert (recorder.targets == []) is bool(changes)
        assert ("curl: (52) Empty reply from server" in done.stderr) is bool(changes), done
        assert (done.stdout == "{}") is not bool(changes)


def _signed(server: Server, proxy: Proxy) -> str:
    """The answer to a signed request with an encoded slash."""
    header = f"Authorization: {server.running.signature('GET', EVENT)}"
    return send(proxy, 8448, request(EVENT.encode(), NAMES[8448], header)).decode()


@pytest.mark.slow
@pytest.mark.proves("headings-are-printed-by-programs", "unrecognized-after-nginx-decodes")
def test_synapse_does_not_recognize_a_path_that_nginx_decoded(server: Server) -> None:
    twin = BROKEN["nginx, with a path in proxy_pass"]
    need(twin.kind.executable)
    unrecognized = '{"errcode":"M_UNRECOGNIZED","error":"Unrecognized request"}'
    for changes in ([], [(r"(proxy_pass http://[^/]+)/_matrix/;", r"\1;")]):
        with proxies.proxy(nginx, text(twin.file), server.running.port, extra=changes) as proxy:
            assert (unrecognized in _signed(server, proxy)) is not bool(changes)


@pytest.mark.slow
@pytest.mark.proves(
    "headings-are-printed-by-programs",
    "invalid-signature-without-nocanon",
    "apache-breaks-a-signature",
)
def test_synapse_says_that_the_signature_is_invalid_if_apache_changed_the_path(
    server: Server,
) -> None:
    twin = BROKEN["Apache, without nocanon"]
    need(twin.kind.executable)
    for changes in ([], [(r"(ProxyPass .*)", r"\1 nocanon")]):
        with proxies.proxy(apache, text(twin.file), server.running.port, extra=changes) as proxy:
            answer = _signed(server, proxy)
            assert ("Invalid signature for server" in answer) is not bool(changes), answer
            assert answer.startswith("HTTP/1.1 404" if changes else "HTTP/1.1 401")


def _logged(proxy: Proxy, synapse: Homeserver, mark: str, *headers: str) -> str:
    """The line in Synapse's log for a request from 127.0.0.2."""
    data = request(f"/_matrix/client/versions?{mark}".encode(), NAMES[443], *headers)
    send(proxy, 443, data, source="127.0.0.2")
    return synapse.logs(f"?{mark} HTTP").replace(str(synapse.port), "8008")


AT_THE_PROXYS_ADDRESS = "127.0.0.1 - 8008 - {None} Processed request"


@pytest.mark.slow
@pytest.mark.proves(
    "headings-are-printed-by-programs",
    "log-has-the-proxys-address",
    "without-bind-addresses-all-are-bound",
)
@pytest.mark.parametrize("release", COMPARED)
def test_synapses_log_has_the_proxys_address_without_x_forwarded(release: str) -> None:
    need(nginx.executable)
    synapse_python(release)
    clients, homeservers, *_ = configuration()["listeners"]
    del clients["x_forwarded"], homeservers["bind_addresses"]
    config = {"listeners": [clients, homeservers]}
    with (
        homeserver(release, config) as running,
        proxies.proxy(nginx, text("nginx.conf"), running.port) as proxy,
    ):
        assert AT_THE_PROXYS_ADDRESS in _logged(proxy, running, "without")
        # Without bind_addresses it listens on all addresses.
        second = running.ports[8009]
        socket.create_connection(("127.0.0.2", second), proxies.PATIENCE_S).close()


@pytest.mark.slow
@pytest.mark.proves("log-has-the-proxys-address")
@pytest.mark.parametrize("name", GOOD)
def test_the_log_has_the_proxys_address_if_nginx_or_haproxy_lacks_its_line(
    server: Server, name: str
) -> None:
    kind, file = GOOD[name]
    need(kind.executable)
    line: Rewrite = (r"^.*X-Forwarded-For.*\n", "")
    changes = [line] if "X-Forwarded-For" in text(file) else []
    with proxies.proxy(kind, text(file), server.running.port, extra=changes) as proxy:
        logged = _logged(proxy, server.running, f"{name}-lacks-its-line")
    assert (AT_THE_PROXYS_ADDRESS in logged) is (name in ("nginx", "HAProxy"))


@pytest.mark.slow
@pytest.mark.proves(
    "log-has-the-proxys-address",
    "log-has-an-invented-address",
    "apache-appends-to-a-forged-address",
)
@pytest.mark.parametrize("name", ["nginx", "HAProxy", "Apache"])
def test_synapses_log_has_an_invented_address_if_a_proxy_appends(server: Server, name: str) -> None:
    kind, file = GOOD[name]
    need(kind.executable)
    appends = {**APPENDED, "Apache": (r"RequestHeader unset X-Forwarded-For\n", "\n")}[name]
    for changes, address in (([appends], "6.6.6.6"), ([], "127.0.0.2")):
        with proxies.proxy(kind, text(file), server.running.port, extra=changes) as proxy:
            mark = f"{name}-{len(changes)}-invented"
            forged = "X-Forwarded-For: 6.6.6.6"
            line = _logged(proxy, server.running, mark, forged)
            assert AT_THE_PROXYS_ADDRESS.replace("127.0.0.1", address) in line


@pytest.mark.slow
@pytest.mark.proves("headings-are-printed-by-programs", "two-paths-are-404-on-purpose")
@pytest.mark.parametrize("name", GOOD)
def test_a_proxy_answers_404_itself_for_the_admin_api_and_the_welcome_page(name: str) -> None:
    kind, file = GOOD[name]
    need(kind.executable)
    with running(kind, file) as (proxy, recorder):
        for target in (b"/_synapse/admin/v1/server_version", b"/"):
            assert asked(proxy, target).startswith("HTTP/1.1 404 Not Found\r\n")
        assert recorder.targets == []


WEBSITE = """\
server {
    listen 443 ssl http2;
    listen [::]:443 ssl http2;
    server_name example.com;
    ssl_certificate     /etc/letsencrypt/live/matrix.example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/matrix.example.com/privkey.pem;
    location / { return 404; }
}
"""


@pytest.mark.slow
@pytest.mark.proves(
    "nginx-takes-the-first-server",
    "nginx-without-the-location",
    "nginx-uses-the-first-server-block",
)
def test_nginx_answers_404_from_its_first_server_where_no_name_or_no_location_matches() -> None:
    need(nginx.executable)
    other_name: Rewrite = (r"server_name matrix\.example\.com;", "server_name example.org;")
    other_path: Rewrite = (r"\(_matrix\|_synapse/client\)", "(_matrix_|_synapse/client)")
    default: Rewrite = (r"(# clients\n    listen \S+ ssl http2)", r"\1 default_server")
    for changes, status in (
        ([], "200"),
        ([other_name], "404"),
        ([other_name, default], "200"),
        ([other_path], "404"),
    ):
        with (
            recorders.recorder() as recorder,
            proxies.proxy(
                nginx, WEBSITE + text("nginx.conf"), recorder.port, extra=changes
            ) as proxy,
        ):
            assert asked(proxy).startswith(f"HTTP/1.1 {status} ")
            assert bool(recorder.targets) is (status == "200")
