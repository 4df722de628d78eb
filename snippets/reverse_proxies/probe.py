"""Asks your own server, from outside, what it lets through."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from snippets.reverse_proxies.https import Answer, CannotProbe, Https


class Verdict(Enum):
    """What a finding comes to."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


# --8<-- [start:finding]
@dataclass(frozen=True)
class Finding:
    """One thing that was asked. Where it cannot be told from outside, it is unknown."""

    where: str  # host:port
    what: str
    verdict: Verdict
    seen: str
    change: str = ""  # the line to change


# --8<-- [end:finding]

ADMIN = "/_synapse/admin/v1/server_version"
# To a proxy that resolves dots, this is a path for clients; to Synapse it is none.
DRESSED_UP = "/_synapse/admin/v1/x/../../../../_matrix/client/versions"
SSO = "/_matrix/client/v3/login/sso/redirect?redirectUrl=https%3A%2F%2Fexample.com"

ONLY = "forward nothing but /_matrix/ and /_synapse/client/, and answer the rest with 404"
Tell = Callable[[str], None]


def probe(
    client: Https | None, federation: Https | None, delegating: Https | None, tell: Tell
) -> Iterator[Finding]:
    """Asks each of the servers that are given; `tell` hears what is asked next.

    Nothing is changed there: every request is a GET, and there are about a dozen for each.
    """
    if client:
        yield from _handshake(client, tell)
        yield from _clients(client, tell)
        yield from _private(client, tell)
        yield from _out_of_sight(client)
    if federation:
        yield from _handshake(federation, tell)
        yield from _homeservers(federation, tell)
        yield from _private(federation, tell)
    if delegating:
        yield from _delegation(delegating, tell)


def _handshake(server: Https, tell: Tell) -> Iterator[Finding]:
    tell(f"{server.name}: TLS")
    agreed = server.handshake()
    hours = agreed.hours_left
    left = f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
    seen = f"{agreed.version}, certificate for {left} more"
    soon = agreed.share_left < 0.1  # whoever renews by himself has done it by then
    verdict, change = (Verdict.BAD, "renew it") if soon else (Verdict.GOOD, "")
    yield Finding(server.name, "TLS", verdict, seen, change)
    spoken = "HTTP/2" if agreed.http2 else "HTTP/1.1 only"
    change = "" if agreed.http2 else "let the proxy offer HTTP/2: fewer connections"
    yield Finding(server.name, "HTTP/2", Verdict.GOOD, spoken, change)


def _clients(server: Https, tell: Tell) -> Iterator[Finding]:
    answer = _asked(server, "/_matrix/client/versions", tell)
    good = isinstance(answer.json, dict) and "versions" in answer.json
    yield _answering(server, "client API", answer, good)
    told = answer.headers.get("server", "nothing")
    yield Finding(server.name, "what it says it runs", Verdict.GOOD, told[:60])
    answer = _asked(server, "/_synapse/client/pick_idp", tell)
    good = answer.status == 400 or (answer.status == 200 and answer.body != b"")
    change = "forward /_synapse/client/ too: single sign-on and password reset need it"
    yield Finding(
        server.name, "single sign-on pages", Verdict.GOOD if good else Verdict.BAD,
        _seen(answer), "" if good else change,
    )  # fmt: skip
    answer = _asked(server, SSO, tell)
    to = answer.headers.get("location", "")
    if answer.status == 302 and to.endswith(SSO):
        change = "forward Host as it came, without adding a port; check public_baseurl"
        yield Finding(server.name, "single sign-on", Verdict.BAD, f"leads back to {to}", change)
    elif answer.status == 302:
        yield Finding(server.name, "single sign-on", Verdict.GOOD, f"leads to {to[:60]}")
    else:
        yield Finding(
            server.name, "single sign-on", Verdict.UNKNOWN, f"{_seen(answer)}: not set up"
        )


def _homeservers(server: Https, tell: Tell) -> Iterator[Finding]:
    answer = _asked(server, "/_matrix/federation/v1/version", tell)
    good = isinstance(answer.json, dict) and "server" in answer.json
    yield _answering(server, "federation API", answer, good)
    answer = _asked(server, "/_matrix/key/v2/server", tell)
    good = isinstance(answer.json, dict) and "verify_keys" in answer.json
    yield _answering(server, "server keys", answer, good)


def _answering(server: Https, what: str, answer: Answer, good: bool) -> Finding:
    change = ""
    if not good:
        change = "forward /_matrix/ to Synapse"
        if answer.status in (502, 503, 504):
            change = "see whether Synapse runs, and whether the proxy has its address"
        elif answer.errcode == "M_UNRECOGNIZED":
            change = "forward the path as it came: no path behind proxy_pass, no handle_path"
    return Finding(server.name, what, Verdict.GOOD if good else Verdict.BAD, _seen(answer), change)


def _private(server: Https, tell: Tell) -> Iterator[Finding]:
    """What must not answer from outside."""
    answer = _asked(server, ADMIN, tell)
    reached = answer.errcode or (isinstance(answer.json, dict) and "server_version" in answer.json)
    yield _closed(server, "admin API", answer, bool(reached))
    answer = _asked(server, "/_synapse/metrics", tell)
    yield _closed(server, "metrics", answer, bool(answer.errcode) or b"# HELP" in answer.body)
    answer = _asked(server, "/_synapse/replication/", tell)
    yield _closed(server, "replication", answer, bool(answer.errcode))
    answer = _asked(server, "/health", tell)
    yield _closed(server, "health", answer, bool(answer.errcode) or answer.body == b"OK")
    answer = _asked(server, DRESSED_UP, tell)
    change = "judge the raw request target, not the path with its dots resolved"
    yield Finding(
        server.name, "an admin path dressed up", Verdict.BAD if answer.errcode else Verdict.GOOD,
        _seen(answer), change if answer.errcode else "",
    )  # fmt: skip


def _closed(server: Https, what: str, answer: Answer, reached: bool) -> Finding:
    if reached:
        return Finding(server.name, what, Verdict.BAD, f"Synapse answers: {_seen(answer)}", ONLY)
    change = "answer 404 there: with 200 and nothing, a mistake looks like success"
    empty = answer.status == 200 and not answer.body
    return Finding(server.name, what, Verdict.GOOD, _seen(answer), change if empty else "")


def _out_of_sight(server: Https) -> Iterator[Finding]:
    yield Finding(
        server.name, "forged X-Forwarded-For", Verdict.UNKNOWN, "cannot be told from outside",
        "send one, and look for it in Synapse's log",
    )  # fmt: skip


def _delegation(server: Https, tell: Tell) -> Iterator[Finding]:
    for name, key in (("server", "m.server"), ("client", "m.homeserver")):
        path = f"/.well-known/matrix/{name}"
        try:
            answer = _asked(server, path, tell)
        except CannotProbe as error:
            yield Finding(server.name, path, Verdict.UNKNOWN, str(error))
            continue
        found: Any = answer.json
        if not isinstance(found, dict) or key not in found:
            change = f'serve JSON with "{key}" there, or nothing if you do not delegate'
            verdict = Verdict.UNKNOWN if answer.status == 404 else Verdict.BAD
            yield Finding(server.name, path, verdict, _seen(answer), change)
        elif name == "client" and answer.headers.get("access-control-allow-origin") != "*":
            change = "add Access-Control-Allow-Origin: *, which clients in a browser need"
            yield Finding(server.name, path, Verdict.BAD, json.dumps(found[key]), change)
        else:
            yield Finding(server.name, path, Verdict.GOOD, json.dumps(found[key])[:100])


def _asked(server: Https, target: str, tell: Tell) -> Answer:
    tell(f"{server.name}: {target}")
    return server.get(target)


def _seen(answer: Answer) -> str:
    """The answer in short."""
    if answer.errcode:
        return f"{answer.status} {answer.errcode[:40]}"
    return f"{answer.status}" if answer.body else f"{answer.status}, empty"
