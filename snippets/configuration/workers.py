"""What is wrong with workers: in a worker's own file, and in what all processes share."""

from collections.abc import Iterator, Mapping
from typing import Any

from snippets.configuration.listeners import has_replication, problems_of_listeners
from snippets.configuration.placed import Found, Spot, in_effect
from snippets.configuration.values import NO_START, clipped
from snippets.configuration.writers import problems_of_writers
from snippets.shared.document import Document
from snippets.shared.release import parse_release

# Since these releases a worker needs the main process in `instance_map`, and may not have the
# options below; and all names of `outbound_federation_restricted_to` must be in `instance_map`.
MAP_SINCE, GONE_SINCE, RESTRICTED_SINCE = (1, 84), (1, 88), (1, 89)
EMPTY_REFUSED_SINCE = (1, 142)  # of `instance_map`: before, '' and [] are read as no workers
APPS = (
    "appservice", "client_reader", "event_creator", "federation_reader", "federation_sender",
    "frontend_proxy", "generic_worker", "media_repository", "pusher", "synchrotron", "user_dir",
)  # fmt: skip
OF_BEFORE = (
    "worker_replication_host", "worker_replication_http_port", "worker_replication_http_tls",
)  # fmt: skip
# By an old kind of worker, the option of the main process that must be off, and the new option.
DUTIES = {
    "federation_sender": ("send_federation", "federation_sender_instances"),
    "pusher": ("start_pushers", "pusher_instances"),
    "appservice": ("notify_appservices", "notify_appservices_from_worker"),
    "user_dir": ("update_user_directory", "update_user_directory_from_worker"),
}


def problems_of_workers(documents: Mapping[str, Document], release: str) -> list[Found]:
    """Everything that is wrong with the listeners and workers of one process."""
    return list(_Process(in_effect(documents.items()), release).problems())


class _Process:
    """The options of one process: the main one, or a worker."""

    def __init__(self, options: dict[Any, Spot], release: str) -> None:
        self._options, self._release = options, parse_release(release)
        app = self._value("worker_app")
        self._app = None if app == "synapse.app.homeserver" else app
        locations = self._value("instance_map")
        self._locations = locations if isinstance(locations, dict) else {}

    def problems(self) -> Iterator[Found]:
        for name in ("listeners", "worker_listeners"):
            if name in self._options:
                yield from problems_of_listeners(self._options[name])
        yield from self._certificate()
        yield from self._of_before_redis()
        yield from self._map()
        yield from problems_of_writers(self._options, self._release, worker=bool(self._app))
        yield from self._duties()
        yield from self._restricted()
        if self._app:
            yield from self._worker(self._options["worker_app"])
        elif "worker_name" in self._options and "worker_app" not in self._options:
            advice = "write worker_app: synapse.app.generic_worker"
            spot = self._options["worker_name"]
            yield spot.found("bad-worker", "stands without worker_app", NO_START, advice)

    def _value(self, name: str) -> Any:
        return self._options[name].value if name in self._options else None

    def _of_before_redis(self) -> Iterator[Found]:
        if "worker_replication_port" in self._options:
            yield self._options["worker_replication_port"].found(
                "bad-worker", "is of before Redis", NO_START, "remove the line"
            )

    def _certificate(self) -> Iterator[Found]:
        listeners = self._options.get("listeners")
        for listener in listeners.parts() if listeners else []:
            if isinstance(listener.value, dict) and listener.value.get("tls"):
                for name in ("tls_certificate_path", "tls_private_key_path"):
                    if not (self._value(name) or listener.value.get("path")):
                        wrong, advice = f"needs {name}", f"write {name}, or tls: false"
                        yield listener.below("tls").found("bad-listener", wrong, NO_START, advice)

    def _restricted(self) -> Iterator[Found]:
        spot = self._options.get("outbound_federation_restricted_to")
        if not spot or not spot.value or self._release < RESTRICTED_SINCE:
            return
        if not self._value("worker_replication_secret"):
            advice = "write worker_replication_secret in the shared file"
            wrong = "needs worker_replication_secret"
            yield spot.found("bad-instance-map", wrong, NO_START, advice)
        if not isinstance(spot.value, list | dict):
            yield spot.found("bad-instance-map", "is not a list", NO_START, "write a list")
        for part in spot.parts():
            name = part.pair.key if isinstance(spot.value, dict) else part.value
            if isinstance(name, list | dict) or name not in self._locations:
                advice = f"write {clipped(str(name))}: with host and port below instance_map"
                yield part.found("bad-instance-map", "is not in instance_map", NO_START, advice)

    def _map(self) -> Iterator[Found]:
        spot = self._options.get("instance_map")
        if spot and spot.value in ("", []) and self._release < EMPTY_REFUSED_SINCE:
            return
        if spot and not isinstance(spot.value, dict):
            advice = "write each worker's name below it, with host and port"
            yield spot.found("bad-instance-map", "is not a mapping", NO_START, advice)
            return
        for entry in spot.parts() if spot else []:
            if not _is_location(entry.value):
                advice = "write host: as text and port: as a number below it"
                yield entry.found("bad-instance-map", "has no host and port", NO_START, advice)

    def _duties(self) -> Iterator[Found]:
        for app, (old, new) in DUTIES.items():
            if new in self._options and old in self._options and not new.endswith("instances"):
                name = self._value(new) or "master"
                own = self._value("worker_name") or self._app
                here = name == own or (name == "master" and own is None)
                before = (own is None and bool(self._value(old))) or (
                    self._app == f"synapse.app.{app}" and not self._value(old)
                )
                if here is not before:
                    yield self._options[old].found(
                        "bad-worker", f"contradicts {new}", NO_START, "remove the line"
                    )
            elif (
                self._app == f"synapse.app.{app}"
                and self._value(new) is None
                and (old not in self._options or self._value(old))
            ):
                yield self._options["worker_app"].found(
                    "bad-worker",
                    f"is for a worker of before, and {old} is not false",
                    NO_START,
                    f"write synapse.app.generic_worker, and {new} in the shared file",
                )

    def _worker(self, app: Spot) -> Iterator[Found]:
        if str(self._app).removeprefix("synapse.app.") not in APPS or "." not in str(self._app):
            advice = "write synapse.app.generic_worker"
            yield app.found("bad-worker", "is not a worker", NO_START, advice)
        if not self._value("worker_name"):
            yield app.found(
                "missing-worker-name",
                "stands without worker_name",
                f"the worker is called {clipped(str(self._app))}, as any other without a name",
                "write worker_name",
            )
        if self._release >= GONE_SINCE:
            for name in OF_BEFORE:
                if self._value(name):
                    advice = "write host and port of the main process below main in instance_map"
                    spot = self._options[name]
                    yield spot.found("bad-worker", "is refused since 1.88", NO_START, advice)
        old = self._release < GONE_SINCE and self._value("worker_replication_host")
        if self._release >= MAP_SINCE and not old and "main" not in self._locations:
            advice = "write main: with host and port below instance_map, in the shared file"
            yield app.found("bad-worker", "finds no main in instance_map", NO_START, advice)
        redis = self._value("redis")
        if not (redis.get("enabled") if isinstance(redis, dict) else None):
            advice = "write redis: with enabled: true in the shared file"
            yield app.found("bad-worker", "stands without redis", NO_START, advice)
        yield from self._not_reachable()

    def _not_reachable(self) -> Iterator[Found]:
        """A worker with a place in `instance_map`, at which it does not listen."""
        name, listeners = self._value("worker_name"), self._options.get("worker_listeners")
        entry = (
            self._options["instance_map"].below(name) if "instance_map" in self._options else None
        )
        if not entry or entry.pair.key != name or not isinstance(entry.value, dict):
            return
        port = entry.value.get("port")
        there = [one for one in (listeners.parts() if listeners else []) if has_replication(one)]
        if port and all(one.value.get("port") != port for one in there):
            yield entry.found(
                "not-reachable",
                f"has port {port}, where {clipped(str(name))} does not listen",
                "the worker starts, and the other processes do not reach it",
                f"add to its worker_listeners one with port {port} and the resource replication",
            )


def _is_location(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    tcp = (
        isinstance(value.get("host"), str)
        and type(value.get("port")) is int
        and isinstance(value.get("tls", False), bool)
    )
    return tcp or isinstance(value.get("path"), str)
