"""What the newest release names in its metrics, as the note of 1.136 says it."""

import re
import urllib.request

import pytest

from tests.real.homeserver import PATIENCE_S, SERVER_NAME, homeserver

pytestmark = pytest.mark.slow

LISTENERS = [
    {
        "port": port,
        "type": "http",
        "bind_addresses": ["127.0.0.1"],
        "resources": [{"names": names}],
    }
    for port, names in ((8008, ["client", "federation"]), (8010, ["metrics"]))
]


def test_server_name_is_ones_own_in_every_metric_of_synapse_with_labels_except_its_build_info(
    synapse_1_163_python: object,
) -> None:
    with homeserver("1.163.2", {"listeners": LISTENERS, "enable_metrics": True}) as running:
        token = running.register("alice", admin=True)
        assert running.request("POST", "/_matrix/client/v3/createRoom", {}, token=token)[0] == 200
        assert running.request("GET", "/_matrix/client/v3/sync", token=token)[0] == 200
        url = f"http://127.0.0.1:{running.ports[8010]}/_synapse/metrics"
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
            lines = answer.read().decode().splitlines()
    found = [re.match(r"(synapse_\w+)\{(.*)\} ", line) for line in lines]
    labelled = [(match[1], match[2]) for match in found if match]
    assert len({name for name, _ in labelled}) > 50
    others = {name for name, labels in labelled if f'server_name="{SERVER_NAME}"' not in labels}
    assert others == {"synapse_build_info"}
