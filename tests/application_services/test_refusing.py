"""A bridge that refuses what a real homeserver sends."""

from collections.abc import Iterator

import pytest

from snippets.application_services import Arrived, Receiver
from tests.application_services.homeservers import AS_TOKEN, CALLS, HS_TOKEN, registered
from tests.real.fixtures import synapse_python
from tests.real.homeserver import PATIENCE_S, Homeserver, homeserver
from tests.real.releases import COMPARED

pytestmark = pytest.mark.slow

OPTION = "use_appservice_legacy_authorization"


@pytest.fixture(scope="module", params=COMPARED)
def running(request: pytest.FixtureRequest) -> Iterator[tuple[Receiver, Homeserver]]:
    """A homeserver without the option, and a bridge that looks in the query."""
    synapse_python(request.param)
    with registered({}, {}) as (service, config), homeserver(request.param, config) as running:
        service.accept = ("query",)
        yield service, running


def send(running: Homeserver) -> None:
    """Makes a user of the bridge create a room: its events are for the bridge."""
    login = {"type": "m.login.application_service", "username": "_irc_alice"}
    running.request("POST", "/_matrix/client/v3/register", login, token=AS_TOKEN)
    path = "/_matrix/client/v3/createRoom?user_id=%40_irc_alice%3Aexample.com"
    status, answer = running.request("POST", path, {}, token=AS_TOKEN)
    assert status == 200, answer


def transactions(arrived: list[Arrived]) -> list[str]:
    return [
        one.path.removeprefix(CALLS["push_bulk"]) for one in arrived if "/transactions/" in one.path
    ]


def wait_for_transaction(service: Receiver, name: str, times: int = 1) -> None:
    service.wait_for(lambda arrived: transactions(arrived).count(name) >= times, PATIENCE_S)


@pytest.mark.proves(
    "bridge-that-reads-the-query-refuses",
    "other-direction-works",
    "error-counts-as-no-answer",
    "transaction-waits-for-its-answer",
    "wait-doubles-up-to-512-seconds",
    "option-helps-a-service-that-you-cannot-change",
)
def test_a_bridge_that_looks_in_the_query_refuses_synapses_transaction_until_it_reads_the_header(
    running: tuple[Receiver, Homeserver],
) -> None:
    service, synapse = running
    send(synapse)
    line = synapse.logs("received code=401")
    assert f"push_bulk to {service.url} received code=401 msg=Unauthorized" in line
    wait_for_transaction(service, "1", times=2)
    for wait in (2, 4):
        assert f"Scheduling retries on irc in {wait}" in synapse.logs(f"retries on irc in {wait}")
    send(synapse)  # the requests of the bridge itself are answered
    assert set(transactions(service.arrived)) == {"1"}
    service.accept = ("header",)
    wait_for_transaction(service, "2")
    arrived = transactions(service.arrived)
    assert arrived == sorted(arrived)


@pytest.mark.proves("another-token-is-403")
def test_a_bridge_with_another_token_answers_synapse_403(
    running: tuple[Receiver, Homeserver],
) -> None:
    service, synapse = running
    service.accept, service.token = ("header",), "made anew"
    send(synapse)
    assert f"push_bulk to {service.url} received code=403 msg=Forbidden" in synapse.logs("code=403")


@pytest.mark.proves(
    "option-helps-an-old-bridge",
    "log-hides-the-token",
    "legacy-option-warns",
    "option-helps-a-service-that-you-cannot-change",
)
@pytest.mark.parametrize("release", COMPARED)
def test_with_the_option_synapse_reaches_a_bridge_that_looks_in_the_query_and_logs_no_token(
    release: str,
) -> None:
    synapse_python(release)
    options = {OPTION: True}
    with registered(options, {}) as (service, config), homeserver(release, config) as running:
        service.accept = ("query",)
        send(running)
        wait_for_transaction(service, "1")
        send(running)
        wait_for_transaction(service, "2")
        assert "access_token=<redacted>" in running.logs("/transactions/1")
        assert HS_TOKEN not in running.log
        assert (
            "The use of appservice legacy authorization via query params is deprecated"
            " and should be considered insecure."
        ) in running.log
