"""Asks an application service as a release of Synapse does, with its own ApplicationServiceApi.

This file runs in the environment of a release. It reads a registration a line and prints, for
each call, what is given (or "error") and what Synapse warned of; at the end for how many seconds
Synapse would have waited for an answer. Its argument is how long to wait instead, in seconds.
"""

import inspect
import json
import logging
import re
import sys
import tempfile
from typing import Any

from synapse.app.homeserver import SynapseHomeServer
from synapse.appservice import ApplicationService
from synapse.config.appservice import load_appservices
from synapse.config.homeserver import HomeServerConfig
from synapse.http import client
from synapse.types import DeviceListUpdates
from twisted.internet import defer, reactor

waits: set[float] = set()
WAIT_S = json.loads(sys.argv[1])
CONFIG = {
    "server_name": "example.com",
    "report_stats": False,
    "suppress_key_server_warning": True,
    "trusted_key_servers": [],
    "macaroon_secret_key": "unused",
    "form_secret": "unused",
    "signing_key": f"ed25519 key {'A' * 43}",
    "ip_range_blacklist": [],
    "database": {"name": "sqlite3", "args": {"database": ":memory:"}},
    "media_store_path": "media",
    "enable_media_repo": False,
}


class Kept(logging.Handler):
    """Keeps warnings of the API, but for addresses and what an exception says of itself."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said, threw, _ = record.getMessage().partition("threw exception")
        self.lines.append(re.sub(r"http://\S+", "…", said) + threw)


def homeserver() -> SynapseHomeServer:
    config = HomeServerConfig()
    config.parse_config_dict(CONFIG, "", "")
    made = SynapseHomeServer("example.com", config=config)
    made.setup()
    return made


def wait_less() -> None:
    """Synapse waits for 60 s, a number in its code; here it waits as long as it was told to."""
    wait = client.timeout_deferred

    def less(*arguments: Any, **named: Any) -> Any:
        bound = inspect.signature(wait).bind(*arguments, **named)
        waits.add(bound.arguments["timeout"])
        bound.arguments["timeout"] = WAIT_S
        return wait(*bound.args, **bound.kwargs)

    client.timeout_deferred = less


def service(entry: dict[str, Any]) -> ApplicationService:
    """The application service of a registration, with an id of its own in the cache."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump({**entry, "id": entry["url"]}, file)
        file.flush()
        (found,) = load_appservices("example.com", [file.name])
    return found


async def told(asked: Any, kept: Kept) -> list[Any]:
    kept.lines.clear()
    try:
        given = await asked
    except Exception:  # Synapse's own kinds, and whatever its network raises
        given = "error"
    return [given, *kept.lines]


async def main(api: Any, kept: Kept) -> None:
    names = [name for name in inspect.signature(api.push_bulk).parameters if name != "service"]
    given: dict[str, Any] = {"device_list_summary": DeviceListUpdates(), "txn_id": 1}
    given |= {name: [] for name in ("events", "ephemeral", "to_device_messages")}
    nothing = {name: given.get(name, {}) for name in names}
    for line in sys.stdin:
        asked = service(json.loads(line))
        calls = {
            "query_user": api.query_user(asked, "@_irc_x:example.com"),
            "query_alias": api.query_alias(asked, "#_irc_x:example.com"),
            "query_3pe": api.query_3pe(asked, "user", "irc", {}),
            "get_3pe_protocol": api.get_3pe_protocol(asked, "irc"),
            "push_bulk": api.push_bulk(asked, **nothing),
            "ping": api.ping(asked, "one"),
        }
        print(json.dumps({name: await told(call, kept) for name, call in calls.items()}))
    print(json.dumps(sorted(waits)))


def run() -> None:
    kept = Kept()
    logging.getLogger("synapse.appservice.api").addHandler(kept)
    wait_less()
    api = homeserver().get_application_service_api()
    failures: list[Any] = []

    def start() -> None:
        done = defer.ensureDeferred(main(api, kept))
        done.addErrback(failures.append)
        done.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(start)
    reactor.run()
    for failure in failures:
        failure.printTraceback(sys.stderr)
    sys.exit(bool(failures))


run()
