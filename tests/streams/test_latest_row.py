"""Tables that keep one row for each thing: read from the database of a real Synapse."""

import sqlite3
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


@pytest.mark.proves("a-new-fact-moves-the-row")
@pytest.mark.slow
def test_a_new_receipt_presence_or_entry_of_account_data_moves_the_row_of_the_last_one() -> None:
    synapse_python(NEWEST)
    with homeserver(NEWEST) as server:
        token = server.register("alice")
        status, made = server.request("POST", "/_matrix/client/v3/createRoom", {}, token=token)
        assert status == 200, made
        _says_and_reads(server, token, made["room_id"], "first")
        server.stop()  # at its end it stores the presence, too
        before = _ids(server)
        server.start()
        _says_and_reads(server, token, made["room_id"], "second")
        server.stop()
        after = _ids(server)
    assert all(after[table] > before[table] for table in QUERIES)
