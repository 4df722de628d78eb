"""Reports facts about a release of Synapse, and how it reads configurations.

This file runs in the environment of a release. It reads lines of JSON. For a configuration, which
is a mapping, it prints whether Synapse would start, and what it logs; for null it prints facts
about the release: its requirements, its defaults, and so on.
"""

import contextlib
import importlib
import itertools
import sqlite3
import sys
from collections.abc import Iterator
from importlib.metadata import metadata
from typing import Any
from unittest.mock import MagicMock

import prometheus_client
from synapse.config.homeserver import HomeServerConfig
from synapse.storage import schema
from synapse.storage.engines import create_engine

from tests.real.driver import Kept, parsed, serve


def sections(config: HomeServerConfig) -> Iterator[tuple[str, Any]]:
    for kind in config.config_classes:
        yield kind.section, getattr(config, kind.section)


def defaults() -> dict[str, Any]:
    """The default numbers and words, by section and attribute."""
    return {
        f"{name}.{attribute}": value
        for name, section in sections(parsed({}))
        for attribute, value in sorted(vars(section).items())
        if isinstance(value, (bool, int, float)) or value is None or _is_word(value)
    }


def _is_word(value: object) -> bool:
    return isinstance(value, str) and len(value) < 100 and "/" not in value


def labels() -> dict[str, list[str]]:
    """The labels of the metrics that exist once a homeserver's module is imported."""
    importlib.import_module("synapse.app.homeserver")
    collectors = prometheus_client.REGISTRY._names_to_collectors.items()
    return {
        name: sorted(label_names)
        for name, collector in sorted(collectors)
        if name.startswith("synapse_") and (label_names := getattr(collector, "_labelnames", ()))
    }


def oldest_sqlite() -> str:
    """The oldest SQLite that the release accepts: its check gets one version after another."""
    engine = create_engine({"name": "sqlite3", "args": {"database": ":memory:"}})
    for minor, patch in itertools.product(range(60), range(10)):
        vars(sqlite3)["sqlite_version_info"] = (3, minor, patch)
        with contextlib.suppress(RuntimeError):
            engine.check_database(sqlite3.connect(":memory:"))
            return f"3.{minor}.{patch}"
    raise AssertionError("none is accepted")


def oldest_postgresql() -> int:
    """The oldest PostgreSQL that the release accepts, such as 14: its check gets one after another.

    The check is the release's own. If psycopg2 is not installed it is replaced while the module
    with the check is imported, since the check only asks the connection.
    """
    try:
        importlib.import_module("psycopg2.extensions")
    except ImportError:
        sys.modules |= {name: MagicMock() for name in ("psycopg2", "psycopg2.extensions")}
    engine = importlib.import_module("synapse.storage.engines.postgres").PostgresEngine(
        {"name": "psycopg2", "args": {}}
    )
    for major in range(9, 40):
        connection = MagicMock(server_version=major * 10_000)
        asked = connection.cursor.return_value.__enter__.return_value
        asked.fetchall.return_value, asked.fetchone.return_value = [("UTF8",)], ("C", "C")
        with contextlib.suppress(RuntimeError):
            engine.check_database(connection)
            return major
    raise AssertionError("none is accepted")


def reading(given: dict[str, Any]) -> dict[str, Any]:
    """Whether Synapse would start with this configuration, or its error; and its warnings."""
    error = None
    with Kept() as kept:
        try:
            parsed(given)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
    return {"error": error, "warnings": kept.lines}


def facts() -> dict[str, Any]:
    about = metadata("matrix-synapse")
    return {
        "release": about["Version"],
        "requirements": {
            "Python": about["Requires-Python"].partition(",")[0].removeprefix(">="),
            "SQLite": oldest_sqlite(),
            "PostgreSQL": oldest_postgresql(),
        },
        "schema": {
            "SCHEMA_VERSION": schema.SCHEMA_VERSION,
            "SCHEMA_COMPAT_VERSION": schema.SCHEMA_COMPAT_VERSION,
        },
        "defaults": defaults(),
        "labels": labels(),
    }


def answer(configuration: dict[str, Any] | None) -> dict[str, Any]:
    return facts() if configuration is None else reading(configuration)


if __name__ == "__main__":
    serve(answer)
