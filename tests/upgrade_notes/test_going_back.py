"""An older release on the database of a newer one: what works, and what is lost."""

import functools
import os
import re
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from snippets.shared.history import read_history
from tests.real import Missing, postgres, synapse
from tests.real.fixtures import need, skip
from tests.real.homeserver import SERVER_NAME, Homeserver

HISTORY = read_history()
NEWEST = list(HISTORY.releases)[-1]
OLDEST = HISTORY.oldest_downgrade(NEWEST)
OTHER_VERSION = "11"  # a room version that both releases know
# The newest release of each row of the table; `make test` goes back only from the first one.
_, *OTHERS = [
    next(observed)
    for _, observed in groupby(reversed(HISTORY.releases), key=HISTORY.oldest_downgrade)
]
EVERY = OTHERS if "EVERY_RELEASE" in os.environ else []


class Answer(NamedTuple):
    """The answer to a request: status and JSON."""

    status: int
    body: Any


@dataclass
class GoingBack:
    """Observations on one database: with the older release after the newer one, then with the newer
    one.
    """

    database: dict[str, Any]
    folder: Path
    rooms: dict[str, str] = field(default_factory=dict)  # ID by version
    default: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    again: dict[str, Answer] = field(default_factory=dict)

    def go_back(self, newer: str, older: str) -> None:
        """Starts the newer release, fills its database, and starts the older one on it."""
        server = self._start(newer)
        try:
            token = server.register("alice")
            asked = _ask(server, "GET", "capabilities", token)
            self.default = asked.body["capabilities"]["m.room_versions"]["default"]
            for version in dict.fromkeys((self.default, OTHER_VERSION)):
                given = {} if version == self.default else {"room_version": version}
                made = _ask(server, "POST", "createRoom", token, given)
                if made.status == 200:
                    self.rooms[version] = made.body["room_id"]
                    assert self._send(server, version, token).status == 200
            place = _ask(server, "GET", "sync", token).body["next_batch"]
        finally:
            server.stop()
        server = self._start(older)
        try:
            login = {"type": "m.login.password", "password": "password"}
            user = {"identifier": {"type": "m.id.user", "user": "alice"}}
            self.answers = {
                "login": _ask(server, "POST", "login", None, {**login, **user}),
                "whoami": _ask(server, "GET", "account/whoami", token),
                "capabilities": _ask(server, "GET", "capabilities", token),
                "sync": _ask(server, "GET", "sync", token),
                "sync from then on": _ask(server, "GET", f"sync?since={place}", token),
                **{f"send {version}": self._send(server, version, token) for version in self.rooms},
                **{f"open {version}": self._open(server, version, token) for version in self.rooms},
            }
        finally:
            server.stop()

    def go_forward(self, newer: str) -> None:
        """Starts the newer release once more."""
        server = self._start(newer)
        try:
            token = server.request("POST", "/_matrix/client/v3/login", {
                "type": "m.login.password", "password": "password",
                "identifier": {"type": "m.id.user", "user": "alice"},
            })[1]["access_token"]  # fmt: skip
            self.again = {
                "sync": _ask(server, "GET", "sync", token),
                **{f"send {version}": self._send(server, version, token) for version in self.rooms},
            }
        finally:
            server.stop()

    def refusal(self, release: str) -> str:
        """The error of a release that does not start."""
        with pytest.raises(AssertionError) as raised:
            self._start(release).stop()
        return str(raised.value)

    def _start(self, release: str) -> Homeserver:
        server = Homeserver(release, self.folder, self.database)
        server.start()
        return server

    def _send(self, server: Homeserver, version: str, token: str) -> Answer:
        path = f"rooms/{self.rooms[version]}/send/m.room.message/{server.port}"
        return _ask(server, "PUT", path, token, {"msgtype": "m.text", "body": "hello"})

    def _open(self, server: Homeserver, version: str, token: str) -> Answer:
        return _ask(server, "GET", f"rooms/{self.rooms[version]}/messages?dir=b", token)


def _ask(server: Homeserver, method: str, path: str, token: str | None, body: Any = None) -> Answer:
    return Answer(*server.request(method, f"/_matrix/client/v3/{path}", body, token=token))


def _joined(sync: Answer) -> set[str]:
    assert sync.status == 200, sync
    return set(sync.body.get("rooms", {}).get("join", {}))


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def gone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> GoingBack:
    """From the newest release to the oldest one that starts, and forward again."""
    for release in (NEWEST, OLDEST):
        need(functools.partial(synapse.python, release))
    database = {}
    if request.param == "PostgreSQL":
        server: postgres.Server = request.getfixturevalue("postgres")
        database = {"database": server.for_synapse("going_back")}
    observed = GoingBack(database, tmp_path_factory.mktemp("going-back"))
    observed.go_back(NEWEST, OLDEST)
    observed.go_forward(NEWEST)
    return observed


@pytest.mark.proves("login-and-old-rooms-after-going-back")
@pytest.mark.slow
def test_users_and_their_access_tokens_are_there_after_going_back(gone: GoingBack) -> None:
    assert gone.answers["login"].status == 200
    assert gone.answers["whoami"].body["user_id"] == f"@alice:{SERVER_NAME}"


@pytest.mark.proves("login-and-old-rooms-after-going-back", "sync-from-the-start-works")
@pytest.mark.slow
def test_a_room_of_a_version_that_the_older_release_knows_still_works(gone: GoingBack) -> None:
    assert gone.rooms[OTHER_VERSION] in _joined(gone.answers["sync"])
    assert gone.answers[f"send {OTHER_VERSION}"].status == 200
    assert gone.answers[f"open {OTHER_VERSION}"].status == 200


@pytest.mark.proves(
    "older-release-starts-with-its-rooms",
    "newer-room-after-going-back",
    "capabilities-list-room-versions",
    "version-12-since-1-135",
)
@pytest.mark.slow
def test_a_room_of_a_newer_version_is_lost_to_the_older_release(gone: GoingBack) -> None:
    assert gone.default == "12"
    assert gone.rooms["12"] not in _joined(gone.answers["sync"])
    refused = gone.answers["send 12"]
    assert (refused.status, refused.body["errcode"]) == (400, "M_UNSUPPORTED_ROOM_VERSION")
    assert "uses a room version 12 which is no longer supported" in refused.body["error"]
    assert gone.answers["open 12"].status == 500
    known = gone.answers["capabilities"].body["capabilities"]["m.room_versions"]["available"]
    assert "12" not in known
    assert OTHER_VERSION in known


@pytest.mark.proves("sync-from-before-is-refused")
@pytest.mark.slow
def test_a_sync_that_began_before_going_back_is_refused(gone: GoingBack) -> None:
    assert gone.answers["sync from then on"] == (
        400, {"errcode": "M_UNKNOWN", "error": "Invalid stream token"},
    )  # fmt: skip


@pytest.mark.proves("older-release-starts-with-its-rooms", "newer-room-after-going-back")
@pytest.mark.slow
def test_the_newer_release_has_every_room_again(gone: GoingBack) -> None:
    assert _joined(gone.again["sync"]) == set(gone.rooms.values())
    assert {gone.again[f"send {version}"].status for version in gone.rooms} == {200}


@pytest.mark.proves("older-default-keeps-new-rooms-usable")
@pytest.mark.slow
def test_with_an_older_default_room_version_new_rooms_still_work(tmp_path: Path) -> None:
    for release in (NEWEST, OLDEST):
        need(functools.partial(synapse.python, release))
    observed = GoingBack({"default_room_version": OTHER_VERSION}, tmp_path)
    observed.go_back(NEWEST, OLDEST)
    assert list(observed.rooms) == [observed.default] == [OTHER_VERSION]
    assert observed.answers[f"send {OTHER_VERSION}"].status == 200


@pytest.mark.proves("older-release-starts-with-its-rooms", "too-old-a-release-does-not-start")
@pytest.mark.slow
def test_the_oldest_downgrade_is_the_exact_limit(gone: GoingBack) -> None:
    older = HISTORY.before(OLDEST)
    need(functools.partial(synapse.python, older))
    assert "Cannot use this database as it is too new" in gone.refusal(older)


@pytest.mark.proves("older-release-starts-with-its-rooms")
@pytest.mark.slow
@pytest.mark.parametrize("newest", EVERY)
def test_every_other_row_of_the_table_is_the_exact_limit(newest: str, tmp_path: Path) -> None:
    oldest = HISTORY.oldest_downgrade(newest)
    for release in (newest, oldest):
        need(functools.partial(synapse.python, release))
    observed = GoingBack({}, tmp_path)
    observed.go_back(newest, oldest)
    assert observed.answers["login"].status == 200
    assert observed.answers[f"send {observed.default}"].status == 200
    if oldest != next(iter(HISTORY.releases)):
        older = HISTORY.before(oldest)
        need(functools.partial(synapse.python, older))
        assert "Cannot use this database as it is too new" in observed.refusal(older)


@pytest.mark.proves("version-12-since-1-135")
@pytest.mark.slow
def test_the_packages_have_room_version_12_from_1_135_on() -> None:
    has = {}
    for release in ("1.134.0", "1.135.2"):
        try:
            (text,) = synapse.wheel_files(release, ["synapse/api/room_versions.py"])
        except Missing as missing:
            skip(missing)
            raise
        has[release] = re.search(r"\bV12 = RoomVersion\(", text) is not None
    assert has == {"1.134.0": False, "1.135.2": True}
