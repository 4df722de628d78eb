"""The paths that must not answer from outside."""

from collections.abc import Iterator

from snippets.reverse_proxies.answer import Answer
from snippets.reverse_proxies.asking import Asking
from snippets.reverse_proxies.client_api import VERSIONS
from snippets.reverse_proxies.finding import Finding, Verdict
from snippets.reverse_proxies.homeserver import Homeserver, escaped

ADMIN = "/_synapse/admin/v1/server_version"
METRICS = "/_synapse/metrics"
# An unknown stream. Without replication, Synapse does not know the path.
REPLICATION = "/_synapse/replication/get_repl_stream_updates/probe/probe"
HEALTH = "/health"

# Before this release, anything could follow a path of the admin API.
ADMIN_PATHS_END_SINCE = "1.157"

ONLY = "forward only /_matrix/ and /_synapse/client/, and answer the rest with 404"


def dotted(name: str) -> str:
    """A path that a proxy which resolves dots takes for a client path, and an old Synapse for an
    admin path.
    """
    user = escaped(f"@probe:{name or 'example.com'}")
    return f"/_synapse/admin/v1/users/{user}/accountdata{'/..' * 6}{VERSIONS}"


def private_paths(ask: Asking, homeserver: Homeserver) -> Iterator[Finding]:
    """Asks for each. Without an administrator's token, none of them changes anything."""
    answer = ask(ADMIN)
    yield _closed(ask, "admin API", answer, isinstance(answer.value("server_version"), str))
    answer = ask(METRICS)
    shown = b"# HELP" in answer.body and b"# TYPE" in answer.body
    yield _closed(ask, "metrics", answer, shown)
    answer = ask(REPLICATION)
    yield _closed(ask, "replication", answer, False)
    answer = ask(HEALTH)
    if answer.status == 200 and answer.body.strip() == b"OK":
        yield ask.finding("health", Verdict.WARNING, "200, OK: nobody outside needs it", ONLY)
    else:
        yield _closed(ask, "health", answer, False)
    yield _dots(ask, homeserver)


def _closed(ask: Asking, what: str, answer: Answer, shown: bool) -> Finding:
    """BAD if Synapse has something there, a warning if it is reached but has nothing there."""
    # 405 is M_UNRECOGNIZED too, but there the path exists.
    nothing = (answer.status, answer.errcode) == (404, "M_UNRECOGNIZED")
    if shown or (answer.errcode and not nothing):
        return ask.finding(what, Verdict.BAD, f"Synapse answers: {answer.in_short}", ONLY)
    if nothing:
        observed = f"{answer.in_short}: reaches Synapse, which has nothing there"
        return ask.finding(what, Verdict.WARNING, observed, ONLY)
    if answer.late:
        return ask.finding(what, Verdict.UNKNOWN, answer.in_short)
    if what == "admin API" and answer.status == 200 and not answer.body:
        change = "answer 404 there: an empty 200 makes a mistake look like success"
        return ask.finding(what, Verdict.WARNING, answer.in_short, change)
    return ask.finding(what, Verdict.GOOD, answer.in_short)


def _dots(ask: Asking, homeserver: Homeserver) -> Finding:
    answer = ask(dotted(homeserver.name))
    what = "admin path with dots"
    change = "match the path as it was sent, before dots are resolved"
    who = homeserver.software or "Synapse"
    if answer.errcode == "M_UNRECOGNIZED":
        observed = (
            f"{answer.in_short}: reaches {who}, which refuses it; releases before "
            f"{ADMIN_PATHS_END_SINCE} accept it"
        )
        return ask.finding(what, Verdict.WARNING, observed, change)
    if answer.errcode:
        change += f", or run Synapse {ADMIN_PATHS_END_SINCE} or newer"
        return ask.finding(what, Verdict.BAD, f"{answer.in_short}: {who} accepts it", change)
    verdict = Verdict.UNKNOWN if answer.late else Verdict.GOOD
    return ask.finding(what, verdict, answer.in_short)
