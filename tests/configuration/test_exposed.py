"""A listener that shows private things to other machines is named; one on the loopback is not."""

import http.client
from contextlib import closing

import pytest
import yaml

from snippets.configuration.check import check
from tests.real.homeserver import homeserver
from tests.real.releases import COMPARED

RESOURCES = {"resources": [{"names": ["client", "metrics", "replication"]}]}


def codes(listener: dict[str, object]) -> list[tuple[str, str]]:
    found = check(yaml.safe_dump({"listeners": [{"port": 9000, **listener}]}))
    return [(problem.code, problem.wrong) for problem in found]


@pytest.mark.proves("exposed-listeners-are-reported")
@pytest.mark.parametrize(
    ("listener", "shown"),
    [
        ({"type": "metrics"}, "metrics"),
        ({"type": "manhole", "bind_addresses": ["0.0.0.0"]}, "manhole"),
        ({"type": "http", **RESOURCES}, "metrics and replication"),
        ({"type": "metrics", "bind_address": "10.0.0.1"}, "metrics"),
        ({"type": "metrics", "bind_addresses": ["127.0.0.1", "::"]}, "metrics"),
    ],
)
def test_a_private_listener_for_other_machines_is_named(
    listener: dict[str, object], shown: str
) -> None:
    assert codes(listener) == [("exposed-listener", f"shows {shown} to other machines")]


@pytest.mark.parametrize(
    "listener",
    [
        {"type": "metrics", "bind_addresses": ["127.0.0.1", "::1"]},
        {"type": "metrics", "bind_address": "127.0.0.1"},
        {"type": "http", "resources": [{"names": ["client", "federation"]}]},
        {"type": "http"},
    ],
)
def test_nothing_is_said_of_a_loopback_or_of_what_clients_may_see(
    listener: dict[str, object],
) -> None:
    assert codes(listener) == []


@pytest.mark.proves("exposed-listeners-are-reported")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_synapse_listens_on_every_address_if_the_listener_names_none(release: str) -> None:
    metrics = {"type": "http", "resources": [{"names": ["metrics"]}]}
    client = {"type": "http", "resources": [{"names": ["client"]}], "bind_addresses": ["127.0.0.1"]}
    config = {
        "enable_metrics": True,
        "listeners": [
            {"port": 8008, **client},
            {"port": 9000, **metrics},
            {"port": 9001, **metrics, "bind_addresses": ["127.0.0.1"]},
        ],
    }
    with homeserver(release, config) as running:
        # Another address of this machine stands for another machine.
        open_, closed = (
            closing(http.client.HTTPConnection("127.0.0.2", running.ports[port], timeout=20))
            for port in (9000, 9001)
        )
        with open_ as connection:
            connection.request("GET", "/_synapse/metrics")
            assert connection.getresponse().status == 200
        with closed as connection, pytest.raises(ConnectionRefusedError):
            connection.request("GET", "/_synapse/metrics")
