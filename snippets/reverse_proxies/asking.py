"""Asks a server one request after another, and gives up when it does not answer."""

from collections.abc import Callable, Mapping

from snippets.reverse_proxies.answer import Answer
from snippets.reverse_proxies.finding import Finding, Verdict
from snippets.reverse_proxies.https import NONE, CannotProbe, Https, Late, Unreachable

OnRequest = Callable[[str], None]
PATIENCE = 2  # after this many requests without an answer, nothing more is sent


class GivenUp(Exception):
    """Too many requests had no answer."""


class Asking:
    """Asks a server. `on_request` is called with each request before it is sent."""

    def __init__(self, server: Https, on_request: OnRequest) -> None:
        self.server, self.on_request = server, on_request
        self._late = 0

    def __call__(
        self, target: str, *, method: str = "GET", headers: Mapping[str, str] = NONE,
        body: bytes = b"",
    ) -> Answer:  # fmt: skip
        """The answer; if nothing came back, an Answer with a `failure`. Raises GivenUp."""
        if self._late >= PATIENCE:
            raise GivenUp
        self.on_request(f"{self.server.name}: {method} {target}")
        try:
            return self.server.ask(target, method=method, headers=headers, body=body)
        except CannotProbe as error:
            late = isinstance(error, (Late, Unreachable))
            self._late += late
            why = str(error).removeprefix(self.server.name).lstrip(": ")
            return Answer(0, failure=why, late=late)

    def finding(self, what: str, verdict: Verdict, observed: str, change: str = "") -> Finding:
        """A finding about this server. `change` is dropped if the verdict is GOOD."""
        return Finding(
            self.server.name, what, verdict, observed, "" if verdict is Verdict.GOOD else change
        )

    def good(self, what: str, good: bool, observed: str, change: str) -> Finding:
        """A finding that is good or bad."""
        return self.finding(what, Verdict.GOOD if good else Verdict.BAD, observed, change)
