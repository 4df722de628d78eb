"""Says what a release of Synapse is and how it reads configurations.

This file runs in the environment of a release. It reads lines of JSON. For a configuration, which
is a mapping, it prints whether Synapse would start, and what is logged; for null what the release
is: the options that it looks up, their effective defaults and so on.
"""

import base64
import contextlib
import copy
import importlib
import itertools
import json
import logging
import sqlite3
import sys
from collections.abc import Iterator
from importlib.metadata import metadata
from typing import Any

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
WORKER = {"worker_app": "synapse.app.generic_worker", "worker_name": "one"}
_missing: Any = object()


class Names:
    """What a configuration was asked for, with the default that was given."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.plain: set[str] = set()  # sections for which none is made up
        self.last_made_up: str | None = None


class Asked(dict[str, Any]):
    """A configuration that notes what it is asked for, also in sections that are not there."""

    def __init__(self, given: dict[str, Any], names: Names, prefix: str = "") -> None:
        super().__init__(given)
        self._names, self._prefix = names, prefix

    def _note(self, name: object, default: Any = None) -> Any:
        """Notes a name. For a section that is not there, one that notes too, else None."""
        if not isinstance(name, str):
            return None
        whole = self._prefix + name
        plain = None if default == {} else _plain(default)
        if self._names.asked.get(whole) is None:
            self._names.asked[whole] = None if plain is _missing else plain
        if default != {} or super().__contains__(name) or whole in self._names.plain:
            return None
        self._names.last_made_up = whole
        return Asked({}, self._names, f"{whole}.")

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


def options() -> dict[str, Any]:
    """What is looked up for a main process and a worker, also in sections that are empty.

    The value is the default that is named where an option is looked up, or None.
    """
    found: dict[str, Any] = {}
    for given in (LEAST, {**LEAST, **WORKER, "instance_map": {"main": {"host": "a", "port": 1}}}):
        for _, section in sections(parsed(LEAST)):
            names = Names()
            _read(section, given, names)
            for name in sorted(name for name in names.asked if "." not in name):
                if name not in given:
                    empty = Asked({}, names, f"{name}.")
                    _read(section, {**given, name: empty}, names)
            found |= {name: value for name, value in names.asked.items() if not found.get(name)}
    return dict(sorted((name, value) for name, value in found.items() if not name.endswith(".one")))


def _read(section: Any, given: dict[str, Any], names: Names) -> None:
    """Reads as far as it goes. A section that was made up and is an error is left out."""
    before = None
    while True:
        try:
            copy.copy(section).read_config(Asked(given, names), **PLACES)
        except Exception:  # of any kind
            if names.last_made_up in (None, before):
                return
            before = names.last_made_up
            names.plain.add(before)
        else:
            return


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


def _plain(value: object) -> Any:
    """What JSON can tell of a value."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        parts = [_plain(part) for part in sorted(value, key=str)]
        return _missing if _missing in parts else parts
    return _missing


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
