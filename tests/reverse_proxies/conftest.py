"""Two releases of Synapse, each started once, with the printed listeners and internal ones."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.real.fixtures import synapse_python
from tests.real.homeserver import Homeserver, homeserver
from tests.real.releases import COMPARED
from tests.reverse_proxies.configurations import text

METRICS = 9000


# The listeners that must not be reached from outside.
INSIDE = [
    {
        "port": port,
        "type": "http",
        "bind_addresses": ["127.0.0.1"],
        "resources": [{"names": [name]}],
    }
    for port, name in ((8010, "metrics"), (8011, "replication"))
]


class Server:
    """A homeserver with an administrator."""

    def __init__(self, release: str, running: Homeserver) -> None:
        self.release, self.running = release, running
        self.token = running.register("alice", admin=True)
        self.bearer = f"Authorization: Bearer {self.token}"


def configuration() -> dict[str, Any]:
    """The printed listeners, those that must not be reached from outside, and single sign-on."""
    listeners = yaml.safe_load(text("listeners.yaml"))["listeners"]
    # One more, for tests of a listener that also has the metrics.
    metrics = {**listeners[0], "port": METRICS}
    metrics["resources"] = [{"names": ["client", "federation", "metrics"]}]
    return {
        "listeners": [*listeners, metrics, *INSIDE],
        "enable_metrics": True,
        "public_baseurl": "https://matrix.example.com/",
        "cas_config": {"enabled": True, "server_url": "https://cas.example.com"},
    }


@pytest.fixture(scope="session", params=COMPARED)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    synapse_python(request.param)
    with homeserver(request.param, configuration()) as running:
        yield Server(request.param, running)
