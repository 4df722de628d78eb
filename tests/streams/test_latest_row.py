"""What clients' requests change in the tables and in the sync token of a real Synapse."""

import sqlite3
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.real.fixtures import synapse_python
from tests.real.homeserver import SERVER_NAME, Homeserver, homeserver
from tests.real.releases import NEWEST

USER = f"@alice:{SERVER_NAME}"
# What a fact is about, by the stream's table.
QUERIES = {
    "receipts_linearized": "SELECT user_id, receipt_type, stream_id FROM receipts_linearized",
    "presence_stream": "SELECT user_id, '', stream_id FROM presence_stream",
    "account_data": "SELECT user_id, account_data_type, stream_id FROM account_data",
}
THINGS = {
    "receipts_linearized": (USER, "m.read"),
    "presence_stream": (USER, ""),
    "account_data": (USER, "org.example.theme"),
}


def _says_and_reads(server: Homeserver, token: str, room: str, words: str) -> None:
    """Sends a message and a receipt for it; sets a presence and an entry of account data."""
    user, client = quote(USER), "/_matrix/client/v3"
    path = f"{client}/rooms/{quote(room)}"
    content = {"msgtype": "m.text", "body": words}
    status, sent = server.request(
        "PUT", f"{path}/send/m.room.message/{words}", content, token=token
    )
    assert status == 200, sent
    presence = {"presence": "online", "status_msg": words}
    for method, address, body in (
        ("POST", f"{path}/receipt/m.read/{quote(sent['event_id'])}", {}),
        ("PUT", f"{client}/presence/{user}/status", presence),
        ("PUT", f"{client}/user/{user}/account_data/org.example.theme", {"is": words}),
    ):
        status, answer = server.request(method, address, body, token=token)
        assert status == 200, answer


def _ids(server: Homeserver) -> dict[str, int]:
    """The ID of the only row of each thing."""
    ids = {}
    with sqlite3.connect(server.database) as database:
        for table, query in QUERIES.items():
            rows = [(thing[:2], thing[2]) for thing in database.execute(query)]
            (ids[table],) = [stream_id for thing, stream_id in rows if thing == THINGS[table]]
    return ids


@pytest.fixture(scope="module")
def server() -> Iterator[Homeserver]:
    synapse_python(NEWEST)
    with homeserver(NEWEST) as running:
        yield running


@pytest.fixture(scope="module")
def token(server: Homeserver) -> str:
    """The access token of the user."""
    return server.register("alice")


@pytest.mark.proves("a-clients-token-has-several-places")
@pytest.mark.slow
def test_a_sync_token_has_a_place_for_each_stream_and_a_fact_moves_its_streams(
    server: Homeserver, token: str
) -> None:
    since, places = "", []
    for words in ("first", "second"):
        path = f"/_matrix/client/v3/user/{quote(USER)}/account_data/org.example.place"
        assert server.request("PUT", path, {"is": words}, token=token)[0] == 200
        path = f"/_matrix/client/v3/sync?set_presence=offline{since}"
        status, answer = server.request("GET", path, token=token)
        assert status == 200
        since = f"&since={answer['next_batch']}"
        places.append(answer["next_batch"].split("_"))
    assert len(places[0]) > 8
    before, after = places
    assert [at for at, place in enumerate(before) if after[at] != place] == [4]


@pytest.mark.proves("a-new-fact-moves-the-row")
@pytest.mark.slow
def test_a_new_receipt_presence_or_entry_of_account_data_moves_the_row_of_the_last_one(
    server: Homeserver, token: str
) -> None:
    status, made = server.request("POST", "/_matrix/client/v3/createRoom", {}, token=token)
    assert status == 200, made
    ids = []
    for words in ("first", "second"):
        _says_and_reads(server, token, made["room_id"], words)
        server.stop()  # at its end it stores the presence, too
        ids.append(_ids(server))
        server.start()
    before, after = ids
    assert all(after[table] > before[table] for table in QUERIES)
