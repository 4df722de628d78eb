"""Reports the streams of a release of Synapse, and how many writers each may have.

This file runs in the environment of the release. The number of writers is tested: the release's own
configuration code reads a `stream_writers` section that gives a stream one writer, then two.
"""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from synapse.config._base import ConfigError
from synapse.config.workers import WriterLocations
from synapse.handlers.presence import PresenceHandler
from synapse.replication.tcp.handler import ReplicationCommandHandler
from synapse.replication.tcp.streams import STREAMS_MAP, _base
from synapse.storage.databases import main

from tests.real.driver import parsed, serve

WORKERS = ["worker1", "worker2"]


def configured(stream_writers: Mapping[str, list[str]]) -> Any:
    """The configuration with these writers. Raises ConfigError."""
    instances = {
        name: {"host": "localhost", "port": 8000 + number}
        for number, name in enumerate(["main", *WORKERS])
    }
    return parsed(
        {
            "instance_map": instances,
            "stream_writers": stream_writers,
            "federation_sender_instances": ["sender"],  # otherwise nobody writes `federation`
        }
    )


def accepts(section: str, writers: list[str]) -> bool:
    """Whether the configuration accepts these writers, and uses them."""
    try:
        read = configured({section: writers})
    except ConfigError:
        return False
    return getattr(read.worker.writers, section, None) == writers


def sections() -> dict[str, int]:
    """How many writers each key of `stream_writers` may have: 1, or 2 for several."""
    names = [attribute.name for attribute in WriterLocations.__attrs_attrs__]
    return {
        name: 2 if accepts(name, WORKERS) else 1 for name in names if accepts(name, WORKERS[:1])
    }


def written_by(name: str, config: Any) -> set[str]:
    """The streams of which the release's replication handler announces this process's writes."""
    config.worker.instance_name = name
    config.worker.worker_app = None if name == "master" else "synapse.app.generic_worker"
    config.redis.redis_enabled = True
    hs = MagicMock(config=config)  # the streams ask it for stores, and do not use them yet
    hs.get_instance_name.return_value = name
    hs.get_presence_handler.return_value = MagicMock(spec=PresenceHandler)
    handler = ReplicationCommandHandler(hs)
    return {stream.NAME for stream in handler._streams_to_replicate}


def writers() -> dict[str, list[str]]:
    """The streams that every process writes, those of the main process, and of each section."""
    everybodys = written_by("reader", configured({}))
    away = configured(dict.fromkeys(sections(), WORKERS[:1]))
    streams = {"every process": everybodys, "main process": written_by("master", away) - everybodys}
    for section in sections():
        config = configured({section: WORKERS[:1]})
        streams[section] = written_by(WORKERS[0], config) - everybodys
    return {who: sorted(names) for who, names in streams.items()}


def stored() -> list[str]:
    """The streams with tokens from a generator over tables; newer releases declare this."""
    base = getattr(_base, "_StreamFromIdGen", ())
    return sorted(name for name, stream in STREAMS_MAP.items() if issubclass(stream, base))


def generators() -> list[dict[str, Any]]:
    """The arguments of each MultiWriterIdGenerator, read from the release's source."""
    names = {f"{stream.__name__}.NAME": name for name, stream in STREAMS_MAP.items()}
    calls = []
    for path in sorted(Path(main.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            if ast.unparse(node.func) != "MultiWriterIdGenerator":
                continue
            made = {keyword.arg: keyword.value for keyword in node.keywords}
            name = ast.unparse(made["stream_name"])
            positive = made.get("positive")
            calls.append(
                {
                    "stream_name": names.get(name) or ast.literal_eval(name),
                    "sequence_name": ast.literal_eval(made["sequence_name"]),
                    "columns": [
                        f"{table}.{column}" for table, _, column in ast.literal_eval(made["tables"])
                    ],
                    "positive": positive is None or ast.literal_eval(positive),
                }
            )
    return sorted(calls, key=lambda generator: str(generator["stream_name"]))


def writers_of_events(config: Mapping[str, Any]) -> list[str] | str:
    """The writers of events in this configuration, or the error with which Synapse refuses it."""
    try:
        return list(parsed(config).worker.writers.events)
    except ConfigError as error:
        return str(error)


def answer(config: Mapping[str, Any] | None) -> Any:
    """The answer to a configuration; for null, all about the release."""
    if config is not None:
        return writers_of_events(config)
    return {
        "streams": sorted(STREAMS_MAP),
        "stream_writers": sections(),
        "writers": writers(),
        "stored": stored(),
        "generators": generators(),
    }


if __name__ == "__main__":
    serve(answer)
