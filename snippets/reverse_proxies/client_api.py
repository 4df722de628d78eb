"""What clients need: the API, single sign-on, uploads, and the headers that browsers ask for."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from snippets.reverse_proxies.answer import Answer
from snippets.reverse_proxies.asking import Asking
from snippets.reverse_proxies.finding import Finding, Verdict
from snippets.reverse_proxies.homeserver import Homeserver, escaped

VERSIONS = "/_matrix/client/versions"
SSO = "/_matrix/client/v3/login/sso/redirect?redirectUrl=https%3A%2F%2Fexample.com"
# Exists even if single sign-on is not set up; without a name it refuses, in JSON.
SSO_PAGES = "/_synapse/client/pick_username/check"
UPLOAD = "/_matrix/media/v3/upload"
LOGIN = "/_matrix/client/v3/login"

BODY = bytes(2_000_000)  # above nginx's default limit, 1 MB
ORIGIN = {"Origin": "https://app.example.org"}
PREFLIGHT = {
    **ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization, content-type",
}


def versions(ask: Asking) -> Answer:
    """Asks for the versions of the client API, as a browser does."""
    return ask(VERSIONS, headers=ORIGIN)


def client_api(ask: Asking, answer: Answer) -> Iterator[Finding]:
    """Whether the client API answers, and whether a browser may read it."""
    good = isinstance(answer.value("versions"), list)
    yield ask.good("client API", good, answer.in_short, why_not(answer))
    if good:
        allowed, change = _allowed(answer)
        yield ask.good("CORS", allowed, _origin(answer), change)


def why_not(answer: Answer) -> str:
    """What to change if an API of Synapse does not answer."""
    if answer.proxy_alone:
        return "check that Synapse runs, and that the proxy has its address"
    if answer.failure:
        return "check what listens there; in HAProxy, put `mode http` into `defaults`"
    return "forward /_matrix/ to Synapse, with the path unchanged: no handle_path"


def for_clients(ask: Asking, homeserver: Homeserver) -> Iterator[Finding]:
    """Everything else that clients need."""
    answer = ask(SSO_PAGES)
    change = "forward /_synapse/client/ too: single sign-on and password reset need it"
    yield ask.good("single sign-on pages", bool(answer.errcode), answer.in_short, change)
    yield _single_sign_on(ask)
    yield from _aliases(ask, homeserver)
    yield body_limit(ask, "upload of 2 MB", "POST", UPLOAD)
    yield _preflight(ask)


def _single_sign_on(ask: Asking) -> Finding:
    answer = ask(SSO)
    to = answer.headers.get("location", "")
    what = "single sign-on"
    if answer.status != 302:
        return ask.finding(what, Verdict.UNKNOWN, f"{answer.in_short}: not set up")
    if not to.endswith(SSO):
        return ask.finding(what, Verdict.GOOD, f"leads to {to[:60]}")
    if _place(to) == (ask.server.host, ask.server.port):
        change = (
            "forward Host unchanged, without adding a port, and send X-Forwarded-For and "
            "X-Forwarded-Proto; check public_baseurl"
        )
        return ask.finding(what, Verdict.BAD, f"leads back to {to[:60]}", change)
    change = "probe the address that public_baseurl has, or correct it"
    return ask.finding(what, Verdict.WARNING, f"leads to public_baseurl first: {to[:60]}", change)


def _place(url: str) -> tuple[str | None, int] | None:
    try:
        parts = urlsplit(url)
        return parts.hostname, parts.port or 443
    except ValueError:
        return None


def _aliases(ask: Asking, homeserver: Homeserver) -> Iterator[Finding]:
    """Whether an encoded slash arrives encoded: in a room alias that nobody has."""
    if not homeserver.name:  # Synapse would ask another server about that server's alias
        return
    answer = ask(f"/_matrix/client/v3/directory/room/{escaped('#a/b:' + homeserver.name)}")
    change = (
        "forward the path unchanged: no path after proxy_pass; in Apache nocanon and "
        "AllowEncodedSlashes NoDecode"
    )
    yield ask.finding("%2F in an alias", arrived(answer), answer.in_short, change)


def arrived(answer: Answer) -> Verdict:
    """Whether a path arrived unchanged; Synapse does not know it otherwise."""
    if answer.late:
        return Verdict.UNKNOWN
    return Verdict.BAD if answer.errcode in (None, "M_UNRECOGNIZED") else Verdict.GOOD


def body_limit(ask: Asking, what: str, method: str, target: str) -> Finding:
    """Whether a body of 2 MB gets through. Synapse refuses it, since it has no token."""
    answer = ask(target, method=method, body=BODY)
    if answer.status == 413 and not answer.errcode:
        change = "allow as much as Synapse does: client_max_body_size 50M"
        return ask.finding(what, Verdict.BAD, answer.in_short, change)
    if answer.errcode:
        return ask.finding(what, Verdict.GOOD, f"{answer.in_short}: Synapse got it")
    change = "compare the proxy's limit for a body, and max_upload_size"
    return ask.finding(what, Verdict.UNKNOWN, answer.in_short, change)


def _preflight(ask: Asking) -> Finding:
    answer = ask(LOGIN, method="OPTIONS", headers=PREFLIGHT)
    allowed, change = _allowed(answer)
    if not 200 <= answer.status < 300:
        allowed, change = False, "let OPTIONS through to Synapse: browsers send it first"
    elif allowed and "authorization" not in _header(answer, "headers").lower():
        allowed, change = False, "let Synapse answer OPTIONS: it allows the header Authorization"
    verdict = Verdict.GOOD if allowed else Verdict.UNKNOWN if answer.failure else Verdict.BAD
    return ask.finding("CORS preflight", verdict, _origin(answer), change)


def _allowed(answer: Answer) -> tuple[bool, str]:
    """Whether a browser gives the answer to a client from another site; if not, what to change."""
    allowed = _header(answer, "origin")
    if "," in allowed:
        return False, "do not add Access-Control-Allow-Origin: Synapse sends it; twice is invalid"
    change = "let Access-Control-Allow-Origin: * through: clients in a browser need it"
    return allowed in ("*", ORIGIN["Origin"]), change


def _header(answer: Answer, name: str) -> str:
    return answer.headers.get(f"access-control-allow-{name}", "")


def _origin(answer: Answer) -> str:
    allowed = _header(answer, "origin")[:60]
    if answer.failure:
        return answer.failure
    return f"{answer.status}, Access-Control-Allow-Origin: {allowed or 'missing'}"
