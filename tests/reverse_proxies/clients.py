"""Clients that send a request exactly as given."""

import contextlib
import subprocess

from tests.real import proxy
from tests.reverse_proxies.targets import NAMES


def request(
    target: bytes, host: str, *headers: str, method: str = "GET", body: bytes = b""
) -> bytes:
    """The bytes of a request that closes the connection."""
    lines = [f"Host: {host}", "Connection: close", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    head = "".join(f"{line}\r\n" for line in lines).encode()
    return method.encode() + b" " + target + b" HTTP/1.1\r\n" + head + b"\r\n" + body


def send(
    running: proxy.Proxy, port: int, data: bytes, *, source: str = "127.0.0.1", name: str = ""
) -> bytes:
    """Everything that comes back until the connection ends, for whatever reason.

    `name` is the server name for TLS, if it differs from the port's.
    """
    answer = b""
    with proxy.connect(running.ports[port], name or NAMES[port], source=source) as connection:
        with contextlib.suppress(
            OSError
        ):  # it may answer and close the connection before it has everything
            connection.sendall(data)
        try:
            while part := connection.recv(65536):
                answer += part
        except OSError:
            pass
    return answer


def get(running: proxy.Proxy, port: int, target: str | bytes, *headers: str) -> int:
    """The status of a request for a target; 0 if there is no answer."""
    sent = target if isinstance(target, bytes) else target.encode()
    return status(send(running, port, request(sent, NAMES[port], *headers)))


def status(answer: bytes) -> int:
    """The status in the first line of an answer, or 0."""
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def get_over_http2(running: proxy.Proxy, port: int, target: str) -> str:
    """The same over HTTP/2: the status and the version of HTTP that was used."""
    name = NAMES[port]
    done = subprocess.run(
        [
            "curl", "--silent", "--insecure", "--http2", "--path-as-is", "--max-time", "30",
            "--connect-to", f"{name}:443:127.0.0.1:{running.ports[port]}",
            "--output", "/dev/null", "--write-out", "%{http_code} %{http_version}",
            f"https://{name}{target}",
        ],
        capture_output=True,
        text=True,
    )  # fmt: skip
    return done.stdout
