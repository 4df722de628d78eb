"""How real releases treat a client with a token beyond the server's position."""

import os
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from tests.real import synapse
from tests.real.fixtures import need
from tests.real.homeserver import Homeserver, homeserver
from tests.real.releases import NEWEST, OLD

pytestmark = pytest.mark.slow

BOUNDED = "Bounding token from the future"
WAITED = "Waiting for current token to reach"
AHEAD = 3


class Client:
    """A client in its own room."""

    def __init__(self, server: Homeserver, name: str) -> None:
        self.server = server
        self.token = server.register(name)
        status, answer = self._ask("POST", "createRoom", {})
        assert status == 200
        self.room = answer["room_id"]
        self.sent = 0

    def _ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return self.server.request(method, f"/_matrix/client/v3/{path}", body, token=self.token)

    def send(self) -> str:
        """Sends a message; returns its text."""
        self.sent += 1
        text = str(self.sent)
        content = {"msgtype": "m.text", "body": text}
        assert self._ask("PUT", f"rooms/{self.room}/send/m.room.message/{text}", content)[0] == 200
        return text

    def sync(self, since: str = "") -> tuple[str, list[str]]:
        """The client's next token from the server, and the messages that it got."""
        status, answer = self._ask("GET", f"sync?timeout=0{since and '&since=' + quote(since)}")
        assert status == 200
        rooms = answer.get("rooms", {}).get("join", {}).values()
        events = [event for room in rooms for event in room["timeline"]["events"]]
        return answer["next_batch"], [
            event["content"]["body"] for event in events if event["type"] == "m.room.message"
        ]


def ahead(token: str) -> str:
    """A token a few IDs ahead, as after a restart in which the stream went back."""
    events, _, rest = token.partition("_")
    return f"s{int(events[1:]) + AHEAD}_{rest}"


class Answer(NamedTuple):
    """What a release did: whether the token went back, and which of its two texts it logged."""

    lowered: bool
    waited: bool
    bounded: bool


RELEASES = {
    OLD: Answer(lowered=True, waited=False, bounded=False),
    "1.109.0": Answer(lowered=False, waited=True, bounded=False),
    NEWEST: Answer(lowered=True, waited=False, bounded=True),
}
# 1.109.0 does not run here every time: its package would have to be downloaded.
RUN = [name for name in RELEASES if name != "1.109.0" or "EVERY_RELEASE" in os.environ]


@pytest.fixture(scope="module", params=RUN)
def running(request: pytest.FixtureRequest) -> Iterator[tuple[str, Homeserver]]:
    """A release, and its running homeserver."""
    need(lambda: synapse.python(request.param))
    with homeserver(request.param) as server:
        yield request.param, server


@pytest.mark.proves(
    "token-from-the-future-by-release",
    "token-is-bounded",
    "sync-waits-for-its-token",
    "releases-with-a-future-token",
)
def test_a_token_from_the_future_is_lowered_but_by_1_109_which_waits(
    running: tuple[str, Homeserver],
) -> None:
    release, server = running
    client = Client(server, "alice")
    now, _ = client.sync()
    before = len(server.log)
    answered, messages = client.sync(ahead(now))
    assert messages == []
    assert answered in (now, ahead(now))
    server.logs(f"since={quote(ahead(now))} HTTP/1.1")  # its last line about the request
    logged = server.log[before:]
    assert RELEASES[release] == Answer(answered == now, WAITED in logged, BOUNDED in logged)
    written = [client.send(), client.send()]
    _, messages = client.sync(answered)
    assert messages == (written if answered == now else [])


@pytest.mark.proves("token-from-the-future-misses")
def test_what_is_written_before_a_client_with_a_token_from_the_future_syncs_is_missed(
    running: tuple[str, Homeserver],
) -> None:
    _, server = running
    client = Client(server, "bob")
    now, _ = client.sync()
    missed = client.send()
    answered, messages = client.sync(ahead(now))
    assert messages == []
    written = [client.send() for _ in range(AHEAD)]
    _, later = client.sync(answered)
    assert missed not in later
    assert later[-1] == written[-1]
