"""A backend that stores every request byte for byte, and behaves as its path says.

.../slow        answers when the test allows it: `answer.set()`
.../trickle     sends half of its answer, and the rest when the test allows it
.../drip        sends a little of it, and the rest when the test allows it
.../long        the same, in parts that fill nginx's buffer for TLS
.../chunks      like drip, but without a length
.../upload      reports when the first bytes of a body are there: `arrived`
"""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

PATIENCE_S = 10
HALF = b"x" * 4096
LONG = b"x" * 20_000
LITTLE = b"x" * 500  # less than any proxy's buffer


@dataclass
class Request:
    """One request."""

    method: bytes
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body_length: int = 0

    def all(self, name: str) -> list[str]:
        """The values of a header, in order."""
        wanted = name.lower().encode()
        return [value.decode("latin-1") for key, value in self.headers if key.lower() == wanted]


@dataclass
class Recorder:
    """What arrived, and events on which a test and the backend wait for each other."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    answer: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def targets(self) -> list[bytes]:
        """The request targets that arrived."""
        return [request.target for request in self.requests]

    def clear(self) -> None:
        """Discards everything that arrived."""
        self.requests.clear()
        self.answer.clear()
        self.arrived.clear()


class _Handler(socketserver.StreamRequestHandler):
    recorder: Recorder

    def handle(self) -> None:
        try:
            while self._one():
                pass
        except ConnectionError:
            pass

    def _one(self) -> bool:
        line = self.rfile.readline()
        if not line.strip():
            return False
        method, _, rest = line.rstrip(b"\r\n").partition(b" ")
        target, _, _version = rest.rpartition(b" ")
        headers = []
        while (header := self.rfile.readline().rstrip(b"\r\n")) != b"":
            name, _, value = header.partition(b":")
            headers.append((name, value.strip()))
        request = Request(method, target, headers)
        self.recorder.requests.append(request)
        self._read_body(request)
        path = target.partition(b"?")[0]
        if path.endswith(b"/slow"):
            self._wait()
        last = path.rpartition(b"/")[2]
        parts = {
            b"trickle": [HALF, HALF],
            b"drip": [LITTLE, HALF],
            b"long": [LONG, LONG],
            b"chunks": [LITTLE, HALF],
        }
        self._answer(parts.get(last, [b"{}"]), chunked=last == b"chunks")
        return "close" not in "".join(request.all("connection")).lower()

    def _answer(self, parts: list[bytes], *, chunked: bool) -> None:
        """Sends the parts, and waits between them until the test allows the next one."""
        length = "Transfer-Encoding: chunked"
        if not chunked:
            length = f"Content-Length: {sum(map(len, parts))}"
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{length}\r\n"
            "Access-Control-Allow-Origin: *\r\n\r\n"
        )
        self.wfile.write(head.encode())
        for number, part in enumerate(parts):
            if number:
                self._wait()
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _wait(self) -> None:
        """Waits until the test allows the answer; otherwise there is none."""
        if not self.recorder.answer.wait(PATIENCE_S):
            raise ConnectionError

    def _read_body(self, request: Request) -> None:
        if "chunked" in "".join(request.all("transfer-encoding")).lower():
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                self._take(request, size)
                self.rfile.readline()
            self.rfile.readline()
        elif length := request.all("content-length"):
            self._take(request, int(length[0]))

    def _take(self, request: Request, size: int) -> None:
        left = size
        while left:
            data = self.rfile.read1(min(left, 65536))
            if not data:
                raise ConnectionError
            self.recorder.arrived.set()
            request.body_length += len(data)
            left -= len(data)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        """Ignores errors: a proxy may close the connection at any time."""


@contextmanager
def recorder(port: int = 0) -> Iterator[Recorder]:
    """A running backend on a free loopback port, or on `port`."""
    kept = Recorder()
    handler = type("Handler", (_Handler,), {"recorder": kept})
    with _Server(("127.0.0.1", port), handler) as server:
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield kept
        finally:
            kept.answer.set()
            server.shutdown()
            thread.join()
