"""The answers of a worker that runs with a main process and a real Redis."""

import json
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.application_services.homeservers import AS_TOKEN, registration
from tests.real import redis
from tests.real.homeserver import SERVER_NAME, Homeserver
from tests.upgrade_notes.answers import short
from tests.upgrade_notes.configurations import MAIN


def worker(release: str) -> dict[str, Any]:
    """The answers of a worker, and which process calls a module when the worker makes a user."""
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
            main_process = {"instance_map": {"main": {**MAIN, "port": main.ports[MAIN["port"]]}}}
            one = {**shared, **main_process, "worker_name": "one"}
            worker = Homeserver(release, folder, one, "generic_worker")
            worker.start()
            stack.callback(worker.stop)
            return _ask_worker(main, worker)


def _ask_worker(main: Homeserver, worker: Homeserver) -> dict[str, Any]:
    def ask(method: str, path: str, token: str | None = None, body: Any = None) -> Any:
        return short(worker.request(method, path, body, token=token))

    delayed = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events/unknown/restart"
    user = {"type": "m.login.application_service", "username": "_irc_a", "inhibit_login": True}
    token = main.register("user")
    answers = {
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
    answers[caller] = [
        name for name, process in (("main", main), ("worker", worker)) if _called(process)
    ]
    profile = main.request("GET", f"/_matrix/client/v3/profile/@user:{SERVER_NAME}", token=token)
    answers["a module sets a display name, with deactivation"] = profile[1]["displayname"]
    errors = [line.strip() for line in main.log.splitlines() if line.startswith("ERROR")]
    answers["errors in the log when a module sets a display name, with deactivation"] = errors
    return answers


def _called(process: Homeserver) -> bool:
    """Whether the process called the module, according to its log so far."""
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
    for port, names in ((8008, ["client", "federation"]), (MAIN["port"], ["replication"]))
]
_MODULE = """
import logging

from synapse.module_api import UserID

class Module:
    def __init__(self, config, api):
        self.api = api
        api.register_account_validity_callbacks(on_user_registration=self.registered)

    async def registered(self, user):
        logging.getLogger("guide").info("on_user_registration of %s", user)
        if user.startswith("@user:"):
            user_id = UserID.from_string(user)
            await self.api.set_displayname(user_id, "User", deactivation=False)
"""
