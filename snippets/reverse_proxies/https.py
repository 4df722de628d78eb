"""One HTTPS request whose target goes out as it is, and whose answer ends in time."""

import json
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any

MOST_BYTES = 64 * 1024


class CannotProbe(Exception):
    """The server cannot be asked at all; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What came back. Names of headers are in lower case; of a long body the beginning."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def errcode(self) -> str | None:
        """The error code of a Matrix homeserver; None where none answered, or it succeeded."""
        found = self.json
        code = found.get("errcode") if isinstance(found, dict) else None
        return code if isinstance(code, str) else None


@dataclass(frozen=True)
class Handshake:
    """What TLS agreed on."""

    version: str
    http2: bool
    hours_left: int  # of the certificate
    share_left: float  # of the certificate's whole time


class Https:
    """A server that can be asked; every request is a connection of its own.

    `timeout` is for one request as a whole, in seconds. `authority` is a file of certificates
    to trust beside the system's; `address` where to connect in place of the host.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        timeout: float = 10.0,
        authority: str | None = None,
        address: tuple[str, int] | None = None,
    ) -> None:
        self.host, self.port = host, port
        self._timeout = timeout
        self._address = address or (host, port)
        self._context = ssl.create_default_context()
        if authority:
            try:
                self._context.load_verify_locations(authority)
            except (OSError, ssl.SSLError) as error:
                raise CannotProbe(f"{authority} holds no certificates: {error}") from None

    def handshake(self) -> Handshake:
        """What TLS agrees on. Raises CannotProbe."""
        context = self._context
        context.set_alpn_protocols(["h2", "http/1.1"])
        try:
            with self._connect() as connection:
                certificate = connection.getpeercert() or {}
                start, end = (
                    ssl.cert_time_to_seconds(str(certificate[name]))
                    for name in ("notBefore", "notAfter")
                )
                left = end - time.time()
                return Handshake(
                    str(connection.version()),
                    connection.selected_alpn_protocol() == "h2",
                    int(left // 3600),
                    left / (end - start),
                )
        finally:
            context.set_alpn_protocols(["http/1.1"])

    def get(self, target: str) -> Answer:
        """The answer to a GET of the target. Raises CannotProbe."""
        end = time.monotonic() + self._timeout
        host = self.host if self.port == 443 else f"{self.host}:{self.port}"
        request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        try:
            with self._connect() as connection:
                connection.sendall(request.encode())
                return _parsed(_received(connection, end))
        except TimeoutError:
            raise CannotProbe(f"{self.name} did not answer within {self._timeout:g} s") from None
        except OSError as error:
            raise CannotProbe(f"{self.name} broke the connection: {_reason(error)}") from None

    @property
    def name(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"

    def _connect(self) -> ssl.SSLSocket:
        try:
            plain = socket.create_connection(self._address, self._timeout)
        except socket.gaierror as error:
            raise CannotProbe(f"{self.host} does not resolve: {_reason(error)}") from None
        except TimeoutError:
            raise CannotProbe(f"{self.name} does not answer within {self._timeout:g} s") from None
        except OSError as error:
            raise CannotProbe(f"{self.name} cannot be reached: {_reason(error)}") from None
        try:
            return self._context.wrap_socket(plain, server_hostname=self.host)
        except ssl.SSLCertVerificationError as error:
            plain.close()
            raise CannotProbe(f"{self.name}: bad certificate: {error.verify_message}") from None
        except TimeoutError:
            plain.close()
            raise CannotProbe(f"{self.name} does not answer within {self._timeout:g} s") from None
        except OSError as error:
            plain.close()
            raise CannotProbe(f"{self.name} speaks no TLS: {_reason(error)}") from None


def _received(connection: socket.socket, end: float) -> bytes:
    """What comes until the connection or the time ends, or there is more than enough."""
    received = b""
    while len(received) < MOST_BYTES:
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        part = connection.recv(16384)
        if not part:
            break
        received += part
        if _is_whole(received):
            break
    return received


def _is_whole(received: bytes) -> bool:
    head, found, body = received.partition(b"\r\n\r\n")
    length = _headers(head).get("content-length", "")
    return bool(found) and length.isdigit() and len(body) >= int(length)


def _headers(head: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _parsed(received: bytes) -> Answer:
    head, _, body = received.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if not words[0].startswith(b"HTTP/") or len(words) < 2 or not words[1].isdigit():
        raise CannotProbe("what came back is no HTTP")
    headers = _headers(head)
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _without_chunks(body)
    return Answer(int(words[1]), headers, body)


def _without_chunks(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        try:
            length = int(size.partition(b";")[0], 16)
        except ValueError:
            break
        whole, body = whole + body[:length], body[length + 2 :]
    return whole


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
