"""Both delegation files: what they say, how they are served, and whether they lead to a server."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import quote, urljoin, urlsplit

from snippets.reverse_proxies.answer import JSON, Answer
from snippets.reverse_proxies.asking import Asking, OnRequest
from snippets.reverse_proxies.client_api import ORIGIN, VERSIONS
from snippets.reverse_proxies.finding import Finding, Verdict
from snippets.reverse_proxies.https import Https
from snippets.reverse_proxies.place import FEDERATION_PORT, Place, place

Connect = Callable[[str, int], Https]
SERVER, CLIENT = "/.well-known/matrix/server", "/.well-known/matrix/client"
MOST_REDIRECTS = 5
LONGEST_URL = 2000

WEBSITE = "serve both files over HTTPS, with a certificate for this name"


class Delegation:
    """Reads the files of a name; after that, `destination` is the place of its homeserver."""

    def __init__(self, name: str, client: Https, connect: Connect, on_request: OnRequest) -> None:
        self.destination = Place(name, FEDERATION_PORT, explicit=False)
        self.website = Asking(connect(name, 443), on_request)
        self._client, self._connect, self._on_request = client, connect, on_request
        self._name, self._delegates = name, False

    def files(self) -> Iterator[Finding]:
        """Findings on both files."""
        yield from self._server()
        yield from self._clients()

    def _server(self) -> Iterator[Finding]:
        """The file for homeservers."""
        answer, route = self._fetched(SERVER)
        ask = self.website
        others = f"other servers connect to {self._name}:{FEDERATION_PORT}"
        stated = answer.value("m.server")
        destination = place(stated, FEDERATION_PORT)
        if answer.failure:
            yield ask.finding(
                SERVER, Verdict.WARNING, f"{route}{answer.failure}: {others}", WEBSITE
            )
        elif answer.status == 404:
            yield ask.finding(SERVER, Verdict.GOOD, f"404: {others}")
        elif answer.status != 200 or not destination:
            # Other servers treat a file that is not JSON as no delegation.
            verdict = Verdict.BAD if answer.is_json else Verdict.WARNING
            change = (
                'serve {"m.server": "matrix.example.com:443"} there, or 404 if you do not delegate'
            )
            observed = f"{route}{_excerpt(answer, stated)}: {others}"
            yield ask.finding(SERVER, verdict, observed, change)
        else:
            self.destination, self._delegates = destination, True
            yield self._served(SERVER, answer, f"{route}{_quoted(stated)}")

    def _clients(self) -> Iterator[Finding]:
        """The file for clients."""
        answer, route = self._fetched(CLIENT)
        ask = self.website
        homeserver = answer.value("m.homeserver")
        stated = homeserver.get("base_url") if isinstance(homeserver, dict) else None
        base = _base(stated)
        if answer.failure:
            yield ask.finding(CLIENT, Verdict.WARNING, route + answer.failure, WEBSITE)
        elif answer.status == 404 and self._name == self._client.host:
            yield ask.finding(CLIENT, Verdict.GOOD, "404: not needed, the names are the same")
        elif answer.status != 200 or not base:
            # Without delegation, users may be meant to enter the address themselves.
            wrong = self._delegates or answer.is_json
            change = (
                f'serve {{"m.homeserver": {{"base_url": "https://{self._client.host}"}}}} there: '
                f"clients cannot find the server by the name {self._name} without it"
            )
            verdict = Verdict.BAD if wrong else Verdict.WARNING
            yield ask.finding(CLIENT, verdict, route + _excerpt(answer, stated), change)
        elif answer.headers.get("access-control-allow-origin") not in ("*", ORIGIN["Origin"]):
            allowed = answer.headers.get("access-control-allow-origin", "missing")[:60]
            observed = f"{route}{_quoted(stated)}, Access-Control-Allow-Origin: {allowed}"
            change = "send Access-Control-Allow-Origin: * once, which clients in a browser need"
            yield ask.finding(CLIENT, Verdict.BAD, observed, change)
        else:
            yield self._served(CLIENT, answer, f"{route}{_quoted(stated)}")
            yield from self._leads(*base)

    def _leads(self, there: Place, path: str) -> Iterator[Finding]:
        """Whether base_url leads to a homeserver."""
        if (there.host, there.port, path) == (self._client.host, self._client.port, ""):
            return  # it is asked anyway
        ask = Asking(self._connect(there.host, there.port), self._on_request)
        answer = ask(path + VERSIONS)
        good = isinstance(answer.value("versions"), list)
        change = "set base_url to the address where clients connect"
        yield ask.good("base_url", good, answer.in_short, change)

    def _served(self, what: str, answer: Answer, observed: str) -> Finding:
        kind = answer.headers.get("content-type", "missing")
        if kind.partition(";")[0].strip().lower() == JSON:
            return self.website.finding(what, Verdict.GOOD, observed)
        change = f"serve it with one Content-Type, {JSON}; in nginx by default_type"
        observed = f"{observed}, Content-Type: {kind[:60]}"
        return self.website.finding(what, Verdict.WARNING, observed, change)

    def _fetched(self, path: str) -> tuple[Answer, str]:
        """The file, after redirects, and a text about the redirects."""
        ask, target, url = self.website, path, f"https://{self.website.server.name}{path}"
        for hops in range(MOST_REDIRECTS + 1):
            answer = ask(target, headers=ORIGIN)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer, f"after {hops} redirect(s), at {ask.server.name}: " if hops else ""
            try:
                url = urljoin(url, answer.headers.get("location", ""))
            except ValueError:
                url = ""
            base = _base(url)
            if not base:
                return answer, f"redirects to {_quoted(url)}, "
            there, target = base
            ask = Asking(self._connect(there.host, there.port), self._on_request)
        return answer, f"redirects more than {MOST_REDIRECTS} times, "


def _base(url: object) -> tuple[Place, str] | None:
    """The place of an HTTPS URL, and its path without a final slash; None for any other text."""
    if not isinstance(url, str) or len(url) > LONGEST_URL:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    there = place(parts.netloc, 443)
    if parts.scheme != "https" or not there or port == 0:
        return None
    query = f"?{quote(parts.query, safe='=&%', errors='replace')}" if parts.query else ""
    return there, quote(parts.path.rstrip("/"), safe="/%", errors="replace") + query


def _excerpt(answer: Answer, stated: object) -> str:
    if stated is not None:
        return f"{answer.status}, {_quoted(stated)}"
    return answer.in_short


def _quoted(stated: object) -> str:
    return json.dumps(stated)[:100]
