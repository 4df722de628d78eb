"""How a real worker follows its main process: what it misses on Redis, and what it logs."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import redis as redis_client

from tests.real import redis as redis_server
from tests.real.channel import listening
from tests.real.fixtures import need, synapse_python
from tests.real.homeserver import Homeserver
from tests.real.redis import Server
from tests.real.releases import NEWEST

pytestmark = pytest.mark.slow

ALICE = quote("@alice:example.com")
COLOUR = f"/_matrix/client/v3/user/{ALICE}/account_data/org.example.colour"
REPLICATION = 9093


class Processes(NamedTuple):
    """A main process and a worker on one Redis, and a user in a room."""

    redis: Server
    main: Homeserver
    worker: Homeserver
    token: str
    room: str

    def types(self, typing: bool = True) -> None:
        """Makes the user begin or stop to type."""
        path = f"/_matrix/client/v3/rooms/{self.room}/typing/{ALICE}"
        body = {"typing": typing, "timeout": 600000}
        assert self.main.request("PUT", path, body, token=self.token)[0] == 200

    def hears(self, typing: bool, since: str = "") -> str:
        """Returns once the worker's sync says that the user types or does not; the sync's token."""
        for _ in range(9):
            path = f"/_matrix/client/v3/sync?timeout=30000{since and '&since=' + quote(since)}"
            status, answer = self.worker.request("GET", path, token=self.token)
            assert status == 200
            since = answer["next_batch"]
            for room in answer.get("rooms", {}).get("join", {}).values():
                for event in room["ephemeral"]["events"]:
                    if event["type"] == "m.typing" and bool(event["content"]["user_ids"]) is typing:
                        return str(since)
        raise AssertionError("the worker did not hear of it")

    def paint(self, process: Homeserver, colour: str) -> None:
        """Stores account data; a worker sends it to the main process, and waits for its news."""
        assert process.request("PUT", COLOUR, {"is": colour}, token=self.token)[0] == 200

    def colour(self) -> Any:
        """The account data, from the worker."""
        status, answer = self.worker.request("GET", COLOUR, token=self.token)
        assert status == 200
        return answer["is"]


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    need(redis_server.executable)
    synapse_python(NEWEST)
    with (
        TemporaryDirectory(prefix="guide-worker-") as name,
        redis_server.server() as bus,
        ExitStack() as stack,
    ):
        shared = {
            "redis": {"enabled": True, "path": bus.url.removeprefix("unix://")},
            "worker_replication_secret": "unused",
        }
        listeners = [
            {
                "port": port,
                "type": "http",
                "bind_addresses": ["127.0.0.1"],
                "resources": [{"names": names}],
            }
            for port, names in ((8008, ["client"]), (REPLICATION, ["replication"]))
        ]
        main = Homeserver(NEWEST, Path(name), {**shared, "listeners": listeners})
        main.start()
        stack.callback(main.stop)
        instances = {"main": {"host": "127.0.0.1", "port": main.ports[REPLICATION]}}
        database = {"name": "sqlite3", "args": {"database": str(main.database)}}
        one = {**shared, "database": database, "instance_map": instances, "worker_name": "one"}
        folder = Path(name, "worker")
        folder.mkdir()
        worker = Homeserver(NEWEST, folder, one, "generic_worker")
        worker.start()
        stack.callback(worker.stop)
        token = main.register("alice")
        _, made = main.request("POST", "/_matrix/client/v3/createRoom", {}, token=token)
        yield Processes(bus, main, worker, token, quote(made["room_id"]))


@contextmanager
def held_back(redis: Server) -> Iterator[None]:
    """Redis takes no PUBLISH before the end: nobody hears anything."""
    with redis_client.Redis.from_url(redis.url) as client:
        client.execute_command("CLIENT", "PAUSE", "600000", "WRITE")
        try:
            yield
        finally:
            client.execute_command("CLIENT", "UNPAUSE")


def logged(line: str) -> datetime:
    """When a line was logged."""
    return datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f")


@pytest.mark.proves("the-main-process-is-master", "replicate-asks-for-positions")
def test_a_worker_speaks_under_its_worker_name_and_the_main_process_as_master(
    processes: Processes,
) -> None:
    """Each answers for the streams that it writes; this worker writes `caches`."""
    said: dict[str, set[str]] = {"one": set(), "master": set()}
    with listening(processes.redis.url) as channel:
        for _ in range(2):  # before it answers again, a process has given its whole answer
            channel.ask()
            for line in channel.hears("POSITION caches one ", "POSITION caches master "):
                if line.startswith("POSITION "):
                    _, stream, writer, *_ = line.split()
                    said[writer].add(stream)
    assert said["one"] == {"caches"}
    assert said["master"] >= {"caches", "events", "typing", "account_data"}


@pytest.mark.proves("worker-waits-five-seconds")
def test_a_worker_that_hears_nothing_waits_five_seconds_and_then_answers(
    processes: Processes,
) -> None:
    processes.paint(processes.worker, "white")
    assert processes.colour() == "white"
    with held_back(processes.redis):
        processes.paint(processes.worker, "green")
        assert processes.colour() == "white"
    waits = processes.worker.logs("Waiting for repl stream 'account_data' to reach ")
    timed_out = processes.worker.logs("Timed out waiting for repl stream 'account_data' to reach ")
    assert " WARNING " in timed_out
    assert logged(timed_out) - logged(waits) >= timedelta(seconds=4.9)


@pytest.mark.proves("worker-reads-what-it-missed")
def test_a_worker_reads_what_it_missed_from_the_database_when_redis_is_back(
    processes: Processes,
) -> None:
    processes.paint(processes.worker, "red")
    assert processes.colour() == "red"
    caught_up = "Caught up with stream 'account_data' to "
    before = processes.worker.log.count(caught_up)
    processes.redis.stop()
    processes.paint(processes.main, "blue")
    assert processes.colour() == "red"  # it has heard nothing
    processes.redis.start()
    processes.worker.logs(caught_up, before + 1)
    assert processes.colour() == "blue"
    assert "get_repl_stream_updates/account_data" not in processes.main.log


@pytest.mark.proves(
    "worker-forgets-who-types",
    "worker-reads-what-it-missed",
    "redis-announces-and-the-database-keeps",
)
def test_a_worker_forgets_who_types_when_the_typing_stream_starts_again(
    processes: Processes,
) -> None:
    processes.types()
    since = processes.hears(typing=True)
    processes.types(False)
    processes.hears(typing=False, since=since)
    fetched = "/_synapse/replication/get_repl_stream_updates/typing"
    before = processes.main.log.count(fetched)
    processes.main.stop()
    processes.main.start()
    processes.main.logs(fetched, before + 1)
    processes.types()
    processes.worker.logs("Typing handler stream went backwards; resetting")
