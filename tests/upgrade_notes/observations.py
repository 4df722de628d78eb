"""What a release is, how it reads configurations, and what it answers over HTTP."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from snippets.application_services import Arrived, Receiver, receiver
from snippets.configuration.release import parse_release
from tests.application_services.homeservers import AS_TOKEN, HS_TOKEN, registration
from tests.real import redis, synapse
from tests.real.homeserver import PATIENCE_S, SERVER_NAME, Homeserver, homeserver

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
        found = {**_clients(running), **_application_service(running, service)}
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
    """What a worker answers by itself, on a database that a main process has prepared."""
    with TemporaryDirectory(prefix="guide-worker-") as folder, redis.server() as bus:
        shared = {
            "instance_map": {"main": _MAIN},
            "redis": {"enabled": True, "path": bus.url.removeprefix("unix://")},
            "experimental_features": {"msc4140_enabled": True},
            "max_event_delay_duration": "24h",
        }
        main = Homeserver(release, Path(folder), shared)
        main.start()
        try:
            token = main.register("user")
        finally:
            main.stop()
        worker = Homeserver(
            release, Path(folder), {**shared, "worker_name": "one"}, "generic_worker"
        )
        worker.start()
        try:
            delayed = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events/unknown/restart"
            return {
                "a worker, GET /_matrix/client/v1/media/config": _short(
                    worker.request("GET", "/_matrix/client/v1/media/config", token=token)
                ),
                "a worker, GET /_matrix/federation/v1/version": _short(
                    worker.request("GET", "/_matrix/federation/v1/version")
                ),
                "a worker, a restart of a delayed event": _short(
                    worker.request("POST", delayed, {})
                ),
            }
        finally:
            worker.stop()


def _clients(running: Homeserver) -> dict[str, Any]:
    """What clients get: status and error code."""
    user, other = running.register("user"), running.register("other")

    def ask(method: str, path: str, body: Any = None, token: str | None = user) -> Any:
        return _short(running.request(method, f"/_matrix/{path}", body, token=token))

    room = running.request("POST", "/_matrix/client/v3/createRoom", {}, token=user)[1]["room_id"]
    event = running.request(
        "PUT", f"/_matrix/client/v3/rooms/{room}/send/m.room.message/1",
        {"msgtype": "m.text", "body": "hello"}, token=user,
    )[1]["event_id"]  # fmt: skip
    upload = running.request("POST", "/_matrix/media/v3/upload", {}, token=user)[1]["content_uri"]
    report, media = f"client/v3/rooms/{room}/report", upload.removeprefix("mxc://")
    dehydrated = "client/unstable/org.matrix.msc2697.v2/dehydrated_device"
    mutual = f"client/unstable/uk.half-shot.msc2666/user/mutual_rooms?user_id=@other:{SERVER_NAME}"
    found = {
        "a report of an event": ask("POST", f"{report}/{event}", {}),
        "a report of an unknown event": ask("POST", f"{report}/$unknown", {}),
        "a report from outside the room": ask("POST", f"{report}/{event}", {}, other),
        "GET /_matrix/client/v1/media/config": ask("GET", "client/v1/media/config"),
        "a download without a token": ask("GET", f"media/v3/download/{media}", token=None),
        "a rendezvous of MSC3886": ask(
            "POST", "client/unstable/org.matrix.msc3886/rendezvous", {}, None
        ),
        "making a public room": ask("POST", "client/v3/createRoom", {"visibility": "public"}),
        "publishing a room": ask("PUT", f"client/v3/directory/list/room/{room}", {}),
        "mutual rooms": ask("GET", mutual),
        "a dehydrated device of MSC2697": ask("GET", dehydrated),
    }
    ask("GET", "client/versions")
    line = running.logs('"GET /_matrix/client/versions')
    said = line.partition("Processed request: ")[2].partition('"GET')[0]
    return {**found, "the line of a request in the log": re.sub(r"\d+(\.\d+)?", "N", said).strip()}


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
