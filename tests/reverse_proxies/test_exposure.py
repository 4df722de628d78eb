"""What reaches Synapse: the verdict is what the backend saw, never a status code."""

import json
import random
import secrets
from collections.abc import Iterator

import pytest

from tests.real import curl
from tests.real.fixtures import need
from tests.reverse_proxies.clients import get, get_over_http2, request, send
from tests.reverse_proxies.configurations import BROKEN, GOOD, Behind, running
from tests.reverse_proxies.record import EXPOSURE, broken, good
from tests.reverse_proxies.targets import NAMES, PROBES, hostile, reached

pytestmark = pytest.mark.slow

TARGETS = 2000
HARMLESS = b"/_matrix/client/versions"
RECORDED = json.loads(EXPOSURE.read_text("utf-8"))


@pytest.fixture(scope="module", params=GOOD)
def behind(request: pytest.FixtureRequest) -> Iterator[Behind]:
    kind, name = GOOD[request.param]
    need(kind.executable)
    with running(kind, name) as started:
        yield started


@pytest.mark.parametrize("name", GOOD)
def test_every_probe_fares_as_recorded_and_none_reaches_what_it_must_not(name: str) -> None:
    need(GOOD[name][0].executable)
    fresh = good(name)
    assert fresh == RECORDED["good"][name]
    for found in fresh.values():
        assert "exposed" not in found.values()
        assert found["client API"] == "passes"
    assert fresh["443"]["single sign-on"] == "passes"
    assert fresh["8448"]["single sign-on"] == "404"


@pytest.mark.parametrize("port", NAMES)
def test_nothing_hostile_gets_through(behind: Behind, port: int) -> None:
    proxy, recorder = behind
    recorder.clear()
    seed = secrets.randbits(32)
    rng = random.Random(seed)
    for number in range(TARGETS):
        send(proxy, port, request(hostile(rng), NAMES[port]))
        if number % 20 == 0:  # in between all goes on: it does not just refuse everything
            send(proxy, port, request(HARMLESS, NAMES[port]))
    assert reached(port, recorder.targets) == [], f"seed {seed}"
    assert recorder.targets.count(HARMLESS) >= TARGETS / 20
    assert len(set(recorder.targets)) > TARGETS / 50


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


@pytest.mark.parametrize("port", NAMES)
def test_a_name_that_nobody_serves_reaches_nothing_more(behind: Behind, port: int) -> None:
    proxy, recorder = behind
    recorder.clear()
    for target in PROBES.values():
        send(proxy, port, request(target.encode(), "evil.example"))
    assert reached(port, recorder.targets) == []


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_known_to_be_bad_is_convicted_as_recorded(name: str) -> None:
    need(BROKEN[name].kind.executable)
    (found,) = broken(name).values()
    assert found == RECORDED["broken"][name][str(BROKEN[name].port)]
    assert ("exposed" in found.values()) is BROKEN[name].exposes


def test_without_mode_http_haproxy_warns_and_forwards_nothing() -> None:
    twin = BROKEN["HAProxy, without mode http"]
    need(twin.kind.executable)
    with running(twin.kind, twin.file) as (proxy, recorder):
        assert get(proxy, twin.port, "/_matrix/client/versions") == 0
        assert recorder.targets == []
        assert "HTTP" in proxy.log, proxy.log


def test_the_recording_is_of_this_many_probes() -> None:
    assert RECORDED["probes"] == PROBES
    assert len(PROBES) >= 40
