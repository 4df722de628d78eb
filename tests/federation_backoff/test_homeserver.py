"""Real homeservers: when they leave a destination alone, and what ends that."""

import json
import re
import socket
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from tests.federation_backoff.sequences import START_MS
from tests.real.channel import listening
from tests.real.fixtures import synapse_python
from tests.real.homeserver import PATIENCE_S, SERVER_NAME, Homeserver, homeserver
from tests.real.redis import Server as RedisServer
from tests.real.releases import COMPARED, NEWEST, OLD

pytestmark = pytest.mark.slow

DAY_MS = 86_400_000
CONFIG = {
    "federation": {
        "destination_min_retry_interval": "1d",
        "destination_max_retry_interval": "1d",
        "max_long_retries": 1,
        "max_long_retry_delay": "1s",
    },
    "federation_verify_certificates": False,  # the destinations here have self-signed ones
}
RESET = [None, 0, 0]


class Server:
    """A homeserver with an administrator."""

    def __init__(self, release: str, running: Homeserver) -> None:
        self.release, self.running = release, running
        self.token = running.register("admin", admin=True)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return self.running.request(method, path, body, token=self.token)

    def write(self, destination: str, failure_ts: int, last: int, interval: int) -> None:
        """Writes a row into the table directly, without Synapse's knowledge."""
        with closing(sqlite3.connect(self.running.database, timeout=PATIENCE_S)) as database:
            database.execute(
                "INSERT OR REPLACE INTO destinations "
                "(destination, failure_ts, retry_last_ts, retry_interval) VALUES (?, ?, ?, ?)",
                (destination, failure_ts, last, interval),
            )
            database.commit()

    def rows(self, destination: str) -> list[list[int | None]]:
        """The destination's row, or an empty list if it has none."""
        with closing(sqlite3.connect(self.running.database, timeout=PATIENCE_S)) as database:
            stored = database.execute(
                "SELECT failure_ts, retry_last_ts, retry_interval FROM destinations "
                "WHERE destination = ?",
                (destination,),
            ).fetchall()
        return list(map(list, stored))

    def row(self, destination: str) -> list[int | None]:
        (row,) = self.rows(destination)
        return row

    def owe_device_list(self, user: str) -> None:
        """Makes the homeserver fetch a user's devices again, as after a first failure."""
        with closing(sqlite3.connect(self.running.database, timeout=PATIENCE_S)) as database:
            now = int(time.time() * 1000)
            database.execute("INSERT INTO device_lists_remote_resync VALUES (?, ?)", (user, now))
            database.commit()

    def settle(self) -> None:
        """Returns when all earlier writes are done: there is one thread for the database, and this
        request reads it without a cache.
        """
        assert self.ask("GET", "/_synapse/admin/v1/federation/destinations")[0] == 200

    def send_to_device(self, destination: str) -> None:
        """Gives the homeserver a transaction to send."""
        path = f"/_matrix/client/v3/sendToDevice/org.example.test/{time.monotonic_ns()}"
        messages = {f"@someone:{destination}": {"DEVICE": {"said": "something"}}}
        assert self.ask("PUT", path, {"messages": messages})[0] == 200

    def query_keys(self, destination: str) -> str | None:
        """Makes the homeserver ask a destination for keys; returns its error."""
        user = f"@someone:{destination}"
        status, answer = self.ask(
            "POST", "/_matrix/client/v3/keys/query", {"device_keys": {user: []}}
        )
        assert status == 200
        self.settle()
        failure = answer["failures"].get(destination)
        return str(failure["message"]) if failure else None


@pytest.fixture(scope="module", params=COMPARED)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    synapse_python(request.param)
    with homeserver(request.param, CONFIG) as running:
        yield Server(request.param, running)


@contextmanager
def dead_server() -> Iterator[tuple[str, list[int]]]:
    """A destination that closes every connection, and a list with an entry for each."""
    calls: list[int] = []

    class HangUp(BaseRequestHandler):
        def handle(self) -> None:
            calls.append(1)

    with ThreadingHTTPServer(("127.0.0.1", 0), HangUp) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"127.0.0.1:{listening.server_port}", calls
        finally:
            listening.shutdown()
            thread.join()


@contextmanager
def silent_server() -> Iterator[str]:
    """A destination that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def living_server(status: int) -> Iterator[tuple[str, list[str]]]:
    """A destination that answers every request with this status, and the paths of the requests."""
    paths: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            paths.append(self.path)
            answer: dict[str, Any] = {"device_keys": {}}
            if status != 200:
                answer = {"errcode": "M_UNRECOGNIZED"}
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Logs nothing: `paths` is the log."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as listening:
        listening.daemon_threads = True  # Synapse keeps its connections open
        listening.block_on_close = False
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"127.0.0.1:{listening.server_port}", paths
        finally:
            listening.shutdown()
            thread.join()


def eventually(holds: Callable[[], bool]) -> None:
    """Polls until the condition is true: the event happens in another process."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "the condition never became true"


@pytest.mark.proves(
    "row-of-a-destination",
    "symptoms-by-release",
    "at-the-maximum-1-90-stores-nothing",
    "ten-requests-at-the-maximum",
    "row-does-not-change-at-the-maximum",
)
def test_at_the_cap_1_90_tries_at_every_request_and_newer_releases_once(server: Server) -> None:
    last = int(time.time() * 1000) - DAY_MS - 60_000
    with dead_server() as (destination, calls):
        server.write(destination, last, last, DAY_MS)
        for _ in range(10):
            assert server.query_keys(destination)
    if server.release == "1.90.0":
        assert len(calls) == 10
        assert server.row(destination) == [last, last, DAY_MS]
    else:
        assert len(calls) == 1
        failure_ts, moved, interval = server.row(destination)
        assert (failure_ts, interval) == (last, DAY_MS)
        assert moved
        assert moved > last


@pytest.mark.proves("left-alone-means-not-ready-for-retry", "nothing-is-sent-during-a-wait")
def test_a_client_gets_an_error_while_a_destination_is_left_alone(server: Server) -> None:
    now = int(time.time() * 1000)
    with dead_server() as (destination, calls):
        server.write(destination, now, now, DAY_MS)
        user = f"@someone:{destination}"
        asked: dict[str, Any] = {"device_keys": {user: []}}
        _, answer = server.ask("POST", "/_matrix/client/v3/keys/query", asked)
        said = {"status": 503, "message": "Not ready for retry"}
        assert answer["failures"] == {destination: said}
        assert calls == []


@pytest.mark.proves("limiter-decides-each-cell", "outcomes-in-one-rule")
def test_a_request_that_times_out_backs_off(server: Server) -> None:
    with silent_server() as destination:
        asked = {"device_keys": {f"@someone:{destination}": []}, "timeout": 100}
        assert server.ask("POST", "/_matrix/client/v3/keys/query", asked)[0] == 200
        eventually(lambda: server.rows(destination) != [])
        assert server.row(destination)[2] == DAY_MS
    asked_again = server.ask("POST", "/_matrix/client/v3/keys/query", asked)[1]
    assert asked_again["failures"][destination]["message"] == "Not ready for retry"


@pytest.mark.proves("left-alone-means-no-join")
def test_a_join_through_a_destination_that_is_left_alone_is_answered_with_502(
    server: Server,
) -> None:
    now = int(time.time() * 1000)
    with dead_server() as (destination, calls):
        server.write(destination, now, now, DAY_MS)
        path = f"/_matrix/client/v3/join/%21room%3A{destination}?server_name={destination}"
        status, answer = server.ask("POST", path, {})
        assert (status, answer["error"]) == (502, "Failed to make_join via any server")
        assert calls == []


@pytest.mark.proves(
    "reset-or-hear-from-them",
    "admin-api-ends-it",
    "reset-answers-200",
    "reset-answers-400",
    "reset-answers-404",
    "admin-api-shows-the-row",
)
def test_the_admin_api_resets_a_destination(server: Server) -> None:
    now = int(time.time() * 1000)
    path = "/_synapse/admin/v1/federation/destinations/down.example"
    server.write("down.example", now, now, DAY_MS)
    status, shown = server.ask("GET", path)
    assert status == 200
    assert shown["retry_last_ts"] == shown["failure_ts"] == now
    assert shown["retry_interval"] == DAY_MS
    assert server.ask("POST", f"{path}/reset_connection", {}) == (200, {})
    assert server.row("down.example") == RESET
    status, refused = server.ask("POST", f"{path}/reset_connection", {})
    assert (status, refused["errcode"]) == (400, "M_UNKNOWN")
    assert refused["error"] == "The retry timing does not need to be reset for this destination."
    unknown = path.replace("down", "never-seen")
    status, refused = server.ask("POST", f"{unknown}/reset_connection", {})
    assert (status, refused["error"]) == (404, "Unknown destination")


@pytest.mark.proves("reset-answers-200", "admin-api-ends-it")
def test_after_a_reset_the_next_request_is_made(server: Server) -> None:
    now = int(time.time() * 1000)
    with dead_server() as (destination, calls):
        server.write(destination, now, now, DAY_MS)
        assert server.query_keys(destination) == "Not ready for retry"
        assert calls == []
        path = f"/_synapse/admin/v1/federation/destinations/{destination}/reset_connection"
        assert server.ask("POST", path, {}) == (200, {})
        server.query_keys(destination)
        assert len(calls) == 1


@pytest.mark.proves(
    "success-ends-it",
    "being-reachable-ends-nothing",
    "row-after-a-success",
    "ignoring-requests-add-no-wait",
    "server-that-is-back-waits",
)
def test_a_success_ends_the_backoff_also_if_the_request_ignores_it(server: Server) -> None:
    now = int(time.time() * 1000)
    with living_server(200) as (destination, paths):
        server.write(destination, START_MS, START_MS, 1)
        assert server.query_keys(destination) is None
        assert server.row(destination) == RESET
    with living_server(200) as (destination, paths):
        server.write(destination, now, now, DAY_MS)
        assert server.query_keys(destination) == "Not ready for retry"
        assert paths == []
        path = f"/_matrix/client/v3/profile/%40someone%3A{destination}"
        assert server.ask("GET", path)[0] == 200
        assert paths
        eventually(lambda: server.row(destination) == RESET)


@pytest.mark.proves("recovery-is-announced", "main-process-does-not-announce-it")
def test_a_success_sets_the_sender_going_and_is_announced_and_a_signed_request_to_main_is_not(
    redis: RedisServer,
) -> None:
    """On the newest release: the old one has no client for Redis here."""
    synapse_python(NEWEST)
    now = int(time.time() * 1000)
    config = {**CONFIG, "redis": {"enabled": True, "path": urlsplit(redis.url).path}}
    with (
        listening(redis.url) as channel,
        homeserver(NEWEST, config) as running,
        living_server(200) as (destination, paths),
    ):
        server = Server(NEWEST, running)
        server.write(SERVER_NAME, now, now, DAY_MS)
        header = {"Authorization": running.signature("GET", PROFILE)}
        assert running.request("GET", PROFILE, headers=header)[0] == 200
        eventually(lambda: server.row(SERVER_NAME) == RESET)

        server.write(destination, now, now, DAY_MS)
        server.send_to_device(destination)
        assert server.query_keys(destination) == "Not ready for retry"
        assert paths == []
        # A profile is asked for in spite of the backoff.
        assert server.ask("GET", f"/_matrix/client/v3/profile/%40someone%3A{destination}")[0] == 200
        heard = channel.hears(f"REMOTE_SERVER_UP {destination}")
        assert [line for line in heard if "REMOTE_SERVER_UP" in line] == heard[-1:]
        eventually(lambda: any("/send/" in path for path in paths))


@pytest.mark.proves("lower-maximum-keeps-the-row", "lower-maximum-counts-from-the-next-failure")
def test_a_stored_wait_above_the_maximum_is_not_shortened(server: Server) -> None:
    """The maximum here is a day."""
    last = int(time.time() * 1000) - 2 * DAY_MS
    with dead_server() as (destination, calls):
        server.write(destination, last, last, 7 * DAY_MS)
        assert server.query_keys(destination) == "Not ready for retry"
        assert calls == []


PROFILE = "/_matrix/federation/v1/query/profile?user_id=%40admin%3Aexample.com"


@pytest.mark.proves(
    "reset-or-hear-from-them",
    "signed-request-ends-it",
    "even-a-request-for-nothing-ends-it",
    "your-request-ends-their-backoff",
    "their-traffic-rules-out-backoff",
    "server-that-is-back-waits",
)
@pytest.mark.parametrize(
    ("method", "path", "content", "answer"),
    [
        ("GET", PROFILE, None, 200),
        ("GET", PROFILE.replace("admin", "nobody"), None, 404),
        ("PUT", "/_matrix/federation/v1/send/1", {"pdus": []}, 200),
        ("POST", "/_matrix/federation/v1/user/keys/query", {"device_keys": {}}, 200),
    ],
)
def test_signed_inbound_traffic_resets_its_sender(
    server: Server, method: str, path: str, content: dict[str, Any] | None, answer: int
) -> None:
    now = int(time.time() * 1000)
    server.write(SERVER_NAME, now, now, DAY_MS)
    header = {"Authorization": server.running.signature(method, path, content)}
    assert server.running.request(method, path, content, headers=header)[0] == answer
    eventually(lambda: server.row(SERVER_NAME) == RESET)


@pytest.mark.proves("bad-signature-ends-nothing")
def test_unsigned_traffic_resets_nothing(server: Server) -> None:
    server.running.stop()  # otherwise the row may still be cached from the test before
    now = int(time.time() * 1000)
    server.write(SERVER_NAME, now, now, DAY_MS)
    server.running.start()
    forged = server.running.signature("GET", PROFILE).replace('sig="', 'sig="AAAA')
    status, _ = server.running.request("GET", PROFILE, headers={"Authorization": forged})
    assert status == 401
    assert server.running.request("GET", PROFILE)[0] == 401
    server.settle()
    assert server.row(SERVER_NAME) == [now, now, DAY_MS]


@pytest.mark.proves("reset-answers-404")
def test_the_admin_api_knows_no_destination_that_answered_and_got_no_event(server: Server) -> None:
    path = "/_synapse/admin/v1/federation/destinations"
    with living_server(200) as (destination, paths):
        assert server.query_keys(destination) is None
        assert len(paths) == 1
        assert server.rows(destination) == []
        assert server.ask("GET", f"{path}/{destination}")[0] == 404
        assert server.ask("POST", f"{path}/{destination}/reset_connection", {})[0] == 404


@pytest.mark.proves("reset-answers-404")
def test_the_admin_api_knows_no_destination_whose_failure_was_not_counted(server: Server) -> None:
    with dead_server() as (destination, calls):
        path = f"/_matrix/client/v3/profile/%40someone%3A{destination}"
        assert server.ask("GET", path)[0] == 502
        assert calls
        server.settle()
        assert server.rows(destination) == []
        path = f"/_synapse/admin/v1/federation/destinations/{destination}/reset_connection"
        assert server.ask("POST", path, {})[0] == 404


@pytest.mark.proves("404-to-key-queries-backs-off-nothing")
def test_a_destination_that_answers_404_to_everything_is_asked_every_time(server: Server) -> None:
    with living_server(404) as (destination, paths):
        for number in range(1, 4):
            assert server.query_keys(destination)
            assert len(paths) == number
        assert server.rows(destination) == []


@pytest.mark.proves(
    "send-backs-off-on-all-errors",
    "404-to-key-queries-backs-off-nothing",
    "send-backed-off-on-404-before",
)
@pytest.mark.parametrize("status", [404, 403])
def test_a_transaction_backs_off_after_a_404_and_in_newer_releases_after_a_403(
    server: Server, status: int
) -> None:
    with living_server(status) as (destination, paths):
        server.send_to_device(destination)
        server.running.logs(f"TX [{destination}] Received {status} response")
        server.settle()
        (path,) = paths
        assert path.startswith("/_matrix/federation/v1/send/")
        intervals = [interval for _, _, interval in server.rows(destination)]
        assert intervals == ([] if (server.release, status) == (OLD, 403) else [DAY_MS])


@pytest.mark.proves(
    "client-lookups-ignore-the-backoff",
    "nothing-is-sent-during-a-wait",
    "404-resets-the-row-in-1-90",
)
@pytest.mark.parametrize(
    ("method", "path", "body", "asked"),
    [
        (
            "GET",
            "/_matrix/client/v3/profile/%40someone%3A{}",
            None,
            "/_matrix/federation/v1/query/profile",
        ),
        (
            "GET",
            "/_matrix/client/v3/directory/room/%23room%3A{}",
            None,
            "/_matrix/federation/v1/query/directory",
        ),
        (
            "GET",
            "/_matrix/client/v3/publicRooms?server={}",
            None,
            "/_matrix/federation/v1/publicRooms",
        ),
        (
            "POST",
            "/_matrix/client/v3/createRoom",
            {"invite": ["@someone:{}"]},
            "/_matrix/federation/v2/invite/",
        ),
        ("GET", "/_matrix/key/v2/query/{}/ed25519:1", None, "/_matrix/key/v2/server"),
    ],
)
def test_profiles_aliases_public_rooms_invites_and_keys_ignore_the_backoff(
    server: Server, method: str, path: str, body: Any, asked: str
) -> None:
    now = int(time.time() * 1000)
    with living_server(404) as (destination, paths):
        server.write(destination, now, now, DAY_MS)
        assert server.query_keys(destination) == "Not ready for retry"
        assert paths == []
        body = json.loads(json.dumps(body).replace("{}", destination))
        server.ask(method, path.replace("{}", destination), body)
        assert any(each.startswith(asked) for each in paths)
        server.settle()
        left_alone = [now, now, DAY_MS]
        # In the old release a 404 counts as success.
        assert server.row(destination) == (RESET if server.release == OLD else left_alone)


def failed_attempts(server: Server, destination: str) -> int:
    """How many lines of the log say that an attempt failed."""
    attempt = re.compile(
        rf"INFO synapse\.http\.matrixfederationclient \S+ \[{destination}\] Request failed: "
    )
    return sum(bool(attempt.match(line)) for line in server.running.log.splitlines())


@pytest.mark.proves(
    "send-gets-long-retries",
    "own-timeout-means-one-attempt",
    "log-lines-of-the-two-layers",
)
@pytest.mark.parametrize(
    ("method", "path", "attempts"),
    [
        ("GET", "/_matrix/client/v3/directory/room/%23room%3A{}", 1),
        ("POST", "/_matrix/client/v3/join/%21room%3A{}?server_name={}", 1),
        ("GET", "/_matrix/client/v3/publicRooms?server={}", 4),
    ],
)
def test_a_request_is_made_four_times_unless_its_caller_has_a_timeout(
    server: Server, method: str, path: str, attempts: int
) -> None:
    with dead_server() as (destination, calls):
        server.ask(method, path.replace("{}", destination), None if method == "GET" else {})
        assert len(calls) == attempts
        server.running.logs(f"[{destination}] Request failed: ", attempts)
        assert failed_attempts(server, destination) == attempts


@pytest.mark.proves(
    "all-attempts-are-one-failure",
    "send-gets-long-retries",
    "log-lines-of-the-two-layers",
)
def test_a_transaction_is_repeated_by_the_options_for_long_retries_and_is_one_failure(
    server: Server,
) -> None:
    """Here `max_long_retries` is 1, and `max_short_retries` is 3."""
    with dead_server() as (destination, calls):
        server.send_to_device(destination)
        server.running.logs(f"Connection to {destination} was unsuccessful")
        assert len(calls) == failed_attempts(server, destination) == 2
        assert server.running.log.count(f"{destination} was unsuccessful") == 1
        eventually(lambda: [row[2] for row in server.rows(destination)] == [DAY_MS])


@pytest.mark.proves("cached-row-hides-an-edit")
def test_an_edit_of_the_table_takes_effect_after_a_restart(server: Server) -> None:
    now = int(time.time() * 1000)
    with dead_server() as (destination, calls):
        server.write(destination, now, now, DAY_MS)
        assert server.query_keys(destination) == "Not ready for retry"
        server.write(destination, START_MS, START_MS, 1)
        assert server.query_keys(destination) == "Not ready for retry"
        assert calls == []
        server.running.stop()
        server.running.start()
        assert server.query_keys(destination) != "Not ready for retry"
        assert len(calls) == 1


SWEEP = "items from caches"  # logged each time unused entries have been dropped
RESYNC_FAILED = "Failed to handle device list update"


@pytest.fixture(scope="module")
def refusing() -> Iterator[tuple[str, list[str]]]:
    """A destination that answers 404 to everything, and the paths of the requests."""
    with living_server(404) as listening:
        yield listening


@pytest.fixture(scope="module")
def impatient(
    refusing: tuple[str, list[str]],
) -> Iterator[list[Server]]:
    """A homeserver of each release that caches a row for one second after its last use.

    Whatever the option says, Synapse removes such rows only every 30 seconds. So they run side by
    side, and get a device list of `refusing` to fetch at the start: two tests share the wait.
    """
    config = {**CONFIG, "caches": {"cache_entry_ttl": "1s"}}
    with ExitStack() as stack:
        servers = [
            Server(release, stack.enter_context(homeserver(release, config)))
            for release in COMPARED
            if synapse_python(release)
        ]
        for server in servers:
            server.owe_device_list(f"@someone:{refusing[0]}")
        yield servers


@pytest.mark.proves("edit-counts-after-the-ttl")
def test_an_edit_of_the_table_takes_effect_without_a_restart_once_the_row_was_unused_for_the_ttl(
    impatient: list[Server],
) -> None:
    now = int(time.time() * 1000)
    with dead_server() as (destination, calls):
        for server in impatient:
            server.write(destination, now, now, DAY_MS)
            assert server.query_keys(destination) == "Not ready for retry"
            server.write(destination, START_MS, START_MS, 1)
            assert server.query_keys(destination) == "Not ready for retry"
        asked = time.monotonic()
        assert calls == []
        for server in impatient:
            sweeps = server.running.log.count(SWEEP)
            server.running.logs(SWEEP, sweeps + 1)
            if time.monotonic() < asked + 2:  # it came within one second
                server.running.logs(SWEEP, sweeps + 2)
            assert server.query_keys(destination) != "Not ready for retry"
        assert len(calls) == len(COMPARED)


@pytest.mark.proves("device-list-is-requested-again")
def test_a_device_list_is_requested_repeatedly_if_every_answer_is_404(
    impatient: list[Server], refusing: tuple[str, list[str]]
) -> None:
    destination, paths = refusing
    for server in impatient:
        server.running.logs(RESYNC_FAILED, 2)
        assert server.rows(destination) == []
    assert len(paths) >= 2 * len(impatient)
    assert {path.partition("/%40")[0] for path in paths} == {"/_matrix/federation/v1/user/devices"}


@pytest.mark.proves("reset-or-hear-from-them", "row-survives-a-restart", "row-of-a-destination")
def test_a_row_survives_a_restart(server: Server) -> None:
    now = int(time.time() * 1000)
    with dead_server() as (destination, calls):
        assert server.query_keys(destination)
        failed = server.row(destination)
        assert failed[2] == DAY_MS
        server.running.stop()
        server.running.start()
        assert server.query_keys(destination) == "Not ready for retry"
        assert len(calls) == 1
        assert failed == server.row(destination)
        assert failed[1]
        assert failed[1] >= now


@pytest.mark.proves("one-failure-costs-the-minimum")
def test_the_log_says_what_failed_and_how_long_it_is_left_alone(server: Server) -> None:
    with dead_server() as (destination, _):
        server.query_keys(destination)
        start = f"INFO synapse.util.retryutils Connection to {destination} was unsuccessful"
        (line,) = [line for line in server.running.log.splitlines() if line.startswith(start)]
        assert line.endswith(f"backoff now {DAY_MS}")
