"""An application service that answers wrongly, on a real socket; and what its callers do."""

import json
import logging
import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from snippets.application_services import ApplicationService, ApplicationServiceApi, Refused
from snippets.application_services.transport import HttpTransport
from tests.application_services.homeservers import HS_TOKEN, registration
from tests.real import synapse
from tests.real.proxy import free_ports

DRIVER = Path(__file__).with_name("synapse_api_driver.py")
PATIENCE_S = 1  # how long a homeserver waits for an answer here; normally 60 s


def _http(status: str, body: bytes, *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


# What it sends, by the first part of the path. Other paths get no answer at all.
ANSWERS = {
    "an empty object": _http("200 OK", b"{}"),
    "an error with status 200": _http("200 OK", b'{"errcode": "M_NOT_FOUND"}'),
    "false": _http("200 OK", b"false"),
    "null": _http("200 OK", b"null"),
    "a list of nonsense": _http("200 OK", b'[1, {"userid": 1}, {"protocol": "irc"}]'),
    "text that is no JSON": _http("200 OK", b"<html>hello</html>"),
    "nothing": _http("200 OK", b""),
    "401": _http("401 Unauthorized", b'{"errcode": "M_MISSING_TOKEN"}'),
    "404": _http("404 Not Found", b'{"errcode": "M_NOT_FOUND"}'),
    "404 without JSON": _http("404 Not Found", b"gone"),
    "500": _http("500 Internal Server Error", b"{}"),
    "half of what it promises": _http("200 OK", b"{}").replace(b"Length: 2", b"Length: 99"),
    "no HTTP": b"hello\r\n\r\n",
    "the end of the connection": b"",
}
SLOW = "no answer in time"
REFUSED = "no connection"
CASES = [*ANSWERS, SLOW, REFUSED]


@contextmanager
def misbehaving() -> Iterator[Callable[[str], str]]:
    """The address of each case, until the block ends."""
    ended = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            path = self.rfile.readline().split(b" ")[1].decode()
            while self.rfile.readline().strip():
                pass
            case = path.split("/")[1]
            if case == str(len(ANSWERS)):
                ended.wait()
            else:
                self.wfile.write(list(ANSWERS.values())[int(case)])

    class Server(socketserver.ThreadingTCPServer):
        def handle_error(self, *_: Any) -> None:
            """Ignores errors: a homeserver may close the connection at any time."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        (nobody,) = free_ports(1)
        try:
            yield (
                lambda case: (
                    f"http://127.0.0.1:{nobody}"
                    if case == REFUSED
                    else f"http://127.0.0.1:{server.server_address[1]}/{CASES.index(case)}"
                )
            )
        finally:
            ended.set()
            server.shutdown()
            thread.join()


def ours() -> dict[str, Any]:
    """What our API returns and what it warns of, by case and call."""
    with misbehaving() as address:
        transport = HttpTransport(timeout=PATIENCE_S)
        api = ApplicationServiceApi(transport, now_ms=lambda: 0)
        outcomes = {case: _asked(api, registration(address(case))) for case in CASES}
        transport.close()
        return outcomes


def _asked(api: ApplicationServiceApi, entry: dict[str, Any]) -> dict[str, Any]:
    service = ApplicationService.read({**entry, "id": entry["url"]})
    return {
        "query_user": _outcome(lambda: api.query_user(service, "@_irc_x:example.com")),
        "query_alias": _outcome(lambda: api.query_alias(service, "#_irc_x:example.com")),
        "query_3pe": _outcome(lambda: api.query_3pe(service, "user", "irc", {})),
        "get_3pe_protocol": _outcome(lambda: api.get_3pe_protocol(service, "irc")),
        "push_bulk": _outcome(lambda: api.push_bulk(service, [], 1)),
        "ping": _outcome(lambda: api.ping(service, "one")),
    }


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _outcome(ask: Callable[[], Any]) -> list[Any]:
    """What a call returns, or "error"; and its warnings."""
    kept = _Kept()
    logger = logging.getLogger("snippets.application_services.api")
    logger.addHandler(kept)
    try:
        given = ask()
    except (Refused, httpx.HTTPError, ValueError):
        given = "error"
    finally:
        logger.removeHandler(kept)
    assert HS_TOKEN not in "".join(kept.lines)
    return [given, *kept.lines]


def synapses(release: str) -> dict[str, Any]:
    """What a release's own API returns and what it warns of, by case and call. Raises Missing."""
    *answers, _ = _driven(release, CASES)
    return dict(zip(CASES, answers, strict=True))


def waits_s(release: str) -> list[float]:
    """How many seconds a release waits for an answer. Raises Missing."""
    *_, waits = _driven(release, ["null"])
    return list(waits)


def without_an_address(release: str) -> dict[str, list[Any]]:
    """What a release's own API returns for `url: null`, by call. Raises Missing."""
    python = synapse.python(release)
    (answer,) = synapse.ask(python, DRIVER, [registration(None)], json.dumps(PATIENCE_S))
    return dict(answer)


def _driven(release: str, cases: Sequence[str]) -> list[Any]:
    python = synapse.python(release)
    with misbehaving() as address:
        asked = [registration(address(case)) for case in cases]
        return synapse.ask(python, DRIVER, [*asked, None], json.dumps(PATIENCE_S))
