"""Where streams in memory start: read from a real Synapse on Redis."""

from urllib.parse import quote, urlsplit

import pytest

from snippets.streams.catalogue import STREAMS
from tests.real.channel import listening
from tests.real.fixtures import synapse_python
from tests.real.homeserver import Homeserver, homeserver
from tests.real.redis import Server
from tests.real.releases import NEWEST

pytestmark = pytest.mark.slow

IN_MEMORY = {stream.name for stream in STREAMS if stream.kept == "memory"}


def types(server: Homeserver) -> None:
    """Makes a user type in a room."""
    token = server.register("alice")
    status, answer = server.request("POST", "/_matrix/client/v3/createRoom", {}, token=token)
    assert status == 200
    path = f"/_matrix/client/v3/rooms/{answer['room_id']}/typing/{quote('@alice:example.com')}"
    assert server.request("PUT", path, {"typing": True, "timeout": 30000}, token=token)[0] == 200


@pytest.mark.proves(
    "redis-announces-and-the-database-keeps",
    "a-stream-in-memory-starts-again",
    "the-main-process-is-master",
    "worker-reads-what-it-missed",
    "replicate-asks-for-positions",
    "memory-streams-start-at-0",
)
def test_every_stream_in_memory_starts_at_0_again_with_its_writer(redis: Server) -> None:
    synapse_python(NEWEST)
    config = {
        "redis": {"enabled": True, "path": urlsplit(redis.url).path},
        # Otherwise there is no stream `federation`: this process would send itself.
        "federation_sender_instances": ["sender"],
        "instance_map": {"main": {"host": "127.0.0.1", "port": 1}},
    }
    at_the_start = [f"POSITION {name} master 0 0" for name in sorted(IN_MEMORY)]
    with listening(redis.url) as channel, homeserver(NEWEST, config) as server:
        channel.ask()
        channel.hears(*at_the_start)
        types(server)
        channel.hears("RDATA typing master 1 ")
        server.stop()
        server.start()
        channel.ask()
        channel.hears(*at_the_start)
