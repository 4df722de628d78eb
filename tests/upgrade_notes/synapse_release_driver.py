"""Says what a release of Synapse is and how it reads configurations.

This file runs in the environment of a release. It reads lines of JSON. For a configuration, which
is a mapping, it prints whether Synapse would start, and what is logged; for null what the release
is: the options that it looks up, their effective defaults and so on.
"""

import base64
import copy
import json
import logging
import sqlite3
import sys
from collections.abc import Iterator
from importlib.metadata import metadata
from typing import Any

import attr
import prometheus_client
import synapse.app.homeserver  # makes most of the metrics
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
WORKER = {"worker_app": "synapse.app.generic_worker", "worker_name": "one"}
_missing = object()


class Asked(dict[str, Any]):
    """A configuration that notes what it is asked for, in sections too."""

    def __init__(self, given: dict[str, Any], names: set[str], prefix: str = "") -> None:
        super().__init__(given)
        self._names, self._prefix = names, prefix

    def _note(self, name: object, default: object = _missing) -> Any:
        """Notes a name; a section that is looked for and is not there notes its names as well."""
        if isinstance(name, str):
            self._names.add(self._prefix + name)
        if default == {} and not super().__contains__(name):
            return Asked({}, self._names, f"{self._prefix}{name}.")
        return None

    def get(self, name: str, default: Any = None) -> Any:
        section = self._note(name, default)
        return super().get(name, default) if section is None else section

    def setdefault(self, name: str, default: Any = None) -> Any:
        section = self._note(name, default)
        return super().setdefault(name, default) if section is None else section

    def __getitem__(self, name: str) -> Any:
        self._note(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._note(name)
        return super().__contains__(name)

    def __bool__(self) -> bool:
        return True


def parsed(given: dict[str, Any]) -> HomeServerConfig:
    config = HomeServerConfig()
    config.parse_config_dict(given, "", "")
    return config


def sections(config: HomeServerConfig) -> Iterator[tuple[str, Any]]:
    for kind in config.config_classes:
        yield kind.section, getattr(config, kind.section)


def options() -> list[str]:
    """What is looked up for a main process and a worker, also in sections that are empty."""
    found: set[str] = set()
    for given in (LEAST, {**LEAST, **WORKER, "instance_map": {"main": {"host": "a", "port": 1}}}):
        for _, section in sections(parsed(LEAST)):
            names: set[str] = set()
            _read(section, Asked(given, names))
            for name in sorted(name for name in names if "." not in name and name not in given):
                _read(section, Asked({**given, name: Asked({}, names, f"{name}.")}, names))
            found |= names
    return sorted(found)


def _read(section: Any, given: Asked) -> None:
    try:
        copy.copy(section).read_config(given, **PLACES)
    except Exception:  # an empty section may be an error, of any kind; names were noted until then
        pass


def defaults() -> dict[str, Any]:
    """The values that JSON can tell, by section and attribute."""
    return {
        f"{name}.{attribute}": value
        for name, section in sections(parsed(LEAST))
        for attribute, held in sorted(vars(section).items())
        if (value := _plain(held)) is not _missing
    }


def _plain(value: object) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if attr.has(type(value)):
        return _plain({field.name: getattr(value, field.name) for field in attr.fields(type(value))})
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if isinstance(value, (list, tuple)):
        parts = [_plain(part) for part in value]
        return _missing if _missing in parts else parts
    if isinstance(value, dict):
        plain = {str(key): _plain(part) for key, part in value.items()}
        return _missing if _missing in plain.values() else plain
    return _missing


def labels() -> dict[str, list[str]]:
    """The labels of the metrics that are there when Synapse is imported."""
    collectors = prometheus_client.REGISTRY._names_to_collectors.items()
    return {
        name: sorted(found)
        for name, collector in sorted(collectors)
        if name.startswith("synapse_") and (found := getattr(collector, "_labelnames", ()))
    }


def oldest_sqlite() -> str:
    """The oldest SQLite that the release accepts: it is told of one after the other."""
    engine = create_engine({"name": "sqlite3", "args": {"database": ":memory:"}})
    for minor in range(60):
        sqlite3.sqlite_version_info = (3, minor, 0)
        try:
            engine.check_database(sqlite3.connect(":memory:"))
        except RuntimeError:
            continue
        return f"3.{minor}"
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
        "python": about["Requires-Python"].partition(",")[0],
        "sqlite": oldest_sqlite(),
        "schema": schema.SCHEMA_VERSION,
        "oldest_schema": schema.SCHEMA_COMPAT_VERSION,
        "options": options(),
        "defaults": defaults(),
        "labels": labels(),
    }


for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(facts() if request is None else reading(request)))
