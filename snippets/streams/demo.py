"""Real processes write and follow one stream; at the end each reader reports what it read."""

import json
import multiprocessing
import queue
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

from snippets.streams.bus import InProcessBus
from snippets.streams.demo_processes import STREAM, Setting, read, write
from snippets.streams.open_database import open_database
from snippets.streams.storage import StreamStore

SCHEMA = "field_guide_demo"
# Silence for this long means that something is lost.
PATIENCE_S = 30.0
END_S = 10.0


class Failed(Exception):
    """A run that could not finish; the message says why."""


def address(url: str) -> str:
    """The database's address; for PostgreSQL, with a schema that only the demo uses.

    So the demo can share a database with a homeserver, which uses the same table names. Raises
    ValueError for a SQLite database in memory.
    """
    if url in ("sqlite:", "sqlite::memory:"):
        raise ValueError(f"{url!r} is visible to one process only: write sqlite:PATH")
    if not url.startswith("postgres"):
        return url
    return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{SCHEMA}"


def verdict(setting: Setting, numbers_read: dict[str, list[int]]) -> dict[str, Any]:
    """Compares what one reader read with what was written; counts of facts."""
    times = {writer: Counter(numbers) for writer, numbers in numbers_read.items()}
    written = {writer: range(count) for writer, count in setting.facts.items()}
    return {
        "facts": sum(map(len, numbers_read.values())),
        "lost": sum(number not in times[w] for w, numbers in written.items() for number in numbers),
        "twice": sum(n - 1 for counter in times.values() for n in counter.values()),
        "out_of_order": sum(
            before > after
            for numbers in numbers_read.values()
            for before, after in pairwise(numbers)
        ),
    }


def run(
    *,
    writers: int,
    readers: int,
    facts: int,
    database: str | None,
    redis: str | None,
    as_json: bool,
) -> int:
    """Runs the processes, prints progress to stderr and the result to stdout.

    Returns 0 if every reader read every fact in order, otherwise 1.

    Raises Failed, DatabaseUnavailable, BusUnavailable or ValueError.
    """
    with ExitStack() as stack:
        if database is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            database = f"sqlite:{Path(folder) / 'demo.db'}"
        names = tuple(f"writer{n + 1}" for n in range(writers))
        setting = Setting(
            writers=names,
            facts={name: facts // writers + (n < facts % writers) for n, name in enumerate(names)},
            database=address(database),
            redis=redis,
        )
        with open_database(setting.database) as opened:
            if database.startswith("postgres"):
                opened.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            StreamStore(opened, STREAM).create()

        # "spawn", so that children do not inherit this process's connections and locks.
        context = multiprocessing.get_context("spawn")
        bus = InProcessBus(context.Queue)
        reports, stop = context.Queue(), context.Event()
        started = time.monotonic()

        def start(target: Any, name: str) -> None:
            place = None if redis else places[name]
            process = context.Process(
                target=target, args=(setting, name, place, reports, stop), name=name, daemon=True
            )
            process.start()
            stack.callback(end, process, stop)

        reader_names = [f"reader{n + 1}" for n in range(readers)]
        places = {name: bus.connect() for name in (*names, *reader_names)}
        for name in reader_names:
            start(read, name)
        watch = Watch(reports, readers * facts)
        watch.until("ready", reader_names)
        for name in names:
            start(write, name)
        read_by = watch.until("saw", reader_names)
        took = time.monotonic() - started
    verdicts = {name: verdict(setting, read_by[name]) for name in reader_names}
    result = {
        "writers": writers,
        "database": database.partition(":")[0],
        "bus": "redis" if redis else "in-process",
        "seconds": round(took, 2),
        "readers": verdicts,
    }
    right = all(
        each["facts"] == facts and not each["lost"] + each["out_of_order"]
        for each in verdicts.values()
    )
    print(json.dumps(result, indent=2) if as_json else _in_words(result))
    return 0 if right else 1


def end(process: Any, stop: Any) -> None:
    """Tells all processes to stop, and waits for this one; kills it after END_S."""
    stop.set()
    process.join(END_S)
    if process.is_alive():
        process.kill()
        process.join()


class Watch:
    """Follows the children's reports and prints how much the readers have read."""

    def __init__(self, reports: Any, total: int) -> None:
        self._reports = reports
        self._total = total
        self._read: dict[str, int] = {}
        self._shown = 0

    def until(self, kind: str, names: list[str]) -> dict[str, Any]:
        """Each name's report of that kind. Raises Failed if a process fails or all are silent."""
        received: dict[str, Any] = {}
        while len(received) < len(names):
            try:
                name, what, value = self._reports.get(timeout=PATIENCE_S)
            except queue.Empty:
                raise Failed(f"nothing happened for {PATIENCE_S:.0f} s") from None
            if what == "failed":
                raise Failed(f"{name}: {value}")
            if what == kind:
                received[name] = value
            if what == "read":
                self._show(name, value)
        return received

    def _show(self, name: str, read: int) -> None:
        self._read[name] = read
        tenths = 10 * sum(self._read.values()) // self._total
        if tenths > self._shown:
            self._shown = tenths
            print(f"{10 * tenths:3} % read", file=sys.stderr, flush=True)


def _in_words(result: dict[str, Any]) -> str:
    lines = [
        f"{result['writers']} writers, {result['database']}, {result['bus']} bus, "
        f"{result['seconds']} s"
    ]
    for name, reader in result["readers"].items():
        lines.append(
            f"{name} saw {reader['facts']} facts: {reader['lost']} lost, {reader['twice']} twice, "
            f"{reader['out_of_order']} out of order"
        )
    return "\n".join(lines)
