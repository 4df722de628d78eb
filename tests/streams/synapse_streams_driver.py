"""Reports the streams of a release of Synapse, and how many writers each may have.

This file runs in the environment of the release. The number of writers is tested: the release's own
configuration code reads a `stream_writers` section that gives a stream one writer, then two.
"""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synapse.config._base import ConfigError
from synapse.config.workers import WriterLocations
from synapse.replication.tcp.streams import STREAMS_MAP, _base
from synapse.storage.databases import main

from tests.real.driver import parsed, serve

WORKERS = ["worker1", "worker2"]


def accepts(section: str, writers: list[str]) -> bool:
    """Whether the configuration accepts these writers, and uses them."""
    config = {
        "instance_map": {
            name: {"host": "localhost", "port": 8000 + number}
            for number, name in enumerate(["main", *WORKERS])
        },
        "stream_writers": {section: writers},
    }
    try:
        read = parsed(config)
    except ConfigError:
        return False
    return getattr(read.worker.writers, section, None) == writers


def sections() -> dict[str, int]:
    """How many writers each key of `stream_writers` may have: 1, or 2 for several."""
    names = [attribute.name for attribute in WriterLocations.__attrs_attrs__]
    return {
        name: 2 if accepts(name, WORKERS) else 1 for name in names if accepts(name, WORKERS[:1])
    }


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
        "stored": stored(),
        "generators": generators(),
    }


if __name__ == "__main__":
    serve(answer)
