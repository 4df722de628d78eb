"""The printed repair, run on the database of a homeserver that refuses to start."""

import re
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.docs.guide import DOCS
from tests.real.fixtures import synapse_python
from tests.real.homeserver import homeserver
from tests.real.postgres import Server
from tests.real.releases import COMPARED

pytestmark = pytest.mark.slow

PAGE = DOCS / "streams" / "repairing-a-stream.md"
SEND = "/_matrix/client/v3/rooms/{room}/send/m.room.message/{number}"


def printed(sequence: str, number: int) -> str:
    """The statement on the page, for `psql`, with the sequence and number of a reader."""
    (statement,) = re.findall(r"^ +`(SELECT setval\(.*;)`$", PAGE.read_text("utf-8"), re.MULTILINE)
    return str(statement).replace("the_sequence", sequence).replace("9", str(number))


@pytest.mark.parametrize("release", COMPARED)
def test_a_homeserver_whose_position_is_beyond_the_sequence_starts_after_the_printed_repair(
    release: str, postgres: Server
) -> None:
    python: Path = synapse_python(release)
    assert python
    url = postgres.create(f"repair_{release.replace('.', '_')}")
    config = {"database": {"name": "psycopg2", "args": conninfo_to_dict(url)}}
    position = "SELECT max(stream_id) FROM stream_positions WHERE stream_name = 'events'"
    with homeserver(release, config) as running, psycopg.connect(url, autocommit=True) as database:
        token = running.register("alice")
        _, made = running.request("POST", "/_matrix/client/v3/createRoom", {}, token=token)
        room = made["room_id"].replace(":", "%3A").replace("!", "%21")
        running.stop()
        database.execute(
            "UPDATE stream_positions SET stream_id = stream_id + 1000 WHERE stream_name = 'events'"
        )
        (highest,) = database.execute(position).fetchone() or (None,)
        assert highest
        assert highest > 1000
        with pytest.raises(AssertionError, match="inconsistent with associated stream position"):
            running.start()
        database.execute(printed("events_stream_seq", highest).encode())
        running.start()
        path = SEND.format(room=room, number=1)
        body = {"msgtype": "m.text", "body": "hello"}
        assert running.request("PUT", path, body, token=token)[0] == 200
        status, synced = running.request("GET", "/_matrix/client/v3/sync", token=token)
        assert status == 200
        (joined,) = synced["rooms"]["join"].values()
        assert joined["timeline"]["events"][-1]["content"] == body
        (written,) = database.execute("SELECT max(stream_ordering) FROM events").fetchone() or (0,)
        assert written > highest
