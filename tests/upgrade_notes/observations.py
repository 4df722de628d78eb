"""What a release is, how it reads configurations, and what it answers over HTTP."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from snippets.application_services import Arrived, Receiver, receiver
from snippets.configuration.release import parse_release
from tests.application_services.homeservers import AS_TOKEN, HS_TOKEN, registration
from tests.real import redis, synapse
from tests.real.homeserver import PATIENCE_S, Homeserver, homeserver

DRIVER = Path(__file__).with_name("synapse_release_driver.py")

_WORKER = {"worker_app": "synapse.app.generic_worker", "worker_name": "one"}
_MAIN = {"host": "localhost", "port": 9093}
_DELEGATED = {"enabled": True, "endpoint": "http://localhost:1/", "secret": "unused"}
_LOUD = {"per_second": 1000, "burst_count": 1000}

# Configurations, by what they show. Each is read beside the least that Synapse needs.
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "a worker told of the main process by worker_replication_host": {
        **_WORKER,
        "worker_replication_host": _MAIN["host"],
        "worker_replication_http_port": _MAIN["port"],
    },
    "a worker told of the main process by instance_map": {
        **_WORKER,
        "instance_map": {"main": _MAIN},
    },
    "app_service_config_files is no list": {"app_service_config_files": "irc.yaml"},
    "the token in the query": {"use_appservice_legacy_authorization": True},
    "a duration with a space behind it": {"user_ips_max_age": "10 "},
    "msc3861": {
        "experimental_features": {
            "msc3861": {
                "enabled": True,
                "issuer": "http://localhost:1/",
                "client_id": "synapse",
                "client_auth_method": "client_secret_basic",
                "client_secret": "unused",
                "admin_token": "unused",
            }
        }
    },
    "matrix_authentication_service": {"matrix_authentication_service": _DELEGATED},
    "a writer of quarantined_media_changes": {
        "instance_map": {"main": _MAIN, "one": _MAIN},
        "stream_writers": {"quarantined_media_changes": ["one"]},
    },
    "a writer of quarantined_media_changes that instance_map lacks": {
        "stream_writers": {"quarantined_media_changes": ["one"]},
    },
    "matrix_rtc with a livekit_service_url": {
        "experimental_features": {"msc4143_enabled": True},
        "matrix_rtc": {
            "transports": [{"type": "livekit", "livekit_service_url": "https://rtc.example.com"}]
        },
    },
    "matrix_rtc with a url": {
        "experimental_features": {"msc4143_enabled": True},
        "matrix_rtc": {"transports": [{"type": "livekit", "url": "wss://rtc.example.com"}]},
    },
    "profiles of users who share rooms, without authentication": {
        "limit_profile_requests_to_users_who_share_rooms": True,
    },
}

# The first releases where a worker was asked, and where delegated authentication is stable.
WORKERS_SINCE, DELEGATES_SINCE = "1.110", "1.136"


def observed(release: str) -> dict[str, Any]:
    """Everything that is recorded of a release, as values by name. Raises Missing."""
    answers = synapse.ask(synapse.python(release), DRIVER, [None, *CONFIGURATIONS.values()])
    facts, *readings = answers
    parts = {"option": "options", "default": "defaults", "labels of": "labels"}
    kinds = {prefix: facts.pop(part) for prefix, part in parts.items()}
    kinds["reads"] = dict(zip(CONFIGURATIONS, readings, strict=True))
    kinds["answers"] = _answers(release)
    for prefix, values in kinds.items():
        facts |= {f"{prefix} {name}": value for name, value in values.items()}
    return dict(facts)


def _answers(release: str) -> dict[str, Any]:
    with _with_service(release, {"experimental_features": _EXPERIMENTS}) as (running, service):
        found = {
            **_clients(running),
            **_allowances(running),
            **_application_service(running, service),
        }
    with homeserver(release, _ALLOWING) as running:
        found |= {f"{name}, allowed": answer for name, answer in _allowances(running).items()}
    if parse_release(release) >= parse_release(WORKERS_SINCE):
        found |= _worker(release)
    if parse_release(release) >= parse_release(DELEGATES_SINCE):
        delegated = {"matrix_authentication_service": _DELEGATED}
        with _with_service(release, delegated) as (running, _):
            found |= _delegated(running)
    return found


_EXPERIMENTS = {
    "msc2659_enabled": True,
    "msc2697_enabled": True,
    "msc3886_endpoint": "/elsewhere",
}
# What the notes say that one can do: options that allow again what a release no longer does.
_ALLOWING = {
    "enable_authenticated_media": False,
    "experimental_features": {"msc2666_enabled": True},
    "limit_profile_requests_to_users_who_share_rooms": True,
    "require_auth_for_profile_requests": True,
    "room_list_publication_rules": [{"action": "allow"}],
}


@contextmanager
def _with_service(release: str, config: dict[str, Any]) -> Iterator[tuple[Homeserver, Receiver]]:
    """A homeserver and its application service, which knows no path of the specification's v1."""
    with TemporaryDirectory(prefix="guide-registration-") as folder, receiver(HS_TOKEN) as service:
        service.accept_query = True
        service.answers = {"/_matrix/app/v1/": (404, {"errcode": "M_UNRECOGNIZED"})}
        file = Path(folder, "registration.yaml")
        file.write_text(json.dumps(registration(service.url)))
        config = {**config, "app_service_config_files": [str(file)], "rc_registration": _LOUD}
        with homeserver(release, config) as running:
            yield running, service


def _worker(release: str) -> dict[str, Any]:
    """What a worker answers, and which process calls a module when the worker makes a user."""
    with TemporaryDirectory(prefix="guide-worker-") as name, redis.server() as bus:
        folder = Path(name)
        (folder / "guide_module.py").write_text(_MODULE)
        (folder / "registration.yaml").write_text(json.dumps(registration("")))
        shared = {
            "app_service_config_files": [str(folder / "registration.yaml")],
            "experimental_features": {"msc4140_enabled": True},
            "max_event_delay_duration": "24h",
            "modules": [{"module": "guide_module.Module"}],
            "redis": {"enabled": True, "path": bus.url.removeprefix("unix://")},
            "worker_replication_secret": "unused",
        }
        with ExitStack() as stack:
            main = Homeserver(release, folder, {**shared, "listeners": _LISTENERS})
            main.start()
            stack.callback(main.stop)
            told = {"instance_map": {"main": {**_MAIN, "port": main.ports[_MAIN["port"]]}}}
            one = {**shared, **told, "worker_name": "one"}
            worker = Homeserver(release, folder, one, "generic_worker")
            worker.start()
            stack.callback(worker.stop)
            return _ask_worker(main, worker)


def _ask_worker(main: Homeserver, worker: Homeserver) -> dict[str, Any]:
    def ask(method: str, path: str, token: str | None = None, body: Any = None) -> Any:
        return _short(worker.request(method, path, body, token=token))

    delayed = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events/unknown/restart"
    user = {"type": "m.login.application_service", "username": "_irc_a", "inhibit_login": True}
    token = main.register("user")
    found = {
        "a worker, GET /_matrix/client/v1/media/config": ask(
            "GET", "/_matrix/client/v1/media/config", token
        ),
        "a worker, GET /_matrix/federation/v1/version": ask(
            "GET", "/_matrix/federation/v1/version"
        ),
        "a worker, a restart of a delayed event": ask("POST", delayed, body={}),
        "a worker, a registration": ask("POST", "/_matrix/client/v3/register", AS_TOKEN, user),
    }
    caller = "which process calls on_user_registration for a worker"
    found[caller] = [
        name for name, process in (("main", main), ("worker", worker)) if _called(process)
    ]
    return found


def _called(process: Homeserver) -> bool:
    """Whether it called the module, in all that it had logged until now."""
    process.request("GET", "/_matrix/client/versions")
    process.logs('"GET /_matrix/client/versions')
    return "on_user_registration of @_irc_a" in process.log


_LISTENERS = [
    {
        "port": port,
        "type": "http",
        "bind_addresses": ["127.0.0.1"],
        "resources": [{"names": names}],
    }
    for port, names in ((8008, ["client", "federation"]), (_MAIN["port"], ["replication"]))
]
_MODULE = """
import logging

class Module:
    def __init__(self, config, api):
        api.register_account_validity_callbacks(on_user_registration=self.registered)

    async def registered(self, user):
        logging.getLogger("guide").info("on_user_registration of %s", user)
"""


def _clients(running: Homeserver) -> dict[str, Any]:
    """What clients get: status and error code."""
    user, other = running.register("user"), running.register("other")

    def ask(method: str, path: str, body: Any = None, token: str | None = user) -> Any:
        return _short(running.request(method, f"/_matrix/client/{path}", body, token=token))

    room = running.request("POST", "/_matrix/client/v3/createRoom", {}, token=user)[1]["room_id"]
    message, text = f"/_matrix/client/v3/rooms/{room}/send/m.room.message/1", {"msgtype": "m.text"}
    sent = running.request("PUT", message, {**text, "body": "hello"}, token=user)
    event, report = sent[1]["event_id"], f"v3/rooms/{room}/report"
    rendezvous = "unstable/org.matrix.msc3886/rendezvous"
    dehydrated = "unstable/org.matrix.msc2697.v2/dehydrated_device"
    found = {
        "a report of an event": ask("POST", f"{report}/{event}", {}),
        "a report of an unknown event": ask("POST", f"{report}/$unknown", {}),
        "a report from outside the room": ask("POST", f"{report}/{event}", {}, other),
        "GET /_matrix/client/v1/media/config": ask("GET", "v1/media/config"),
        "a rendezvous of MSC3886": ask("POST", rendezvous, {}, None),
        "a dehydrated device of MSC2697": ask("GET", dehydrated),
    }
    ask("GET", "versions")
    line = running.logs('"GET /_matrix/client/versions')
    said = line.partition("Processed request: ")[2].partition('"GET')[0]
    return {**found, "the line of a request in the log": re.sub(r"\d+(\.\d+)?", "N", said).strip()}


def _allowances(running: Homeserver) -> dict[str, Any]:
    """What clients get where a release allows it, or an option does."""
    token = running.register("allowed")

    def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return running.request(method, f"/_matrix/{path}", body, token=token)

    media = ask("POST", "media/v3/upload", {})[1]["content_uri"].removeprefix("mxc://")
    quiet = ask("POST", "client/v3/createRoom", {})[1]["room_id"]
    made = ask("POST", "client/v3/createRoom", {"visibility": "public"})
    published = ask("GET", f"client/v3/directory/list/room/{made[1]['room_id']}")
    mutual = "client/unstable/uk.half-shot.msc2666/user/mutual_rooms?user_id=@a:example.com"
    return {
        "a download without a token": _short(
            running.request("GET", f"/_matrix/media/v3/download/{media}")
        ),
        "making a public room": _short(made),
        "a room that was made public": published[1]["visibility"],
        "publishing a room": _short(ask("PUT", f"client/v3/directory/list/room/{quiet}", {})),
        "mutual rooms": _short(ask("GET", mutual)),
    }


def _application_service(running: Homeserver, service: Receiver) -> dict[str, Any]:
    """What an application service may do, and which paths it is asked at, one after the other."""

    def ask(method: str, path: str, body: Any = None) -> Any:
        return _short(running.request(method, f"/_matrix/client/{path}", body, token=AS_TOKEN))

    def asked() -> list[str]:
        paths = [request.path for request in service.arrived]
        service.arrived.clear()
        return paths

    found = {}
    ask("GET", "v3/directory/room/%23_irc_x:example.com")
    found["where the token is"] = service.arrived[-1].token_in(HS_TOKEN)
    found["paths for an alias"] = asked()
    ask("GET", "v3/thirdparty/protocol/irc")
    found["paths for a protocol"] = asked()
    for name, path in (("a ping", "v1"), ("a ping of MSC2659", "unstable/fi.mau.msc2659")):
        found[name] = ask("POST", f"{path}/appservice/irc/ping", {})
        found[f"paths for {name}"] = asked()
    login = {"type": "m.login.application_service"}
    found["a registration with user"] = ask("POST", "v3/register", {**login, "user": "_irc_a"})
    ask("POST", "v3/register", {**login, "username": "_irc_b"})
    service.arrived.clear()
    ask("POST", "v3/createRoom?user_id=@_irc_b:example.com", {})
    found["paths for a transaction"] = _tries(service)
    return found


def _tries(service: Receiver) -> list[str]:
    """Where the first transaction is sent, until it arrives at the old path or is sent again."""

    def paths(arrived: list[Arrived]) -> list[str]:
        return [_path(asked) for asked in arrived if "/transactions/" in asked.path]

    def enough(arrived: list[Arrived]) -> bool:
        return len(paths(arrived)) > 1 or paths(arrived) == [old]

    old = "/transactions/N"
    service.wait_for(enough, PATIENCE_S)
    tried = paths(service.arrived)
    return tried[:1] if tried[0] == old else tried[:2]


def _path(request: Arrived) -> str:
    return re.sub(r"\d+$", "N", request.path)


def _delegated(running: Homeserver) -> dict[str, Any]:
    """What an application service's registration gets where others log users in."""
    login = {"type": "m.login.application_service"}
    found = {}
    for name, more in (("", {}), (" that inhibits the login", {"inhibit_login": True})):
        body = {**login, "username": f"_irc_{len(more)}", **more}
        answer = running.request("POST", "/_matrix/client/v3/register", body, token=AS_TOKEN)
        found[f"a registration beside MAS{name}"] = _short(answer)
    return found


def _short(answer: tuple[int, Any]) -> list[Any]:
    """The status, and what kind of error it is."""
    status, body = answer
    return [status, *([body["errcode"]] if isinstance(body, dict) and "errcode" in body else [])]
