"""Options of workers and listeners to try, each with the program that is started with them."""

from typing import Any

from tests.real.driver import LEAST

MAIN = {"host": "localhost", "port": 9093}
MAP = {
    "main": MAIN,
    "w1": {"host": "localhost", "port": 9094},
    "w2": {"host": "localhost", "port": 9095},
}
SQLITE = {"name": "sqlite3", "args": {"database": ":memory:"}}
STREAMS = [
    "events", "typing", "to_device", "account_data", "receipts", "presence", "push_rules",
    "device_lists", "thread_subscriptions", "quarantined_media_changes", "foo",
]  # fmt: skip
_HTTP = {"type": "http", "port": 1}
LISTENERS: list[Any] = [
    None, {}, [], "x", 5, {"type": "http"}, [None], [5], [{}], [{"type": "http"}], [{"port": 1}],
    [{"type": "http", "port": "1"}], [{"type": "http", "port": True}], [_HTTP],
    [{"type": "http", "port": 0}], [{"type": "http", "port": 70000}],
    [{"type": "http", "port": 1.5}], [{"type": "replication", "port": 1}],
    [{"type": "bogus", "port": 1}], [{"type": "metrics", "port": 1}],
    [{"type": "manhole", "port": 1}], [{"type": None, "port": 1}], [{"type": ["http"], "port": 1}],
    [{**_HTTP, "path": "/a"}], [{"type": "http", "port": 0, "path": "/a"}],
    [{"type": "http", "path": "/a"}], [{"type": "http", "path": ""}], [{"type": "http", "path": 5}],
    [{"type": "metrics", "path": "/a"}], [{"type": "manhole", "path": "/a"}],
    [{"type": "http", "path": "/a", "tls": True}], [{**_HTTP, "tls": True}],
    [{**_HTTP, "tls": "no"}], [{**_HTTP, "tls": None}],
    [{**_HTTP, "resources": None}], [{**_HTTP, "resources": {}}], [{**_HTTP, "resources": "x"}],
    [{**_HTTP, "resources": ""}], [{**_HTTP, "resources": 0}],
    [{**_HTTP, "resources": {"names": ["client"]}}], [{**_HTTP, "resources": 5}],
    [{**_HTTP, "resources": [None]}], [{**_HTTP, "resources": ["client"]}],
    [{**_HTTP, "resources": [{}]}], [{**_HTTP, "resources": [{"names": ["client"]}]}],
    [{**_HTTP, "resources": [{"names": ["replicate"]}]}],
    [{**_HTTP, "resources": [{"names": ["webclient"]}]}],
    [{**_HTTP, "resources": [{"names": []}]}], [{**_HTTP, "resources": [{"names": [["client"]]}]}],
    [{**_HTTP, "resources": [{"names": "client"}]}], [{**_HTTP, "resources": [{"names": None}]}],
    [{**_HTTP, "resources": [{"names": {"client": 1}}]}],
    [{**_HTTP, "resources": [{"names": ["client"], "compress": "no"}]}],
    [{**_HTTP, "resources": [{"names": ["client"], "compress": None}]}],
    [{**_HTTP, "resources": [{"names": ["client"], "x": 1}]}],
    [{"type": "metrics", "port": 1, "resources": [{"names": ["replicate"]}]}],
    [{**_HTTP, "bind_address": "::"}], [{**_HTTP, "bind_addresses": "::"}],
    [{**_HTTP, "bind_addresses": None}], [{"type": "http", "path": "/a", "bind_addresses": None}],
    [{**_HTTP, "x": 1}], [{**_HTTP, "x_forwarded": "no"}],
    [{**_HTTP, "additional_resources": None}],
    [{**_HTTP, "resources": [{"names": [
        "health", "keys", "media", "metrics", "openid", "static", "consent", "federation",
        "replication",
    ]}]}],
]  # fmt: skip
MAPS: list[Any] = [
    None, {}, "", [], 0, "x", 5, {"w1": None}, {"w1": {}}, {"w1": {"host": "a"}},
    {"w1": {"host": "a", "port": "1"}}, {"w1": {"host": "a", "port": True}},
    {"w1": {"host": "a", "port": 1, "tls": "yes"}}, {"w1": {"path": "/a"}}, {"w1": {"path": 5}},
    {"w1": {"path": "/a", "host": "a"}}, {"w1": {"host": "a", "port": 1, "x": 1}},
    {"w1": {"host": 5, "port": 1}}, {"w1": ["a", 1]}, {"w1": {"host": "a", "port": -1}},
    {"w1": {"host": "a", "port": 1.5}}, {"w1": {"host": None, "port": None, "path": "/a"}},
]  # fmt: skip
WRITERS: list[Any] = [
    None, "w1", 5, [], {}, {"w1": 1}, ["w1"], [None], [5], True, "", [["w1"]], ["main"],
    ["master"], "main",
]  # fmt: skip
_OLD = [
    "worker_replication_host", "worker_replication_http_port", "worker_replication_http_tls",
]  # fmt: skip
_DUTIES = [
    ("notify_appservices", "notify_appservices_from_worker"),
    ("update_user_directory", "update_user_directory_from_worker"),
]
_APPS = [
    "appservice", "client_reader", "event_creator", "federation_reader", "federation_sender",
    "frontend_proxy", "generic_worker", "media_repository", "pusher", "synchrotron", "user_dir",
    "admin_cmd", "worker",
]  # fmt: skip
GONE = object()  # marks an option to leave out


def _main_processes() -> list[dict[str, Any]]:
    options: list[dict[str, Any]] = [
        {"instance_map": MAP, "stream_writers": {stream: ["w1", "w2"][:number]}}
        for stream in STREAMS
        for number in (1, 2, 0)
    ]
    options += [{"instance_map": MAP, "stream_writers": {"events": value}} for value in WRITERS]
    options += [{"instance_map": MAP, "stream_writers": value} for value in WRITERS]
    options += [{"instance_map": value} for value in MAPS]
    options += [{"listeners": value} for value in LISTENERS]
    options += [{"worker_listeners": value} for value in LISTENERS]
    options += [{name: "localhost"} for name in ("worker_replication_port", *_OLD)]
    for old, new in _DUTIES:
        options += [{old: on, new: name} for on in (True, False) for name in ("w1", None, "master")]
        options += [{new: "w1"}, {old: False}]
    restricted = {"outbound_federation_restricted_to": ["w1"]}
    return [
        *options,
        {"stream_writers": {"events": ["w1"]}},
        {"stream_writers": {"events": ["main"]}},
        {**restricted, "instance_map": MAP},
        {**restricted, "worker_replication_secret": "x", "instance_map": MAP},
        {**restricted, "worker_replication_secret": "x", "instance_map": {"main": MAIN}},
        {**restricted, "worker_replication_secret": "x"},
        {"outbound_federation_restricted_to": None},
        {"outbound_federation_restricted_to": "w1", "worker_replication_secret": "x"},
        {"outbound_federation_restricted_to": 5, "worker_replication_secret": "x"},
        {
            "outbound_federation_restricted_to": {"w1": 1},
            "worker_replication_secret": "x",
            "instance_map": MAP,
        },
        {"outbound_federation_restricted_to": [{}], "worker_replication_secret": "x"},
        {"worker_app": "synapse.app.homeserver"},
        {"worker_replication_port": None},
    ]


def _workers() -> list[dict[str, Any]]:
    options: list[dict[str, Any]] = [{"worker_listeners": value} for value in LISTENERS]
    options += [{"worker_app": f"synapse.app.{app}"} for app in _APPS]
    options += [{"worker_app": app} for app in ("generic_worker", "generic", 5)]
    for old, new in _DUTIES:
        options += [{old: on, new: name} for on in (True, False) for name in ("w1", "w2", None)]
    for name in _OLD:
        options += [{name: value} for value in (None, 0, "", 9093, "localhost", True, False)]
    options += [{"worker_name": value} for value in (GONE, None, "", "main", "master", "w9")]
    options += [
        {"instance_map": value}
        for value in (GONE, None, 5, "main", {}, {"w1": MAIN}, {"main": None},
                      {"main": {"host": "a"}}, {"main": MAIN, "master": MAIN}, {"main": MAIN})
    ]  # fmt: skip
    options += [{"stream_writers": {"events": [name]}} for name in ("main", "master", "w1", "w9")]
    return [
        {},
        *options,
        {"worker_app": "synapse.app.federation_sender", "send_federation": False},
        {"worker_app": "synapse.app.federation_sender", "federation_sender_instances": ["w1"]},
        {"worker_app": "synapse.app.pusher", "start_pushers": False},
        {"worker_app": "synapse.app.appservice", "notify_appservices": False},
        {
            "worker_app": "synapse.app.appservice",
            "notify_appservices": False,
            "notify_appservices_from_worker": "w1",
        },
        {"worker_app": "synapse.app.user_dir", "update_user_directory": False},
        {"worker_replication_port": 9092},
        {"worker_replication_port": None},
        {"instance_map": GONE, "worker_replication_host": "a", "worker_replication_http_port": 1},
        {"listeners": [{**_HTTP, "tls": True}]},
    ]


def cases() -> list[tuple[str, dict[str, Any]]]:
    """The program and the whole configuration of each case."""
    least = {**LEAST, "database": SQLITE}
    worker = {
        "worker_app": "synapse.app.generic_worker",
        "worker_name": "w1",
        "instance_map": MAP,
        "redis": {"enabled": True},
    }
    started = [("homeserver", {**least, **given}) for given in _main_processes()]
    for given in _workers():
        whole = {**least, **worker, **given}
        left = {name: value for name, value in whole.items() if value is not GONE}
        started.append(("generic_worker", left))
    return started
