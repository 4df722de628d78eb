"""What other homeservers need: the API, the keys, unchanged paths, and large transactions."""

from collections.abc import Iterator

from snippets.reverse_proxies.asking import Asking
from snippets.reverse_proxies.client_api import arrived, body_limit, why_not
from snippets.reverse_proxies.finding import Finding, Verdict
from snippets.reverse_proxies.homeserver import Homeserver, escaped

# Synapse knows this path only while the slash is encoded; it then answers that a signature is
# missing.
EVENT = "/_matrix/federation/v1/event/%24a%2Fb"
# Synapse does not decode paths: it knows this one only if a proxy decoded the v.
DECODED = "/_matrix/federation/v1/%76ersion"
SEND = "/_matrix/federation/v1/send/probe"

SLASHES = (
    "forward the path unchanged: no path after proxy_pass; in Apache nocanon and "
    "AllowEncodedSlashes NoDecode. On a changed path, other homeservers' signatures fail"
)
ESCAPES = (
    "forward the path unchanged: in Apache, nocanon after ProxyPass. If %24 in an event ID "
    "is decoded, other homeservers' signatures fail"
)


def answers(homeserver: Homeserver) -> bool:
    """Whether the federation API answers."""
    return bool(homeserver.software)


def federation_api(ask: Asking, homeserver: Homeserver, name: str) -> Iterator[Finding]:
    """Whether the API and the keys are there, and belong to `name`, if it is given."""
    version, keys = homeserver.version, homeserver.keys
    observed = (
        f"{version.in_short}, {homeserver.software}" if answers(homeserver) else version.in_short
    )
    yield ask.good("federation API", answers(homeserver), observed, why_not(version))
    if homeserver.name and name not in ("", homeserver.name):
        observed = f"they belong to {homeserver.name[:60]}"
        change = f"let {name[:60]} lead to its own homeserver, or correct --server-name"
        yield ask.finding("server keys", Verdict.BAD, observed, change)
        return
    yield ask.good("server keys", bool(homeserver.name), keys.in_short, why_not(keys))


def paths(ask: Asking, homeserver: Homeserver) -> Iterator[Finding]:
    """Whether a path reaches Synapse unchanged."""
    answer = ask(EVENT)
    yield ask.finding("%2F in a path", arrived(answer), answer.in_short, SLASHES)
    answer = ask(DECODED)
    decoded = answer.status == 200 and isinstance(answer.value("server"), dict)
    if not decoded:
        verdict = Verdict.GOOD if answer.errcode else Verdict.UNKNOWN
        yield ask.finding("%24 in a path", verdict, answer.in_short)
    elif _letters_only(ask, homeserver):
        observed = "letters arrive decoded, %24 unchanged"
        yield ask.finding("%24 in a path", Verdict.GOOD, observed)
    else:
        yield ask.finding("%24 in a path", Verdict.BAD, "arrives decoded", ESCAPES)


def _letters_only(ask: Asking, homeserver: Homeserver) -> bool:
    """Whether the proxy decodes only characters that never need escaping: no homeserver escapes
    them.

    Since 1.95 Synapse's error for missing media repeats the path as it arrived.
    """
    if not homeserver.name:
        return False
    start = f"/_matrix/media/v3/download/{escaped(homeserver.name)}/"
    error = ask(f"{start}%24a%2Fb%76").value("error")
    return isinstance(error, str) and "/%24a%2Fbv" in error


def transactions(ask: Asking) -> Finding:
    """Whether 2 MB get through: a transaction may have fifty events of 64 kB."""
    return body_limit(ask, "transaction of 2 MB", "PUT", SEND)
