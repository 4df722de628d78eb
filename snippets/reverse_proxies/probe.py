"""Asks your own server, from outside, what works there and what it lets through."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from snippets.reverse_proxies.answer import Answer
from snippets.reverse_proxies.asking import Asking, GivenUp, OnRequest
from snippets.reverse_proxies.client_api import client_api, for_clients, versions
from snippets.reverse_proxies.delegation import Connect, Delegation
from snippets.reverse_proxies.federation_api import (
    answers,
    federation_api,
    paths,
    transactions,
)
from snippets.reverse_proxies.finding import Finding, Verdict
from snippets.reverse_proxies.homeserver import homeserver
from snippets.reverse_proxies.https import BadTls, CannotProbe, Https
from snippets.reverse_proxies.place import FEDERATION_PORT, Place, place
from snippets.reverse_proxies.private_paths import private_paths

OPEN = "open the port to the outside"
OR_SRV = (
    f"open port {FEDERATION_PORT}, or name another place in m.server; the probe does not read SRV "
    "records, which may name one too"
)


@dataclass(frozen=True)
class Plan:
    """What to probe: where clients connect, the server name, the port for homeservers.

    `connect` makes a server from host and port, also for places that delegation leads to.
    """

    client: Https
    connect: Connect
    server_name: str | None = None
    federation_port: int | None = None


def probe(plan: Plan, on_request: OnRequest) -> Iterator[Finding]:
    """Probes each server that the plan names or leads to, and changes nothing there.

    Each request is passed to `on_request` before it is sent. Raises CannotProbe if the place where
    clients connect does not answer.
    """
    client = Asking(plan.client, on_request)
    alone = not plan.server_name and not plan.federation_port
    yield from _until_given_up(client, _clients(client, federation_too=alone))
    places = []
    name = place(plan.server_name, FEDERATION_PORT)
    if plan.federation_port:
        host = name.host if name else plan.client.host
        places.append(Place(host, plan.federation_port))
    if name and name.explicit:  # a name with a port is not delegated
        places.append(name)
    elif name:
        delegation = Delegation(name.host, plan.client, plan.connect, on_request)
        yield from _until_given_up(delegation.website, delegation.files())
        places.append(delegation.destination)
    for number, there in enumerate(places):
        if any((there.host, there.port) == (other.host, other.port) for other in places[:number]):
            continue
        same = (there.host, there.port) == (plan.client.host, plan.client.port)
        ask = client if same else Asking(plan.connect(there.host, there.port), on_request)
        asked = _homeservers(ask, plan.server_name or "", there, new=not same)
        yield from _until_given_up(ask, asked)


def _until_given_up(ask: Asking, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings, until the probe gives up on the server."""
    try:
        yield from findings
    except GivenUp:
        yield _rest(ask, "two requests had no answer")


def _rest(ask: Asking, why: str) -> Finding:
    return ask.finding("everything else", Verdict.UNKNOWN, f"not asked: {why}")


def _clients(ask: Asking, *, federation_too: bool) -> Iterator[Finding]:
    if not (yield from _handshake(ask, None)):
        return
    answer = versions(ask)
    yield from client_api(ask, answer)
    if _unusable(answer):
        yield _rest(ask, "Synapse does not answer")
        return
    known = homeserver(ask)
    says = answer.headers.get("server", "missing")[:60]
    observed = f"{known.software or 'unknown'}, header Server: {says}"
    yield ask.finding("software", Verdict.GOOD, observed)
    if isinstance(answer.value("versions"), list):
        yield from for_clients(ask, known)
        if federation_too and answers(known):
            yield from paths(ask, known)
    yield from private_paths(ask, known)
    yield ask.finding(
        "forged X-Forwarded-For", Verdict.UNKNOWN, "cannot be seen from outside",
        "send one, and look for it in Synapse's log",
    )  # fmt: skip


def _homeservers(ask: Asking, name: str, there: Place, *, new: bool) -> Iterator[Finding]:
    if new and not (yield from _handshake(ask, there)):
        return
    known = homeserver(ask)
    yield from federation_api(ask, known, name)
    if _unusable(known.version):
        if new:
            yield _rest(ask, "Synapse does not answer")
        return
    if answers(known):
        yield from paths(ask, known)
        yield transactions(ask)
    if new:
        yield from private_paths(ask, known)


def _unusable(answer: Answer) -> bool:
    """Whether asking for more is useless: no HTTP, or nothing behind the proxy."""
    return bool(answer.failure) or answer.proxy_alone


def _handshake(ask: Asking, there: Place | None) -> Generator[Finding, None, bool]:
    """Findings on TLS; returns whether the handshake succeeded.

    If `there` is given, an unreachable server is a finding too; otherwise CannotProbe is raised.
    """
    ask.on_request(f"{ask.server.name}: TLS")
    try:
        agreed = ask.server.handshake()
    except BadTls as error:
        change = "serve a certificate for this name, with its chain, from an authority"
        yield ask.finding("TLS", Verdict.BAD, _why(ask, error), change)
        return False
    except CannotProbe as error:
        if not there:
            raise
        verdict, change = (Verdict.BAD, OPEN) if there.explicit else (Verdict.WARNING, OR_SRV)
        yield ask.finding("TLS", verdict, _why(ask, error), change)
        return False
    hours = agreed.hours_left
    left = f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
    observed = f"{agreed.version}, certificate valid for {left}"
    # Automatic renewal happens earlier than that.
    yield ask.good("TLS", agreed.share_left >= 0.1, observed, "renew it")
    verdict, version = Verdict.GOOD, "HTTP/2"
    if not agreed.http2:
        verdict, version = Verdict.WARNING, "HTTP/1.1 only"
    yield ask.finding("HTTP/2", verdict, version, "let the proxy offer it: fewer connections")
    return True


def _why(ask: Asking, error: CannotProbe) -> str:
    """The error without the server's name, which the finding has anyway."""
    return str(error).removeprefix(ask.server.name).lstrip(": ")
