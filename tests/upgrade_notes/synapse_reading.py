"""Reads configurations with the code of a release, and notes the names that it looks up.

This is for a driver that runs in the environment of a release.
"""

import contextlib
import copy
import json
import logging
import re
import types
from collections.abc import Iterable, Iterator
from typing import Any
from unittest.mock import MagicMock

from tests.real.driver import LEAST
from tests.upgrade_notes.synapse_stand_ins import settle

# isort: split
# Import Synapse after the stand-ins: it searches for the packages on import.
import jinja2
from synapse.config.homeserver import HomeServerConfig
from synapse.storage.database import make_pool
from synapse.storage.engines import create_engine

settle()

MADE_UP, OTHER = "made_up_name", "other_name"
KEY = "A" * 43  # the length of a key in base64
LISTENER = {"port": 1, "type": "http", "resources": [{"names": ["client"]}]}
MAIN = {"host": "localhost", "port": 1}
WORKER = {
    "worker_app": "synapse.app.generic_worker",
    "worker_name": MADE_UP,
    "worker_listeners": [LISTENER],
    "instance_map": {"main": MAIN, MADE_UP: MAIN},
}
PROVIDER = {
    "idp_id": "one",
    "idp_name": "One",
    "issuer": "https://one.example",
    "client_id": "one",
    "client_secret": "unused",
    "authorization_endpoint": "https://one.example/a",
    "token_endpoint": "https://one.example/t",
    "userinfo_endpoint": "https://one.example/u",
    "jwks_uri": "https://one.example/j",
    "user_mapping_provider": {"config": {"localpart_template": "{{ user.name }}"}},
}
KEYS = {f"ed25519:{MADE_UP}": KEY}
TUNING = {
    "max_cache_memory_usage": "1G",
    "target_cache_memory_usage": "1G",
    "min_cache_ttl": "1m",
}
# A provider that needs a signed secret.
SIGNING = {
    **{name: value for name, value in PROVIDER.items() if name != "client_secret"},
    "idp_id": "two",
    "client_secret_jwt_key": {"key": "unused", "jwt_header": {"alg": "ES256"}, "jwt_payload": {}},
}
MAILS = {
    "smtp_host": "localhost",
    "notif_from": "a@example.com",
    "enable_notifs": True,
    "subjects": {},
}
DELEGATED = {"enabled": True, "secret": "unused", "endpoint": "http://localhost:1/"}
# Sections that are read only if they are on, or are valid only with several options.
RICH: tuple[dict[str, Any], ...] = (
    {
        "public_baseurl": "https://example.com",
        "email": MAILS,
        "jwt_config": {"enabled": True, "secret": "unused", "algorithm": "HS256"},
        "oidc_providers": [PROVIDER, SIGNING],
        "cas_config": {"enabled": True, "server_url": "https://one.example"},
        "saml2_config": {"sp_config": {}, "user_mapping_provider": {"config": {}}},
        "redis": {"enabled": True},
        "opentracing": {"enabled": True},
        "sentry": {"dsn": "https://a@one.example/1"},
        "retention": {"enabled": True, "purge_jobs": [{"interval": "1d"}], "default_policy": {}},
        "url_preview_enabled": True,
        "url_preview_ip_range_blacklist": ["127.0.0.0/8"],
        "stream_writers": {},
        "listeners": [
            LISTENER,
            {"path": "a", "type": "http", "resources": [{"names": ["client"]}]},
        ],
        "media_storage_providers": [{"module": "file_system", "config": {"directory": "."}}],
        "caches": {"per_cache_factors": {}, "cache_autotuning": TUNING},
        "trusted_key_servers": [
            {"server_name": "one.example", "verify_keys": {f"ed25519:{MADE_UP}": KEY}}
        ],
        "old_signing_keys": {f"ed25519:{MADE_UP}": {"key": KEY, "expired_ts": 1}},
        "modules": [{"module": "a_module.Module", "config": {}}],
        "room_list_publication_rules": [{"action": "allow"}],
        "alias_creation_rules": [{"action": "allow"}],
        "server_notices": {"system_mxid_localpart": "one", "room_name": "One"},
        "password_config": {"policy": {"enabled": True}},
        "limit_remote_rooms": {"enabled": True},
        "auto_join_rooms": ["#one:example.com"],
        "autocreate_auto_join_room_preset": "private_chat",
        "auto_join_mxid_localpart": "one",
        "account_validity": {"enabled": True, "period": "1d"},
        "user_consent": {"version": "1", "template_dir": "."},
        "media_upload_limits": [{"time_period": "1d", "max_size": "1M"}],
        "push_rules": {},
        "matrix_rtc": {"transports": [{"type": "livekit", "livekit_service_url": "https://a"}]},
        "rc_federation": {},
        "federation_rr_transactions_per_room_per_second": 1,
        "database": {"name": "psycopg2", "args": {"cp_min": 1}, "allow_unsafe_locale": True},
    },
    {
        "public_baseurl": "https://example.com",
        "matrix_authentication_service": DELEGATED,
        "listeners": [LISTENER],
        "password_providers": [{"module": "a_module.Module", "config": {}}],
        "spam_checker": [{"module": "a_module.Module", "config": {}}],
        "third_party_event_rules": {"module": "a_module.Module", "config": {}},
        "presence": {"presence_router": {"module": "a_module.Module", "config": {}}},
        "password_config": {"enabled": False},
        "media_retention": {},
        "enable_metrics": True,
        "databases": {MADE_UP: {"name": "sqlite3", "args": {}, "data_stores": ["main", "state"]}},
    },
    {
        "public_baseurl": "https://example.com",
        "password_config": {"enabled": False},
        "experimental_features": {
            "msc3861": {
                "enabled": True,
                "issuer": "https://one.example",
                "client_id": "one",
                "client_auth_method": "client_secret_post",
                "client_secret": "unused",
            }
        },
    },
)
SOCKETS = {**WORKER, "instance_map": {"main": {"path": "/a"}, MADE_UP: {"path": "/a"}}}
BASES = tuple({**LEAST, **rest} for rest in (*RICH, WORKER, SOCKETS, {}))
PLACES = {"config_dir_path": "", "data_dir_path": "", "allow_secrets_in_config": True}
# Values of every kind that a file can have.
VALUES: tuple[Any, ...] = (
    True, False, 1, "text", "1h", "https://one.example", ["text"], {}, [{}], {MADE_UP: {}},
    {MADE_UP: "text"}, {MADE_UP: ["text"]},
)  # fmt: skip
MORE_VALUES = (*VALUES, None, 0, 2.5, "", "1M", [], [1], {MADE_UP: True}, {MADE_UP: [{}]})
_missing: Any = object()


# -- Configurations that note which names are looked up --


class Names:
    """The names that were looked up in a configuration, with the defaults."""

    def __init__(self) -> None:
        self.asked: dict[tuple[str, ...], Any] = {}
        # The names in each mapping that was used as a mapping, in any way.
        self.used: dict[tuple[str, ...], tuple[str, ...]] = {}

    def note(self, name: tuple[str, ...], default: Any) -> None:
        if self.asked.get(name) is None:
            plain = _plain(default)
            self.asked[name] = None if plain is _missing or default == {} else plain
        if isinstance(default, dict):  # so that it is a mapping
            self.used.setdefault(name, ())


class Asked(dict[str, Any]):
    """A mapping that notes which names are looked up. Even an empty one counts as true."""

    def __init__(self, given: dict[str, Any], names: Names, place: tuple[str, ...]) -> None:
        super().__init__({key: asking(value, names, (*place, key)) for key, value in given.items()})
        self._names, self._place = names, place
        self._within = tuple(sorted(given))
        self._given: Any = None  # what the last look-up found in the file

    def _note(self, name: object, default: Any = None) -> None:
        self._names.used[self._place] = self._within
        if isinstance(name, str):
            self._names.note((*self._place, name), default)

    def get(self, name: str, default: Any = None) -> Any:
        # In `get(name, get(older_name))` the default is a value of the file.
        self._note(name, None if default is self._given else default)
        self._given = dict.get(self, name)
        return super().get(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        self._note(name, *default)
        return super().pop(name, *default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        self._note(name, default)
        if name not in list(dict.keys(self)) and isinstance(default, dict):
            self[name] = asking(default, self._names, (*self._place, name))
        return super().setdefault(name, default)

    def __getitem__(self, name: str) -> Any:
        self._note(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._note(name)
        return super().__contains__(name)

    # Where there is one, Python unpacks with `**` by way of `keys`, and not past it. A mapping that
    # is only gone through may as well be a list, so that this notes nothing.
    def __iter__(self) -> Iterator[str]:
        return super().__iter__()

    def keys(self) -> Any:
        self._names.used[self._place] = self._within
        return super().keys()

    def items(self) -> Any:
        self._names.used[self._place] = self._within
        return super().items()

    def values(self) -> Any:
        self._names.used[self._place] = self._within
        return super().values()

    def __bool__(self) -> bool:
        return True

    def __deepcopy__(self, memo: Any) -> Any:
        return self


class AskedFile(Asked):
    """A whole configuration. A section asks for little of it: only that is made to take notes."""

    def __init__(self, given: dict[str, Any], names: Names) -> None:
        dict.__init__(self, given)
        self._names, self._place = names, ()
        self._within = tuple(sorted(given))
        self._given = None
        self._left = {name for name, value in given.items() if isinstance(value, (dict, list))}

    def _reach(self, name: Any) -> None:
        if name in self._left:
            self._left.remove(name)
            self[name] = asking(dict.__getitem__(self, name), self._names, (name,))

    def _note(self, name: object, default: Any = None) -> None:
        self._reach(name)
        super()._note(name, default)

    def items(self) -> Any:
        for name in list(self._left):
            self._reach(name)
        return super().items()

    def values(self) -> Any:
        for name in list(self._left):
            self._reach(name)
        return super().values()


def asking(value: Any, names: Names, place: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return Asked(value, names, place)
    if isinstance(value, list):
        return [asking(item, names, (*place, "*")) for item in value]
    return value


def _plain(value: object) -> Any:
    """The value as far as JSON can represent it."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        parts = [_plain(part) for part in sorted(value, key=str)]
        return _missing if _missing in parts else parts
    return _missing


# -- Reading --


class Database:
    """What is read from the database's section until a connection is opened."""

    def __init__(self, section: Any) -> None:
        self.section = section

    def fresh(self) -> "Database":
        return Database(fresh(self.section))

    def read_config(self, given: dict[str, Any], **places: Any) -> None:
        self.section.read_config(given, **places)
        for database in self.section.databases:
            engine = create_engine(database.config)
            with contextlib.suppress(Exception):
                engine.check_database(MagicMock(server_version=990000))
            with contextlib.suppress(TypeError, AttributeError):
                make_pool(reactor=MagicMock(), db_config=database, engine=engine)


def parsed(given: dict[str, Any]) -> Any:
    config = HomeServerConfig()
    config.parse_config_dict(copy.deepcopy(given), "", "")  # Synapse removes `main` from it
    return config


def fresh(section: Any) -> Any:
    """A new one that has read nothing yet."""
    return section.fresh() if isinstance(section, Database) else type(section)(section.root)


def sections(config: Any) -> list[Any]:
    found = [getattr(config, kind.section) for kind in config.config_classes]
    return [*found, Database(config.database)]


class Kept(logging.Handler):
    """Collects warnings."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


KEPT = Kept()
logging.getLogger().addHandler(KEPT)


PLAIN = {type(None), bool, int, float, str, bytes}
PLAIN_OR_DERIVED = tuple(PLAIN)


def shape(value: Any, seen: tuple[int, ...] = ()) -> Any:
    """A value in a form that can be compared: its parts, without memory addresses."""
    kind = type(value)
    if kind in PLAIN or isinstance(value, PLAIN_OR_DERIVED):
        return f"{kind.__name__} {value!r}"
    if id(value) in seen or len(seen) > 12 or isinstance(value, HomeServerConfig):
        return type(value).__name__
    seen = (*seen, id(value))
    if isinstance(value, dict):
        return [(shape(k, seen), shape(v, seen)) for k, v in dict.items(value)]
    if isinstance(value, (list, tuple)):
        return [shape(item, seen) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(str(shape(item, seen)) for item in value)
    if type(value).__name__ == "IPSet":
        return _ip_set(value)
    if isinstance(value, jinja2.Template):
        return ["Template", value.filename]
    if isinstance(value, re.Pattern):
        return ["Pattern", value.pattern, value.flags]
    if isinstance(value, (type, types.FunctionType, types.MethodType, types.ModuleType)):
        return str(getattr(value, "__qualname__", value.__name__))
    if isinstance(value, (MagicMock, jinja2.Environment, logging.Logger)):
        return type(value).__name__
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    held = {name: getattr(value, name, None) for name in slots if isinstance(name, str)}
    held |= getattr(value, "__dict__", {})
    held = {name: part for name, part in held.items() if name not in ("root", "__weakref__")}
    return [type(value).__name__, shape(held, seen)]


_ip_sets: dict[int, tuple[Any, list[Any]]] = {}


def _ip_set(value: Any) -> list[Any]:
    """Its shape, cached: Synapse makes the same few sets again and again."""
    if id(value) not in _ip_sets:
        _ip_sets[id(value)] = value, ["IPSet", [str(part) for part in value.iter_cidrs()]]
    return _ip_sets[id(value)][1]


def comparable(what: Any) -> str:
    """The value as text, with every name separated from its neighbours.

    Memory addresses are left out, and so is the input that pydantic repeats in a shortened form.
    """
    text = json.dumps(what, default=str).replace(r"\n", r" \n ")
    if "input_value=" in text:
        text = re.sub(r"input_value=.*?(?=, input_type)", "", text)
    return re.sub(r"0x[0-9a-f]+", "0x", text)


class Reading:
    """The result of one section for a configuration."""

    def __init__(self, section: Any, given: dict[str, Any]) -> None:
        self.names = Names()
        read = fresh(section)
        KEPT.lines.clear()
        self.error = None
        try:
            read.read_config(AskedFile(given, self.names), **PLACES)
        except BaseException as raised:  # of any kind, even SystemExit
            self.error = f"{type(raised).__name__}: {raised}"
        self._read = read
        self._warnings = list(KEPT.lines)

    def result(self) -> str:
        if self.error is not None:
            return comparable(["error", self.error])
        return comparable([shape(vars(self._read)), self._warnings])


def put(given: Any, place: tuple[str, ...], value: Any) -> Any:
    """The configuration with a value at a place.

    A step `*` is an item of a list, if possible one that has the next step, or a made-up name.
    Raises LookupError if the file has something else there.
    """
    step, rest = place[0], place[1:]
    if isinstance(given, list):
        if step != "*" or not given:
            raise LookupError
        fitting = [n for n, item in enumerate(given) if rest and rest[0] in _names(item)]
        number = (fitting or [0])[0]
        below = put(given[number], rest, value) if rest else value
        return [*given[:number], below, *given[number + 1 :]]
    if not isinstance(given, dict):
        raise LookupError
    step = MADE_UP if step == "*" else step
    below = put(given.get(step, {}), rest, value) if rest else value
    return {**given, step: below}


def _names(given: Any) -> Iterable[str]:
    return given if isinstance(given, dict) else ()


def refused(result: str) -> bool:
    return result.startswith('["error"')


def whole(place: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("*" if step.endswith((MADE_UP, OTHER)) else step for step in place)
