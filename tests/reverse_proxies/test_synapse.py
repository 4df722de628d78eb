"""Two releases of Synapse behind each proxy, with the printed listeners."""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from snippets.reverse_proxies.tables import EXPOSURE
from tests.real import caddy, synapse
from tests.real import proxy as proxies
from tests.real.fixtures import need, synapse_python
from tests.real.homeserver import homeserver
from tests.real.proxy import Proxy, Rewrite
from tests.real.releases import COMPARED
from tests.reverse_proxies import merges
from tests.reverse_proxies.clients import get, send, status
from tests.reverse_proxies.clients import request as message
from tests.reverse_proxies.configurations import BROKEN, GOOD, text
from tests.reverse_proxies.conftest import METRICS, Server
from tests.reverse_proxies.targets import ADMIN, NAMES, OPEN

pytestmark = pytest.mark.slow

EVENT = "/_matrix/federation/v1/event/%24a%2Fb"
ADMIN_PATHS = Path(__file__).with_name("synapse_admin_paths_driver.py")
PATIENCE_S = 30
SSO = "/_matrix/client/v3/login/sso/redirect?redirectUrl=https%3A%2F%2Fapp.example.com"
PICK_PROVIDER = "/_synapse/client/pick_idp?redirectUrl=https%3A%2F%2Fapp.example.com"
LIKE_A_CLIENT_PATH = OPEN + "/.." * 6 + "/_matrix/x"


@pytest.fixture(scope="module", params=GOOD)
def proxy(request: pytest.FixtureRequest, server: Server) -> Iterator[Proxy]:
    kind, file = GOOD[request.param]
    need(kind.executable)
    with proxies.proxy(kind, text(file), server.running.port) as running:
        yield running


def body_of(answer: bytes) -> Any:
    return json.loads(answer[answer.index(b"{") : answer.rindex(b"}") + 1])


@pytest.mark.proves("both-are-answered-without-admin-api", "admin-api-answers-inside-not-outside")
def test_clients_and_homeservers_are_answered_and_the_admin_api_is_not_reached(
    server: Server, proxy: Proxy
) -> None:
    before = len(server.running.log)
    for port in NAMES:
        assert get(proxy, port, "/_matrix/client/versions") == 200
        assert get(proxy, port, "/_matrix/federation/v1/version") == 200
        for target in (ADMIN, OPEN, LIKE_A_CLIENT_PATH, "/health", "/_synapse/metrics"):
            assert get(proxy, port, target, server.bearer) == 404
    assert get(proxy, 443, "/_synapse/client/pick_idp") == 400
    assert get(proxy, 8448, "/_synapse/client/pick_idp") == 404
    assert get(proxy, 443, "/_matrix/client/versions?last") == 200
    server.running.logs("versions?last HTTP")
    assert "admin" not in server.running.log[before:]
    assert server.running.request("GET", ADMIN, token=server.token)[0] == 200  # from inside


@pytest.mark.proves("errcode-means-synapse")
def test_only_an_error_of_synapse_has_an_error_code(server: Server, proxy: Proxy) -> None:
    for port in NAMES:
        answer = send(proxy, port, message(b"/_matrix/nothing", NAMES[port]))
        assert (status(answer), body_of(answer)["errcode"]) == (404, "M_UNRECOGNIZED")
        answer = send(proxy, port, message(b"/nothing", NAMES[port]))
        assert status(answer) == 404
        assert b"errcode" not in answer
        assert b"html" in answer or answer.endswith(b"\r\n\r\n")


@pytest.mark.proves("from-outside-only-whois", "admin-token-works-for-clients")
def test_of_the_admin_api_only_whois_is_reached_from_outside(server: Server, proxy: Proxy) -> None:
    python = synapse_python(server.release)
    (paths,) = synapse.ask(python, ADMIN_PATHS, [None])
    of_clients = [path for path in paths if not path.startswith("^/_synapse/admin/")]
    assert of_clients
    assert all(path.endswith("/admin/whois/(?P<user_id>[^/]*)$") for path in of_clients)
    for port in NAMES:
        whois = "/_matrix/client/v3/admin/whois/%40alice%3Aexample.com"
        answer = send(proxy, port, message(whois.encode(), NAMES[port], server.bearer))
        assert status(answer) == 200
        assert b'"connections"' in answer
        assert (
            get(proxy, port, "/_synapse/admin/v1/whois/%40alice%3Aexample.com", server.bearer)
            == 404
        )
        assert get(proxy, port, "/_matrix/client/v3/account/whoami", server.bearer) == 200


@pytest.mark.proves("log-has-the-clients-address")
def test_the_clients_own_address_is_in_synapses_log(server: Server, proxy: Proxy) -> None:
    target = f"/_matrix/client/versions?{proxy.kind.NAME}"
    data = message(target.encode(), NAMES[443], "X-Forwarded-For: 6.6.6.6")
    assert status(send(proxy, 443, data, source="127.0.0.2")) == 200
    line = server.running.logs(f"{target} HTTP")
    assert "127.0.0.2" in line
    assert "6.6.6.6" not in line


@pytest.mark.proves("caddys-50mb-are-less-than-synapses")
def test_50mb_in_caddy_are_less_than_synapses_50m(server: Server) -> None:
    need(caddy.executable)
    less: Rewrite = ("50MiB", "50MB")
    data = message(
        b"/_matrix/media/v3/upload",
        NAMES[443],
        server.bearer,
        method="POST",
        body=bytes(51_000_000),
    )
    config = server.running.request("GET", "/_matrix/media/v3/config", token=server.token)[1]
    assert config["m.upload.size"] == 52_428_800
    for changes, expected in (([less], (413, 502)), ([], (200,))):
        with proxies.proxy(caddy, text("Caddyfile"), server.running.port, extra=changes) as running:
            assert status(send(running, 443, data)) in expected


@pytest.mark.proves("signature-with-a-slash-is-accepted")
def test_a_signed_request_with_an_encoded_slash_is_accepted(server: Server, proxy: Proxy) -> None:
    header = f"Authorization: {server.running.signature('GET', EVENT)}"
    answer = send(proxy, 8448, message(EVENT.encode(), NAMES[8448], header))
    assert status(answer) == 404  # the signature is valid, but there is no such event
    assert b'""' in answer.partition(b"\r\n\r\n")[2]  # so Synapse says, and no proxy


@pytest.mark.proves("sign-on-leaves-for-the-provider")
def test_single_sign_on_leaves_for_the_provider(server: Server, proxy: Proxy) -> None:
    answer = send(proxy, 443, message(SSO.encode(), NAMES[443]))
    assert status(answer) == 302
    assert b"ocation: https://cas.example.com/" in answer


@pytest.mark.proves("federation-listener-refuses-the-rest")
def test_the_second_listener_refuses_the_admin_api_itself(server: Server) -> None:
    twin = BROKEN["HAProxy, with a default backend"]
    need(twin.kind.executable)
    with proxies.proxy(twin.kind, text(twin.file), server.running.ports[8009]) as running:
        assert get(running, 8448, ADMIN, server.bearer) == 404
        assert get(running, 8448, "/_matrix/client/versions") == 404
        assert get(running, 8448, "/_matrix/federation/v1/version") == 200
    with proxies.proxy(twin.kind, text(twin.file), server.running.port) as running:
        assert get(running, 8448, OPEN, server.bearer) == 200


@pytest.mark.proves("default-backend-without-mode-http-gets-all")
def test_without_mode_http_haproxy_forwards_all_to_its_default_backend(
    server: Server,
) -> None:
    kind, file = GOOD["HAProxy"]
    need(kind.executable)
    no_mode: Rewrite = (r"^    mode http\n", "")
    to_synapse: Rewrite = ("default_backend nothing", "default_backend synapse")
    for changes, expected in (([no_mode, to_synapse], 200), ([], 404)):
        with proxies.proxy(kind, text(file), server.running.port, extra=changes) as running:
            for port in NAMES:
                assert get(running, port, OPEN, server.bearer) == expected
                assert get(running, port, "/health") == expected
                assert get(running, port, "/_matrix/client/versions") == 200


@pytest.mark.proves("port-8448-to-the-second-listener")
@pytest.mark.parametrize("name", GOOD)
def test_port_8448_can_be_forwarded_to_the_second_listener(server: Server, name: str) -> None:
    """The printed files, changed as the page says."""
    kind, file = GOOD[name]
    need(kind.executable)
    second: Rewrite = (r"127\.0\.0\.1:8009", f"127.0.0.1:{server.running.ports[8009]}")
    changed = merges.second_listener(file)
    with proxies.proxy(kind, changed, server.running.port, extra=[second]) as running:
        for port in NAMES:
            assert get(running, port, "/_matrix/federation/v1/version") == 200
            assert get(running, port, "/_matrix/key/v2/server") == 200
            assert get(running, port, ADMIN, server.bearer) == 404
        assert get(running, 443, "/_matrix/client/versions") == 200
        assert get(running, 8448, "/_matrix/client/versions") == 404


def _answer(port: int, target: str, *headers: str) -> bytes:
    """Synapse's own answer at a port, without a proxy."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
        connection.sendall(message(target.encode(), NAMES[443], *headers))
        with connection.makefile("rb") as answer:
            return answer.read()


@pytest.mark.proves(
    "encoded-metrics-are-metrics",
    "synapse-resolves-no-dots",
    "synapse-keeps-an-encoded-slash",
    "synapse-decodes-letters-for-pages",
    "synapse-skips-an-empty-part",
    "synapse-decodes-no-letters-for-json",
)
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/_synapse/metrics", 200),
        ("/_synapse/m%65trics", 200),
        ("/%5Fsynapse/metrics", 200),
        ("/_synapse/client/pick_idp", 400),  # the page exists, but a parameter is missing
        ("/_synapse/%63lient/pick_idp", 400),
        ("/_matrix/%73tatic/", 200),
        (OPEN, 200),
        ("/_synapse/%61dmin" + OPEN.removeprefix("/_synapse/admin"), 404),
        ("/%5Fsynapse" + OPEN.removeprefix("/_synapse"), 404),
        ("/_matrix/client/versions", 200),
        ("/_matrix/%63lient/versions", 404),
        # It skips an empty part at the beginning, but its JSON APIs do not.
        ("//_synapse/metrics", 200),
        ("//_synapse/client/pick_idp", 400),
        ("//_matrix/client/versions", 404),
        ("/" + OPEN, 404),
        # It does not resolve dots, and it does not take an encoded slash for a slash.
        ("/_matrix/../_synapse/metrics", 404),
        ("/_synapse/client/%2e%2e/metrics", 404),
        ("/_synapse%2Fmetrics", 404),
    ],
)
def test_synapse_decodes_letters_for_metrics_and_pages_but_not_for_its_json_apis(
    server: Server, target: str, expected: int
) -> None:
    port = server.running.ports[METRICS]
    assert status(_answer(port, target, server.bearer)) == expected


@pytest.mark.proves("synapse-client-has-single-sign-on")
def test_the_page_of_single_sign_on_offers_the_provider(server: Server) -> None:
    page = _answer(server.running.port, PICK_PROVIDER).decode()
    assert page.startswith("HTTP/1.1 200 ")
    assert '<a href="pick_idp?idp=cas&' in page


@pytest.mark.proves("list-of-forbidden-paths-is-got-around")
def test_an_encoded_letter_or_a_second_slash_bypasses_a_list_of_forbidden_paths(
    server: Server,
) -> None:
    twin = BROKEN["HAProxy, with a default backend"]
    need(twin.kind.executable)
    forbid: Rewrite = (
        r"^    default_backend synapse$",
        "    http-request return status 404 if { path_beg /_synapse/metrics }\n"
        "    default_backend synapse",
    )
    with proxies.proxy(
        twin.kind, text(twin.file), server.running.ports[METRICS], extra=[forbid]
    ) as running:
        assert get(running, 8448, "/_synapse/metrics") == 404
        assert get(running, 8448, "/_synapse/m%65trics") == 200
        assert get(running, 8448, "//_synapse/metrics") == 200


# Synapse's answers to an administrator for paths that a printed configuration lets through;
# otherwise 404.
USUAL = {
    "client API": 200,
    "federation API": 200,
    "server keys": 200,
    "media": 200,
    "static": 200,
    "single sign-on": 400,
    "single sign-on, encoded letter": 400,
}


@pytest.mark.proves(
    "synapse-answers-404-to-dots-from-haproxy", "unusual-paths-are-unknown-to-synapse"
)
@pytest.mark.parametrize("name", GOOD)
def test_additional_paths_that_a_proxy_forwards_are_unknown_to_synapse(
    server: Server, name: str
) -> None:
    kind, file = GOOD[name]
    need(kind.executable)
    recorded = json.loads(EXPOSURE.read_text("utf-8"))
    with proxies.proxy(kind, text(file), server.running.ports[METRICS]) as running:
        for port in NAMES:
            cells = recorded["good"][name][str(port)]
            passes = [probe for probe, cell in cells.items() if cell == "passes"]
            statuses = {
                probe: get(running, port, recorded["probes"][probe], server.bearer)
                for probe in passes
            }
            assert statuses == {probe: USUAL.get(probe, 404) for probe in passes}


@pytest.mark.proves("admin-path-with-dots-by-release", "proxy-that-resolves-only-to-compare")
def test_an_admin_path_that_ends_like_a_client_path_is_obeyed_by_1_90(
    server: Server,
) -> None:
    twin = BROKEN["nginx, by the normalised path"]
    need(twin.kind.executable)
    with proxies.proxy(twin.kind, text(twin.file), server.running.port) as running:
        nobodys = get(running, 443, LIKE_A_CLIENT_PATH)
        answer = send(running, 443, message(LIKE_A_CLIENT_PATH.encode(), NAMES[443], server.bearer))
    if server.release == "1.90.0":
        assert status(answer) == 200
        assert "account_data" in body_of(answer)
        assert nobodys == 401
    else:  # here nothing may follow a path of the admin API
        assert (status(answer), body_of(answer)["errcode"]) == (404, "M_UNRECOGNIZED")


@pytest.mark.proves("four-open-admin-paths-in-one-release", "admin-path-with-dots-by-release")
@pytest.mark.parametrize("release", COMPARED)
def test_more_may_follow_four_admin_paths_in_1_90_and_none_in_1_163(release: str) -> None:
    python = synapse_python(release)
    (paths,) = synapse.ask(python, ADMIN_PATHS, [None])
    assert len(paths) > 50
    open_paths = [path for path, is_open in paths.items() if is_open]
    assert len(open_paths) == (4 if release == "1.90.0" else 0), open_paths
    if open_paths:
        assert "^/_synapse/admin/v1/users/(?P<user_id>[^/]*)/accountdata" in open_paths


@pytest.mark.proves("synapse-takes-the-first-forwarded-address", "log-has-an-invented-address")
def test_synapse_takes_the_first_address_of_x_forwarded_for(server: Server) -> None:
    target = "/_matrix/client/versions?first"
    header = "X-Forwarded-For: 192.0.2.1, 192.0.2.2"
    assert status(_answer(server.running.port, target, header)) == 200
    line = server.running.logs(f"{target} HTTP")
    assert "192.0.2.1" in line
    assert "192.0.2.2" not in line


@pytest.mark.proves("haproxy-lets-an-unannounced-length-pass")
def test_synapse_cuts_an_upload_without_an_announced_length_that_haproxy_lets_pass(
    server: Server,
) -> None:
    kind, file = GOOD["HAProxy"]
    need(kind.executable)
    target, chunk = b"/_matrix/media/v3/upload", bytes(1024 * 1024)
    body = (b"%x\r\n" % len(chunk) + chunk + b"\r\n") * 60 + b"0\r\n\r\n"
    chunked = "Transfer-Encoding: chunked"
    before = server.running.log.count("exceeds maximum size")
    with proxies.proxy(kind, text(file), server.running.port) as running:
        head = message(target, NAMES[443], server.bearer, chunked, method="POST")
        assert status(send(running, 443, head + body)) in (0, 502)
    server.running.logs("exceeds maximum size", before + 1)


@pytest.mark.proves("generated-file-takes-the-listeners")
@pytest.mark.parametrize("release", COMPARED)
def test_a_homeservers_generated_file_starts_with_the_printed_listeners_instead_of_its_own(
    release: str, tmp_path: Path
) -> None:
    python = synapse_python(release)
    generate = [str(python), "-W", "ignore", "-m", "synapse.app.homeserver", "--generate-config"]
    options = ["-H", "example.com", "--report-stats", "no", "-c", "homeserver.yaml"]
    subprocess.run([*generate, *options], cwd=tmp_path, check=True, capture_output=True)
    merged = merges.listeners((tmp_path / "homeserver.yaml").read_text())
    config = yaml.safe_load(merged)
    assert [listener["port"] for listener in config["listeners"]] == [8008, 8009]
    del config["log_config"]  # it logs to a file, but the test reads what it prints
    with homeserver(release, config) as running:
        assert running.request("GET", "/_matrix/client/versions")[0] == 200
        assert running.request("GET", "/_synapse/admin/v1/register")[0] == 200
        second = running.ports[8009]
        assert status(_answer(second, "/_matrix/federation/v1/version")) == 200
        assert status(_answer(second, "/_synapse/admin/v1/register")) == 404


@pytest.mark.proves("location-synapse-opens-the-admin-api")
def test_a_location_for_synapse_forwards_the_admin_api_and_metrics(server: Server) -> None:
    kind, file = GOOD["nginx"]
    need(kind.executable)
    port = server.running.ports[METRICS]
    added: Rewrite = (
        r"^(    location / \{)",
        rf"    location /_synapse {{ proxy_pass http://127.0.0.1:{port}; }}\n\1",
    )
    for changes, expected in (([added], 200), ([], 404)):
        with proxies.proxy(kind, text(file), port, extra=changes) as running:
            for target in (OPEN, "/_synapse/metrics"):
                assert get(running, 443, target, server.bearer) == expected
