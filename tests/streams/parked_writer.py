"""A writer's process that stops at every step, until the parent continues or kills it."""

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from snippets.streams.database import DatabaseUnavailable
from snippets.streams.postgresql import PostgresDatabase
from snippets.streams.reader import Reader
from snippets.streams.redis_bus import RedisEndpoint
from snippets.streams.storage import StreamStore
from snippets.streams.writer import Writer

STEPS = ("reserved", "uncommitted", "committed", "completed", "recorded", "announced")
SOON_S = 0.005


def soon(error: DatabaseUnavailable) -> None:
    """Tries the database again."""
    time.sleep(SOON_S)


class StoppingDatabase(PostgresDatabase):
    """A database that stops before it commits a fact."""

    before_commit: Any = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with super().transaction():
            yield
            self.before_commit()


def write(
    name: str, writers: list[str], database: str, redis: str, first: int, parent: Connection
) -> None:
    """Writes the facts `first`, `first` + 1, ... with a stop at each of STEPS.

    At a stop the parent gets (step, fact, stream ID, linear token, own token) and answers "go", or
    "rest": then this process writes no more, but still answers and follows.
    """
    opened = StoppingDatabase(database)
    store = StreamStore(opened, on_outage=soon)
    generator = store.load(name, writers)
    endpoint = RedisEndpoint(redis, wait=lambda _: time.sleep(SOON_S))
    writer = Writer(name, generator, store, endpoint)
    reader = Reader(
        name, generator, store, endpoint, lambda *_: None, on_replicate=writer.say_position
    )
    at = {"fact": 0, "stream_id": 0}
    resting = False

    def stop(step: str) -> None:
        nonlocal resting
        linear = generator.get_current_token()
        own = generator.get_current_token_for_writer(name)
        parent.send((step, at["fact"], at["stream_id"], linear, own))
        resting = parent.recv() == "rest"

    opened.before_commit = lambda: stop("uncommitted")
    for fact in itertools.count(first):
        with generator.get_next() as stream_id:
            at.update(fact=fact, stream_id=stream_id)
            stop("reserved")
            store.add(stream_id, name, [fact])
            stop("committed")
        stop("completed")
        store.record_position(name, generator.get_current_token_for_writer(name))
        stop("recorded")
        while reader.receive():
            pass
        writer.send_updates()
        stop("announced")
        while resting:
            reader.receive(SOON_S)
            writer.send_updates()
