"""Real homeservers with an application service, and the requests that they send to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml

from snippets.application_services import Arrived, Receiver, receiver
from tests.real.homeserver import PATIENCE_S, Homeserver, homeserver
from tests.real.releases import NEWEST, OLD

HS_TOKEN, AS_TOKEN = "told-to-the-service", "told-to-the-homeserver"


class Case(NamedTuple):
    """A release, and its option for the token in the query; None if it is not set."""

    release: str
    legacy: object

    @property
    def name(self) -> str:
        option = "default" if self.legacy is None else repr(self.legacy).lower()
        return f"{self.release}, {option}"


CASES = [
    Case("1.89.0", None),
    Case(OLD, None),
    Case(OLD, True),
    Case(OLD, "false"),
    Case(NEWEST, None),
    Case(NEWEST, True),
]

# The calls to the application service, by the beginning of the target's path.
CALLS = {
    "query_user": "/_matrix/app/v1/users/",
    "query_alias": "/_matrix/app/v1/rooms/",
    "get_3pe_protocol": "/_matrix/app/v1/thirdparty/protocol/",
    "query_3pe, user": "/_matrix/app/v1/thirdparty/user/",
    "query_3pe, location": "/_matrix/app/v1/thirdparty/location/",
    "push_bulk": "/_matrix/app/v1/transactions/",
    "ping": "/_matrix/app/v1/ping",
}
ANSWERS: dict[str, tuple[int, Any]] = {
    CALLS["query_user"]: (404, {"errcode": "M_NOT_FOUND"}),
    CALLS["query_alias"]: (404, {"errcode": "M_NOT_FOUND"}),
    CALLS["get_3pe_protocol"]: (200, {"instances": [{"network_id": "libera", "desc": "Libera"}]}),
    CALLS["query_3pe, user"]: (
        200,
        [{"userid": "@_irc_x:example.com", "protocol": "irc", "fields": {}}, {"userid": 1}],
    ),
    CALLS["query_3pe, location"]: (200, []),
}


def registration(url: str | None) -> dict[str, Any]:
    """The registration of an application service at `url`, or at no address."""
    everybody = {"exclusive": True, "regex": "@_irc_.*"}
    rooms = {"exclusive": True, "regex": "#_irc_.*"}
    return {
        "id": "irc",
        "url": url,
        "hs_token": HS_TOKEN,
        "as_token": AS_TOKEN,
        "sender_localpart": "_irc_bot",
        "namespaces": {"users": [everybody], "aliases": [rooms], "rooms": []},
        "protocols": ["irc"],
    }


def first_headers(release: str) -> list[str]:
    """The Authorization headers of the first request of older releases, by release."""
    with registered({}, ANSWERS) as (service, config), homeserver(release, config) as running:
        _ask_for_an_alias(running)
        return service.arrived[0].authorization


class Run(NamedTuple):
    """The requests that a homeserver sent in a short run, and whether it warned of the option."""

    arrived: list[Arrived]
    warned: bool


def asked(case: Case) -> Run:
    """Starts the release with an application service, and triggers every call as a client."""
    option = "use_appservice_legacy_authorization"
    given = {} if case.legacy is None else {option: case.legacy}
    with (
        registered(given, ANSWERS) as (service, config),
        homeserver(case.release, config) as running,
    ):
        _trigger(running)
        service.wait_for(_has_every_call, PATIENCE_S)
        warned = "legacy authorization via query params is deprecated" in running.log
        return Run(list(service.arrived), warned)


@contextmanager
def registered(
    given: dict[str, Any], answers: dict[str, tuple[int, Any]]
) -> Iterator[tuple[Receiver, dict[str, Any]]]:
    """An application service with these answers, and the configuration that registers it."""
    with TemporaryDirectory(prefix="guide-registration-") as folder, receiver(HS_TOKEN) as service:
        service.accept = ("header", "query")
        service.answers = answers
        file = Path(folder, "registration.yaml")
        file.write_text(yaml.safe_dump(registration(service.url)))
        yield service, {**given, "app_service_config_files": [str(file)]}


def _ask_for_an_alias(running: Homeserver) -> None:
    path = "/_matrix/client/v3/directory/room/%23_irc_x%20y%3Aexample.com"
    running.request("GET", path, token=AS_TOKEN)


def _trigger(running: Homeserver) -> None:
    """Requests of clients that make a homeserver call its application service."""

    def ask(method: str, path: str, body: Any = None) -> None:
        running.request(method, path, body, token=AS_TOKEN)

    _ask_for_an_alias(running)
    ask("GET", "/_matrix/client/v3/thirdparty/protocol/irc")
    ask("GET", "/_matrix/client/v3/thirdparty/user/irc?nick=a+b%26c")
    ask("GET", "/_matrix/client/v3/thirdparty/location/irc?channel=%23x")
    login = {"type": "m.login.application_service", "username": "_irc_alice"}
    ask("POST", "/_matrix/client/v3/register", login)
    room = {"invite": ["@_irc_ghost:example.com"]}
    ask("POST", "/_matrix/client/v3/createRoom?user_id=%40_irc_alice%3Aexample.com", room)
    ask("POST", "/_matrix/client/v1/appservice/irc/ping", {"transaction_id": "one"})


def _has_every_call(arrived: list[Arrived]) -> bool:
    return all(any(asked.path.startswith(path) for asked in arrived) for path in CALLS.values())


def first_of_each(arrived: list[Arrived]) -> dict[str, Arrived]:
    """The first request of each kind of call."""
    return {
        call: next(request for request in arrived if request.path.startswith(path))
        for call, path in CALLS.items()
    }
