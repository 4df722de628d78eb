"""A homeserver's answers over HTTP, and its requests to an application service."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from snippets.application_services import Arrived, Receiver
from tests.application_services.homeservers import AS_TOKEN, HS_TOKEN, registered
from tests.real.homeserver import LOUD, PATIENCE_S, SERVER_NAME, Homeserver, homeserver


@contextmanager
def with_service(release: str, config: dict[str, Any]) -> Iterator[tuple[Homeserver, Receiver]]:
    """A homeserver and its application service, which does not know the paths of the
    specification's v1.
    """
    unknown = {"/_matrix/app/v1/": (404, {"errcode": "M_UNRECOGNIZED"})}
    given = {**config, "rc_registration": LOUD}
    with registered(given, unknown) as (service, whole), homeserver(release, whole) as running:
        yield running, service


def clients(running: Homeserver) -> dict[str, Any]:
    """The answers to clients: status and error code."""
    user, other = running.register("user"), running.register("other")

    def ask(method: str, path: str, body: Any = None, token: str | None = user) -> Any:
        return short(running.request(method, f"/_matrix/client/{path}", body, token=token))

    room = running.request("POST", "/_matrix/client/v3/createRoom", {}, token=user)[1]["room_id"]
    message, text = f"/_matrix/client/v3/rooms/{room}/send/m.room.message/1", {"msgtype": "m.text"}
    sent = running.request("PUT", message, {**text, "body": "hello"}, token=user)
    event, report = sent[1]["event_id"], f"v3/rooms/{room}/report"
    rendezvous = "unstable/org.matrix.msc3886/rendezvous"
    dehydrated = "unstable/org.matrix.msc2697.v2/dehydrated_device"
    answers = {
        "a report of an event": ask("POST", f"{report}/{event}", {}),
        "a report of an unknown event": ask("POST", f"{report}/$unknown", {}),
        "a report from outside the room": ask("POST", f"{report}/{event}", {}, other),
        "GET /_matrix/client/v1/media/config": ask("GET", "v1/media/config"),
        "a rendezvous of MSC3886": ask("POST", rendezvous, {}, None),
        "a dehydrated device of MSC2697": ask("GET", dehydrated),
    }
    ask("GET", "versions")
    line = running.logs('"GET /_matrix/client/versions')
    logged = line.partition("Processed request: ")[2].partition('"GET')[0]
    return {
        **answers,
        "the line of a request in the log": re.sub(r"\d+(\.\d+)?", "N", logged).strip(),
    }


def limited_profiles(running: Homeserver) -> dict[str, Any]:
    """The answer about a user without a shared room, if profiles are limited."""
    token = running.register("asking")
    running.register("stranger")
    profile = f"/_matrix/client/v3/profile/@stranger:{SERVER_NAME}"
    return {
        "a limited profile, with a token": short(running.request("GET", profile, token=token)),
        "a limited profile, without a token": short(running.request("GET", profile)),
    }


def allowances(running: Homeserver) -> dict[str, Any]:
    """The answers to clients for what a release or an option allows."""
    token = running.register("allowed")

    def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return running.request(method, f"/_matrix/{path}", body, token=token)

    media = ask("POST", "media/v3/upload", {})[1]["content_uri"].removeprefix("mxc://")
    quiet = ask("POST", "client/v3/createRoom", {})[1]["room_id"]
    made = ask("POST", "client/v3/createRoom", {"visibility": "public"})
    published = ask("GET", f"client/v3/directory/list/room/{made[1]['room_id']}")
    administrator = running.register("administrator", admin=True)
    room = running.request("POST", "/_matrix/client/v3/createRoom", {}, token=administrator)
    listed = f"/_matrix/client/v3/directory/list/room/{room[1]['room_id']}"
    mutual = "client/unstable/uk.half-shot.msc2666/user/mutual_rooms?user_id=@a:example.com"
    return {
        "a download without a token": short(
            running.request("GET", f"/_matrix/media/v3/download/{media}")
        ),
        "making a public room": short(made),
        "a room that was made public": published[1]["visibility"],
        "publishing a room": short(ask("PUT", f"client/v3/directory/list/room/{quiet}", {})),
        "publishing a room, as an administrator": short(
            running.request("PUT", listed, {}, token=administrator)
        ),
        "mutual rooms": short(ask("GET", mutual)),
    }


def application_service(running: Homeserver, service: Receiver) -> dict[str, Any]:
    """What an application service may do, and the paths at which it is asked, in order."""

    def ask(method: str, path: str, body: Any = None) -> Any:
        return short(running.request(method, f"/_matrix/client/{path}", body, token=AS_TOKEN))

    def asked() -> list[str]:
        paths = [request.path for request in service.arrived]
        service.arrived.clear()
        return paths

    answers = {}
    ask("GET", "v3/directory/room/%23_irc_x:example.com")
    answers["where the token is"] = service.arrived[-1].token_in(HS_TOKEN)
    answers["paths for an alias"] = asked()
    ask("GET", "v3/thirdparty/protocol/irc")
    answers["paths for a protocol"] = asked()
    for name, path in (("a ping", "v1"), ("a ping of MSC2659", "unstable/fi.mau.msc2659")):
        answers[name] = ask("POST", f"{path}/appservice/irc/ping", {})
        answers[f"paths for {name}"] = asked()
    login = {"type": "m.login.application_service"}
    answers["a registration with user"] = ask("POST", "v3/register", {**login, "user": "_irc_a"})
    ask("POST", "v3/register", {**login, "username": "_irc_b"})
    service.arrived.clear()
    ask("POST", "v3/createRoom?user_id=@_irc_b:example.com", {})
    answers["paths for a transaction"] = _tries(service)
    return answers


def _tries(service: Receiver) -> list[str]:
    """The paths of the first transaction, until it arrives at the old path or is sent again."""

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


def delegated(running: Homeserver) -> dict[str, Any]:
    """The answer to a registration by an application service, if another service logs users in."""
    login = {"type": "m.login.application_service"}
    answers = {}
    for name, more in (("", {}), (" that inhibits the login", {"inhibit_login": True})):
        body = {**login, "username": f"_irc_{len(more)}", **more}
        answer = running.request("POST", "/_matrix/client/v3/register", body, token=AS_TOKEN)
        answers[f"a registration beside MAS{name}"] = short(answer)
    return answers


def short(answer: tuple[int, Any]) -> list[Any]:
    """The status and the kind of error."""
    status, body = answer
    return [status, *([body["errcode"]] if isinstance(body, dict) and "errcode" in body else [])]
