"""Asks an application service with a release's own ApplicationServiceApi.

This file runs in the environment of a release. For each registration that it reads, it prints for
each call what is returned (or "error") and Synapse's warnings; for null it prints Synapse's normal
timeout in seconds. Its argument is the timeout to use instead, in seconds.
"""

import inspect
import json
import re
import sys
import tempfile
from collections.abc import Awaitable
from functools import partial
from typing import Any

from synapse.app.homeserver import SynapseHomeServer
from synapse.appservice import ApplicationService
from synapse.config.appservice import load_appservices
from synapse.http import client
from synapse.types import DeviceListUpdates

from tests.real.driver import Kept, parsed, serve_in_reactor

waits: set[float] = set()
CONFIG = {
    "ip_range_blacklist": [],
    "database": {"name": "sqlite3", "args": {"database": ":memory:"}},
    "media_store_path": "media",
    "enable_media_repo": False,
}


def homeserver() -> SynapseHomeServer:
    made = SynapseHomeServer("example.com", config=parsed(CONFIG))
    made.setup()
    return made


def wait_less(wait_s: float) -> None:
    """Replaces Synapse's timeout of 60 s, which is fixed in its code."""
    wait = client.timeout_deferred

    def less(*arguments: Any, **named: Any) -> Any:
        bound = inspect.signature(wait).bind(*arguments, **named)
        waits.add(bound.arguments["timeout"])
        bound.arguments["timeout"] = wait_s
        return wait(*bound.args, **bound.kwargs)

    client.timeout_deferred = less


def service(entry: dict[str, Any]) -> ApplicationService:
    """The application service of a registration, with an id that is unique in the cache."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump({**entry, "id": entry["url"] or "nowhere"}, file)
        file.flush()
        (found,) = load_appservices("example.com", [file.name])
    return found


async def outcome(call: Awaitable[Any]) -> list[Any]:
    """The result, and the warnings without addresses and texts of exceptions."""
    with Kept("synapse.appservice.api") as kept:
        try:
            given = await call
        except Exception:  # Synapse's own, and whatever its network code raises
            given = "error"
    parts = (line.partition("threw exception") for line in kept.lines)
    return [given, *(re.sub(r"http://\S+", "…", text) + threw for text, threw, _ in parts)]


async def answer(api: Any, registration: dict[str, Any] | None) -> Any:
    if registration is None:
        return sorted(waits)
    names = [name for name in inspect.signature(api.push_bulk).parameters if name != "service"]
    given: dict[str, Any] = {"device_list_summary": DeviceListUpdates(), "txn_id": 1}
    given |= {name: [] for name in ("events", "ephemeral", "to_device_messages")}
    nothing = {name: given.get(name, {}) for name in names}
    asked = service(registration)
    calls = {
        "query_user": api.query_user(asked, "@_irc_x:example.com"),
        "query_alias": api.query_alias(asked, "#_irc_x:example.com"),
        "query_3pe": api.query_3pe(asked, "user", "irc", {}),
        "get_3pe_protocol": api.get_3pe_protocol(asked, "irc"),
        "push_bulk": api.push_bulk(asked, **nothing),
        "ping": api.ping(asked, "one"),
    }
    return {name: await outcome(call) for name, call in calls.items()}


if __name__ == "__main__":
    wait_less(json.loads(sys.argv[1]))
    serve_in_reactor(partial(answer, homeserver().get_application_service_api()))
