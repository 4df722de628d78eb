"""Two releases of Synapse behind each proxy, with the printed listeners."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.real import proxy as proxies
from tests.real.fixtures import need
from tests.real.proxy import Proxy, Rewrite
from tests.reverse_proxies.clients import get, request, send, status
from tests.reverse_proxies.configurations import BROKEN, GOOD, text
from tests.reverse_proxies.conftest import Server
from tests.reverse_proxies.targets import ADMIN, NAMES, OPEN

pytestmark = pytest.mark.slow

EVENT = "/_matrix/federation/v1/event/%24a%2Fb"
SSO = "/_matrix/client/v3/login/sso/redirect?redirectUrl=https%3A%2F%2Fapp.example.com"
DRESSED_UP = OPEN + "/.." * 6 + "/_matrix/x"


@pytest.fixture(scope="module", params=GOOD)
def proxy(request: pytest.FixtureRequest, server: Server) -> Iterator[Proxy]:
    kind, file = GOOD[request.param]
    need(kind.executable)
    with proxies.proxy(kind, text(file), server.running.port) as running:
        yield running


def body_of(answer: bytes) -> Any:
    return json.loads(answer[answer.index(b"{") : answer.rindex(b"}") + 1])


def test_clients_and_homeservers_are_answered_and_the_admin_api_is_not_reached(
    server: Server, proxy: Proxy
) -> None:
    before = len(server.running.log)
    for port in NAMES:
        assert get(proxy, port, "/_matrix/client/versions") == 200
        assert get(proxy, port, "/_matrix/federation/v1/version") == 200
        for target in (ADMIN, OPEN, DRESSED_UP, "/health", "/_synapse/metrics"):
            assert get(proxy, port, target, server.bearer) == 404
    assert get(proxy, 443, "/_synapse/client/pick_idp") == 400
    assert get(proxy, 8448, "/_synapse/client/pick_idp") == 404
    assert get(proxy, 443, "/_matrix/client/versions?last") == 200
    server.running.logs("versions?last HTTP")
    assert "admin" not in server.running.log[before:]
    assert server.running.request("GET", ADMIN)[0] in (200, 401)  # it is there, from inside


def test_the_clients_own_address_is_in_synapses_log(server: Server, proxy: Proxy) -> None:
    target = f"/_matrix/client/versions?{proxy.kind.NAME}"
    data = request(target.encode(), NAMES[443], "X-Forwarded-For: 6.6.6.6")
    assert status(send(proxy, 443, data, source="127.0.0.2")) == 200
    line = server.running.logs(f"{target} HTTP")
    assert "127.0.0.2" in line
    assert "6.6.6.6" not in line


def test_a_signed_request_with_an_encoded_slash_is_accepted(server: Server, proxy: Proxy) -> None:
    header = f"Authorization: {server.running.signature('GET', EVENT)}"
    answer = send(proxy, 8448, request(EVENT.encode(), NAMES[8448], header))
    assert status(answer) == 404  # the signature is right; there is no such event
    assert b"M_UNRECOGNIZED" not in answer


def test_single_sign_on_leaves_for_the_provider(server: Server, proxy: Proxy) -> None:
    answer = send(proxy, 443, request(SSO.encode(), NAMES[443]))
    assert status(answer) == 302
    assert b"ocation: https://cas.example.com/" in answer


def test_the_second_listener_refuses_the_admin_api_itself(server: Server) -> None:
    twin = BROKEN["HAProxy, with a default backend"]
    need(twin.kind.executable)
    with proxies.proxy(twin.kind, text(twin.file), server.running.ports[8009]) as running:
        assert get(running, 8448, ADMIN, server.bearer) == 404
        assert get(running, 8448, "/_matrix/client/versions") == 404
        assert get(running, 8448, "/_matrix/federation/v1/version") == 200
    with proxies.proxy(twin.kind, text(twin.file), server.running.port) as running:
        assert get(running, 8448, OPEN, server.bearer) == 200


def test_an_admin_path_that_is_dressed_up_reaches_synapse_and_1_90_obeys(server: Server) -> None:
    twin = BROKEN["nginx, by the normalised path"]
    need(twin.kind.executable)
    with proxies.proxy(twin.kind, text(twin.file), server.running.port) as running:
        answer = send(running, 443, request(DRESSED_UP.encode(), NAMES[443], server.bearer))
    if server.release == "1.90.0":
        assert status(answer) == 200
        assert "account_data" in body_of(answer)
    else:  # there the paths of the admin API have an end
        assert (status(answer), body_of(answer)["errcode"]) == (404, "M_UNRECOGNIZED")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nginx, with a path in proxy_pass", (404, "M_UNRECOGNIZED")),
        ("Apache, without nocanon", (401, "M_UNAUTHORIZED")),
    ],
)
def test_a_path_that_was_changed_is_not_recognised_or_its_signature_is_invalid(
    server: Server, name: str, expected: tuple[int, str]
) -> None:
    twin = BROKEN[name]
    need(twin.kind.executable)
    header = f"Authorization: {server.running.signature('GET', EVENT)}"
    with proxies.proxy(twin.kind, text(twin.file), server.running.port) as running:
        answer = send(running, 8448, request(EVENT.encode(), NAMES[8448], header))
    assert (status(answer), body_of(answer)["errcode"]) == expected


def test_a_host_with_a_port_sends_single_sign_on_in_a_circle(server: Server) -> None:
    kind, file = GOOD["nginx"]
    need(kind.executable)
    with_port: Rewrite = (r"Host \$http_host", "Host $host:443")
    with proxies.proxy(kind, text(file), server.running.port, extra=[with_port]) as running:
        answer = send(running, 443, request(SSO.encode(), NAMES[443]))
    assert status(answer) == 302
    assert f"Location: https://matrix.example.com{SSO}".encode() in answer, answer
