"""A small application service that stores its requests, to show where the token is."""

import json
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


# --8<-- [start:arrived]
@dataclass(frozen=True)
class Arrived:
    """One request."""

    method: str
    target: str  # path and query, unchanged
    authorization: list[str]  # every header of that name

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path

    def token_in(self, token: str) -> list[str]:
        """The places of the token: "header", "query", both, or none."""
        places = []
        if f"Bearer {token}" in self.authorization:
            places.append("header")
        if token in parse_qs(urlsplit(self.target).query).get("access_token", []):
            places.append("query")
        return places


# --8<-- [end:arrived]


@dataclass
class Receiver:
    """An application service at `url`.

    It looks for the token in the places of `accept`: "header", "query", or both. `answers` maps the
    beginning of a path to a status and JSON.
    """

    token: str
    accept: Collection[str] = ("header",)
    url: str = ""
    arrived: list[Arrived] = field(default_factory=list)
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    more: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, enough: Callable[[list[Arrived]], bool], timeout_s: float) -> None:
        """Returns when `enough` is true of the requests so far. Raises TimeoutError."""
        with self.more:
            if not self.more.wait_for(lambda: enough(self.arrived), timeout_s):
                raise TimeoutError(f"only these arrived: {self.arrived}")

    def answer(self, request: Arrived) -> tuple[int, Any]:
        """The status and JSON to answer with."""
        if not set(self.accept).intersection(request.token_in(self.token)):
            in_header = "header" in self.accept and request.authorization
            in_query = "query" in self.accept and "access_token=" in request.target
            if in_header or in_query:
                return 403, {"errcode": "M_FORBIDDEN", "error": "Bad token"}
            return 401, {"errcode": "M_UNAUTHORIZED", "error": "No token"}
        for path, answer in self.answers.items():
            if request.path.startswith(path):
                return answer
        return 200, {}


@contextmanager
def receiver(
    token: str, *, accept: Collection[str] = ("header",), port: int = 0
) -> Iterator[Receiver]:
    """A receiver that runs on the loopback address until the block ends."""
    kept = Receiver(token, accept)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # with 1.0 Synapse takes a reused connection for a timeout

        def _handle(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            target = self.requestline.split(" ")[1]  # `path` would lose a doubled slash
            asked = Arrived(self.command, target, self.headers.get_all("Authorization") or [])
            with kept.more:
                kept.arrived.append(asked)
                kept.more.notify_all()
            status, answer = kept.answer(asked)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keeps tokens out of the log."""

    for method in ("GET", "PUT", "POST"):
        setattr(Handler, f"do_{method}", Handler._handle)
    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        kept.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
