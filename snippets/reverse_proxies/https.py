"""HTTPS requests: the target is sent unchanged, and the answer has a deadline."""

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from types import MappingProxyType

from snippets.reverse_proxies.answer import Answer
from snippets.reverse_proxies.deadline import Deadline, TimedSocket, TooMuch, connected

MOST_BYTES = 64 * 1024  # of a body
NONE: Mapping[str, str] = MappingProxyType({})


class CannotProbe(Exception):
    """The server cannot be probed; the message names it and says why."""


class Unreachable(CannotProbe):
    """Nothing answers there."""


class BadTls(CannotProbe):
    """The TLS handshake failed, or the certificate is not trusted."""


class Late(CannotProbe):
    """The deadline passed."""


class NoAnswer(CannotProbe):
    """The server closed the connection, or its answer is not HTTP."""


@dataclass(frozen=True)
class Handshake:
    """The result of a TLS handshake."""

    version: str
    http2: bool
    hours_left: int  # of the certificate
    share_left: float  # of the certificate's lifetime, 0 to 1


class Trust:
    """The certificates that are trusted: the system's, and those in a file.

    One context for each purpose: `http1` offers only HTTP/1.1, `http2` also HTTP/2. Raises
    CannotProbe if the file contains no certificates.
    """

    def __init__(self, authority: str | None = None) -> None:
        self.http1 = _context(authority, ["http/1.1"])
        self.http2 = _context(authority, ["h2", "http/1.1"])


class Https:
    """A server to ask; every request has its own connection.

    `timeout` is in seconds, for one request as a whole: resolving the name, connecting, TLS,
    sending and reading. `address` is connected to instead of the host.
    """

    def __init__(
        self,
        host: str,
        port: int,
        trust: Trust,
        *,
        timeout: float = 10.0,
        address: tuple[str, int] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.host, self.port = host, port
        self._trust, self._timeout, self._clock = trust, timeout, clock
        self._address = address or (host, port)

    @property
    def name(self) -> str:
        """Host and port, as in an address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def handshake(self) -> Handshake:
        """The result of a TLS handshake. Raises CannotProbe."""
        with closing(
            self._connect(self._trust.http2, Deadline(self._timeout, self._clock))
        ) as connection:
            certificate = connection.getpeercert()
            assert certificate  # without one, the connection would have failed
            start, end = (
                ssl.cert_time_to_seconds(str(certificate[name]))
                for name in ("notBefore", "notAfter")
            )
            left = end - time.time()
            return Handshake(
                str(connection.version()),
                connection.selected_alpn_protocol() == "h2",
                int(left // 3600),
                left / max(end - start, 1),
            )

    def ask(
        self, target: str, *, method: str = "GET", headers: Mapping[str, str] = NONE,
        body: bytes = b"",
    ) -> Answer:  # fmt: skip
        """The answer to one request. Raises CannotProbe."""
        deadline = Deadline(self._timeout, self._clock)
        with closing(self._connect(self._trust.http1, deadline)) as connection:
            asking = http.client.HTTPConnection(self.host, self.port)
            asking.sock = connection
            try:
                asking.putrequest(method, target, skip_host=True)
                self._send(asking, headers, body)
                return _answered(asking)
            except TimeoutError:
                raise Late(f"{self.name} {self._no_answer_in_time}") from None
            except http.client.RemoteDisconnected:
                raise NoAnswer(f"{self.name} ended the connection without an answer") from None
            except TooMuch:
                raise NoAnswer(f"{self.name} never stops sending") from None
            except OSError as error:
                raise NoAnswer(f"{self.name} broke the connection: {_reason(error)}") from None
            except (http.client.HTTPException, ValueError):
                raise NoAnswer(f"{self.name}: the answer is not HTTP") from None

    def _send(
        self, asking: http.client.HTTPConnection, headers: Mapping[str, str], body: bytes
    ) -> None:
        host = self.name.removesuffix(":443")
        for name, value in {"Host": host, "Connection": "close", **headers}.items():
            asking.putheader(name, value)
        if body:
            asking.putheader("Content-Length", str(len(body)))
        # A server may refuse a body before all of it is sent; its answer can still be read.
        with suppress(BrokenPipeError, ConnectionResetError):
            asking.endheaders(body or None)

    def _connect(self, context: ssl.SSLContext, deadline: Deadline) -> TimedSocket:
        secure = self._secured(context, self._reached(deadline), deadline)
        secure.deadline = deadline
        return secure

    def _reached(self, deadline: Deadline) -> socket.socket:
        try:
            self.host.encode("idna")  # resolving and TLS do the same
        except UnicodeError:
            raise Unreachable(f"{self.name} is not a server name") from None
        try:
            return connected(self._address, deadline)
        except socket.gaierror as error:
            raise Unreachable(f"{self.name} does not resolve: {_reason(error)}") from None
        except TimeoutError:
            raise Unreachable(f"{self.name} {self._no_answer_in_time}") from None
        except OSError as error:
            raise Unreachable(f"{self.name} cannot be reached: {_reason(error)}") from None

    def _secured(
        self, context: ssl.SSLContext, plain: socket.socket, deadline: Deadline
    ) -> TimedSocket:
        try:
            plain.settimeout(deadline.left())
            secure = context.wrap_socket(plain, server_hostname=self.host)
        except ssl.SSLCertVerificationError as error:
            raise BadTls(f"{self.name}: bad certificate: {error.verify_message}") from None
        except TimeoutError:
            raise Unreachable(f"{self.name} {self._no_answer_in_time}: no TLS") from None
        except OSError as error:
            raise BadTls(f"{self.name} does not speak TLS: {_reason(error)}") from None
        assert isinstance(secure, TimedSocket)
        return secure

    @property
    def _no_answer_in_time(self) -> str:
        return f"does not answer within {self._timeout:g} s"


def _context(authority: str | None, protocols: list[str]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.sslsocket_class = TimedSocket
    context.set_alpn_protocols(protocols)
    if authority:
        try:
            context.load_verify_locations(authority)
        except OSError as error:
            raise CannotProbe(f"{authority} contains no certificates: {_reason(error)}") from None
    return context


def _answered(asking: http.client.HTTPConnection) -> Answer:
    response = asking.getresponse()
    try:
        body = response.read(MOST_BYTES)
    except http.client.IncompleteRead as error:
        body = error.partial
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return Answer(response.status, headers, body)


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
