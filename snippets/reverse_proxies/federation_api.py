"""What other homeservers need: the API, the keys, paths as they came, and large transactions."""

from collections.abc import Iterator

from snippets.reverse_proxies.asking import Asking
from snippets.reverse_proxies.client_api import arrived, body_limit, why_not
from snippets.reverse_proxies.finding import Finding, Verdict
from snippets.reverse_proxies.homeserver import Homeserver, escaped

# A path of Synapse's only where the slash is still encoded; the answer is that a signature is
# missing.
EVENT = "/_matrix/federation/v1/event/%24a%2Fb"
# A path of Synapse's only where somebody decoded the v: Synapse itself compares it as it came.
DECODED = "/_matrix/federation/v1/%76ersion"
SEND = "/_matrix/federation/v1/send/probe"

SLASHES = (
    "forward the path as it came: no path behind proxy_pass; in Apache nocanon and "
    "AllowEncodedSlashes NoDecode. The signatures of other homeservers do not fit another"
)
ESCAPES = (
    "forward the path as it came: in Apache nocanon behind ProxyPass. With %24 of an event's ID "
    "decoded, the signatures of other homeservers do not fit"
)


def answers(homeserver: Homeserver) -> bool:
    """Whether the federation API answers."""
    return bool(homeserver.software)


def federation_api(ask: Asking, homeserver: Homeserver, name: str) -> Iterator[Finding]:
    """Whether the API and the keys are there, and are those of the name, if there is one."""
    version, keys = homeserver.version, homeserver.keys
    observed = (
        f"{version.in_short}, {homeserver.software}" if answers(homeserver) else version.in_short
    )
    yield ask.good("federation API", answers(homeserver), observed, why_not(version))
    if homeserver.name and name not in ("", homeserver.name):
        observed = f"they are those of {homeserver.name[:60]}"
        change = f"let {name[:60]} lead to its own homeserver, or correct --server-name"
        yield ask.finding("server keys", Verdict.BAD, observed, change)
        return
    yield ask.good("server keys", bool(homeserver.name), keys.in_short, why_not(keys))


def paths(ask: Asking, homeserver: Homeserver) -> Iterator[Finding]:
    """Whether a path arrives as it came."""
    answer = ask(EVENT)
    yield ask.finding("%2F in a path", arrived(answer), answer.in_short, SLASHES)
    answer = ask(DECODED)
    decoded = answer.status == 200 and isinstance(answer.value("server"), dict)
    if not decoded:
        verdict = Verdict.GOOD if answer.errcode else Verdict.UNKNOWN
        yield ask.finding("%24 in a path", verdict, answer.in_short)
    elif _letters_only(ask, homeserver):
        observed = "letters arrive decoded, %24 as it came"
        yield ask.finding("%24 in a path", Verdict.GOOD, observed)
    else:
        yield ask.finding("%24 in a path", Verdict.BAD, "arrives decoded", ESCAPES)


def _letters_only(ask: Asking, homeserver: Homeserver) -> bool:
    """Whether only what never needs an escape is decoded, which no homeserver escapes.

    Synapse since 1.95 repeats the path of media that are not there, as it came.
    """
    if not homeserver.name:
        return False
    start = f"/_matrix/media/v3/download/{escaped(homeserver.name)}/"
    error = ask(f"{start}%24a%2Fb%76").value("error")
    return isinstance(error, str) and "/%24a%2Fbv" in error


def transactions(ask: Asking) -> Finding:
    """Whether 2 MB get through: fifty events of 64 kB may come at once."""
    return body_limit(ask, "transaction of 2 MB", "PUT", SEND)
