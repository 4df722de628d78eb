"""What reaches Synapse: the verdict is what the backend saw, never a status code."""

import random
import secrets
from collections.abc import Iterator

import pytest

from tests.real import curl
from tests.real.fixtures import need
from tests.reverse_proxies.clients import get, get_over_http2, request, send
from tests.reverse_proxies.configurations import BROKEN, GOOD, Behind, running
from tests.reverse_proxies.targets import NAMES, PROBES, hostile, reached

pytestmark = pytest.mark.slow

TARGETS = 2000


@pytest.fixture(scope="module", params=GOOD)
def behind(request: pytest.FixtureRequest) -> Iterator[Behind]:
    kind, name = GOOD[request.param]
    need(kind.executable)
    with running(kind, name) as started:
        yield started


@pytest.mark.parametrize("port", NAMES)
def test_no_probe_reaches_what_it_must_not(behind: Behind, port: int) -> None:
    proxy, recorder = behind
    recorder.clear()
    for target in PROBES.values():
        get(proxy, port, target)
    assert len(PROBES) >= 40
    assert reached(port, recorder.targets) == []
    assert b"/_matrix/client/versions" in recorder.targets
    assert (b"/_synapse/client/pick_idp" in recorder.targets) is (port == 443)


@pytest.mark.parametrize("port", NAMES)
def test_nothing_hostile_gets_through(behind: Behind, port: int) -> None:
    proxy, recorder = behind
    recorder.clear()
    seed = secrets.randbits(32)
    rng = random.Random(seed)
    for _ in range(TARGETS):
        send(proxy, port, request(hostile(rng), NAMES[port]))
    assert reached(port, recorder.targets) == [], f"seed {seed}"
    assert len(recorder.targets) > TARGETS / 50


@pytest.mark.parametrize("port", NAMES)
def test_nothing_hostile_gets_through_over_http2(behind: Behind, port: int) -> None:
    proxy, recorder = behind
    recorder.clear()
    need(curl.executable)
    targets = [target for target in PROBES.values() if target.startswith("/")]
    for target in targets:
        get_over_http2(proxy, port, target)
    assert reached(port, recorder.targets) == []
    assert get_over_http2(proxy, port, "/_matrix/client/versions") == "200 2"


@pytest.mark.parametrize("name", [name for name in BROKEN if BROKEN[name].exposes])
def test_a_configuration_that_is_known_to_be_bad_is_convicted(name: str) -> None:
    twin = BROKEN[name]
    need(twin.kind.executable)
    with running(twin.kind, twin.file) as (proxy, recorder):
        for target in PROBES.values():
            get(proxy, twin.port, target)
        assert reached(twin.port, recorder.targets)


def test_without_mode_http_haproxy_warns_and_forwards_nothing() -> None:
    twin = BROKEN["HAProxy, without mode http"]
    need(twin.kind.executable)
    with running(twin.kind, twin.file) as (proxy, recorder):
        for target in PROBES.values():
            assert get(proxy, twin.port, target) == 0
        assert recorder.targets == []
        assert "requires HTTP mode" in proxy.log or "HTTP" in proxy.log, proxy.log
