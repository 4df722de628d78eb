"""Says what a release of Synapse is and how it reads configurations.

This file runs in the environment of a release. It reads lines of JSON. For a configuration, which
is a mapping, it prints whether Synapse would start, and what is logged; for null what the release
is: what it needs, what holds without options, and so on.
"""

import base64
import contextlib
import importlib
import itertools
import json
import logging
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

LEAST = {
    "server_name": "example.com",
    "report_stats": False,
    "suppress_key_server_warning": True,
    "trusted_key_servers": [],
    "macaroon_secret_key": "unused",
    "form_secret": "unused",
    "signing_key": f"ed25519 key {base64.b64encode(bytes(32)).decode().rstrip('=')}",
}
PLACES = {"config_dir_path": "", "data_dir_path": "", "allow_secrets_in_config": True}


def parsed(given: dict[str, Any]) -> HomeServerConfig:
    config = HomeServerConfig()
    config.parse_config_dict(given, "", "")
    return config


def sections(config: HomeServerConfig) -> Iterator[tuple[str, Any]]:
    for kind in config.config_classes:
        yield kind.section, getattr(config, kind.section)


def defaults() -> dict[str, Any]:
    """The numbers and words that hold, by section and attribute, where nothing is configured."""
    return {
        f"{name}.{attribute}": value
        for name, section in sections(parsed(LEAST))
        for attribute, value in sorted(vars(section).items())
        if isinstance(value, (bool, int, float)) or value is None or _is_word(value)
    }


def _is_word(value: object) -> bool:
    return isinstance(value, str) and len(value) < 100 and "/" not in value


def labels() -> dict[str, list[str]]:
    """The labels of the metrics that are there when a homeserver's module is imported."""
    importlib.import_module("synapse.app.homeserver")
    collectors = prometheus_client.REGISTRY._names_to_collectors.items()
    return {
        name: sorted(found)
        for name, collector in sorted(collectors)
        if name.startswith("synapse_") and (found := getattr(collector, "_labelnames", ()))
    }


def oldest_sqlite() -> str:
    """The oldest SQLite that the release accepts: it is told of one after the other."""
    engine = create_engine({"name": "sqlite3", "args": {"database": ":memory:"}})
    for minor, patch in itertools.product(range(60), range(10)):
        vars(sqlite3)["sqlite_version_info"] = (3, minor, patch)
        with contextlib.suppress(RuntimeError):
            engine.check_database(sqlite3.connect(":memory:"))
            return f"3.{minor}.{patch}"
    raise AssertionError("none is accepted")


def oldest_postgresql() -> int:
    """The oldest PostgreSQL that the release accepts, such as 14: it is told of one after another.

    The check is the release's own. Where psycopg2 is not installed something stands in for it
    while the module with the check is imported, since the check only asks the connection.
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


class Kept(logging.Handler):
    """Keeps warnings."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def reading(given: dict[str, Any]) -> dict[str, Any]:
    """Whether Synapse would start with this, else its error; and its warnings."""
    kept = Kept()
    logging.getLogger().addHandler(kept)
    error = None
    try:
        parsed({**LEAST, **given})
    except Exception as raised:
        error = f"{type(raised).__name__}: {raised}"
    logging.getLogger().removeHandler(kept)
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


for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(facts() if request is None else reading(request)))
