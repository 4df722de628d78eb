"""The client's token compared with Synapse's, and the picture."""

import json
import subprocess
from xml.etree import ElementTree

import pytest

from snippets.streams.pictures import positions_svg
from snippets.streams.stream_token import room_stream_token
from tests.real.fixtures import synapse_python
from tests.real.releases import NEWEST

IDS = {"w1": 1, "w2": 2, "w3": 3}
CASES = [
    (5, {"w1": 5, "w2": 5}),
    (5, {"w1": 3, "w2": 7}),
    (5, {"w1": 6, "w2": 7, "w3": 5}),
    (1, {}),
]
SYNAPSE = """
import asyncio, json, sys
from types import SimpleNamespace
from synapse.types import RoomStreamToken

ids, cases = json.loads(sys.argv[1])

async def number(name):
    return ids[name]

store = SimpleNamespace(get_id_for_instance=number)
print(json.dumps([
    asyncio.run(
        RoomStreamToken.from_generator(
            SimpleNamespace(get_current_token=lambda: linear, get_positions=lambda: at)
        ).to_string(store)
    )
    for linear, at in cases
]))
"""


def test_only_writers_beyond_the_linear_token_are_named() -> None:
    assert [room_stream_token(linear, at, IDS) for linear, at in CASES] == [
        "s5",
        "m5~2.7",
        "m5~1.6~2.7",
        "s1",
    ]


@pytest.mark.proves("a-clients-token-names-writers-beyond")
@pytest.mark.slow
def test_synapse_writes_the_same_token() -> None:
    done = subprocess.run(
        [synapse_python(NEWEST), "-W", "ignore", "-c", SYNAPSE, json.dumps([IDS, CASES])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [room_stream_token(at, to, IDS) for at, to in CASES]


def test_a_picture_of_positions_has_a_mark_for_every_id() -> None:
    facts = {"w<1>": {2: "completed", 3: "pending"}, "w2": {4: "completed"}}
    root = ElementTree.fromstring(positions_svg(facts, {"w<1>": 2, "w2": 4}, 2, '"title"'))
    kinds = [element.get("class") for element in root]
    assert (kinds.count("completed"), kinds.count("pending"), kinds.count("reached")) == (2, 1, 2)
    assert root.get("aria-label") == '"title"'
