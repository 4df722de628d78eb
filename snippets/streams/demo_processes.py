"""The processes of the demo: a writer of numbers, and a reader that collects them."""

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from snippets.streams.bus import BusUnavailable, Endpoint
from snippets.streams.consistency import InconsistentStream
from snippets.streams.database import DatabaseUnavailable
from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.open_database import open_database
from snippets.streams.reader import Reader
from snippets.streams.storage import StreamStore, WriterIsRunning
from snippets.streams.writer import Writer

STREAM = "demo"

# What a user can fix; the message says how.
ERRORS = (BusUnavailable, DatabaseUnavailable, InconsistentStream, ValueError, WriterIsRunning)


@dataclass(frozen=True)
class Setting:
    """What every process of one run needs to know."""

    writers: tuple[str, ...]
    facts: dict[str, int]  # by writer
    database: str
    redis: str | None


@contextmanager
def _process(
    setting: Setting, name: str, place: Endpoint | None
) -> Iterator[tuple[StreamStore, MultiWriterIdGenerator, Endpoint]]:
    """One process's store, generator and endpoint."""
    with ExitStack() as stack:
        if setting.redis:
            place = _on_redis(setting.redis)
        store = StreamStore(stack.enter_context(open_database(setting.database)), STREAM)
        generator = store.load(name, setting.writers)
        assert place
        stack.callback(place.close)
        yield store, generator, place


def _on_redis(url: str) -> Endpoint:
    """An endpoint on the channel of this run's processes."""
    try:  # imported here, so that redis-py is needed only with Redis
        from snippets.streams.redis_bus import RedisEndpoint
    except ModuleNotFoundError:
        raise BusUnavailable(
            "Redis needs redis-py: pip install redis, or synapse-guide with its extra [redis]"
        ) from None
    return RedisEndpoint(url, f"field-guide-demo-{os.getppid()}")


def _over(stop: Any) -> bool:
    """Whether this process must stop: the parent asked for it, or is dead."""
    parent = multiprocessing.parent_process()
    return stop.is_set() or not (parent and parent.is_alive())


@contextmanager
def _failure_reported(reports: Any, name: str) -> Iterator[None]:
    """Reports an error to the parent, which would otherwise wait for a dead process."""
    try:
        yield
    except ERRORS as error:
        reports.put((name, "failed", str(error)))
    except Exception as error:
        reports.put((name, "failed", repr(error)))
        raise


def write(setting: Setting, name: str, place: Endpoint | None, reports: Any, stop: Any) -> None:
    """A writer's process: its facts are the numbers from 0."""
    with (
        _failure_reported(reports, name),
        _process(setting, name, place) as (store, generator, endpoint),
    ):
        writer = Writer(name, generator, store, endpoint)
        reader = Reader(
            name, generator, store, endpoint, lambda *_: None, on_replicate=writer.say_position
        )
        for number in range(setting.facts[name]):
            writer.write([number])
            while reader.receive():
                pass
            writer.send_updates()
        reports.put((name, "wrote", None))
        while not _over(stop):
            reader.receive(0.05)
            writer.send_updates()


def read(setting: Setting, name: str, place: Endpoint | None, reports: Any, stop: Any) -> None:
    """A reader's process: it reports every hundredth fact, and at the end all that it read."""
    numbers_read: dict[str, list[int]] = {writer: [] for writer in setting.writers}

    def on_rows(writer: str, _: int, rows: list[Any]) -> None:
        numbers_read[writer] += rows

    with (
        _failure_reported(reports, name),
        _process(setting, name, place) as (store, generator, endpoint),
    ):
        reader = Reader(name, generator, store, endpoint, on_rows)
        reports.put((name, "ready", None))
        total = reported = 0
        while total < sum(setting.facts.values()) and not _over(stop):
            reader.receive(0.05)
            total = sum(map(len, numbers_read.values()))
            if total - reported >= 100:
                reports.put((name, "read", total))
                reported = total
        reports.put((name, "saw", numbers_read))
