"""The printed delegations: what another server and a client's browser get."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real import proxy
from tests.real.fixtures import need
from tests.real.proxy import Rewrite
from tests.reverse_proxies.clients import request
from tests.reverse_proxies.configurations import DELEGATIONS, text

pytestmark = pytest.mark.slow

SERVER = {"m.server": "matrix.example.com:443"}
CLIENT = {"m.homeserver": {"base_url": "https://matrix.example.com"}}


def fetch(running: proxy.Proxy, path: str) -> tuple[list[str], dict[str, list[str]], bytes]:
    """The words of the first line, the headers by lower-case name, and the body."""
    got = b""
    with proxy.connect(running.ports[443], "example.com") as connection:
        connection.sendall(request(path.encode(), "example.com"))
        while part := connection.recv(65536):
            got += part
    head, _, body = got.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers.setdefault(name.lower(), []).append(value)
    return first.split(" "), headers, body


@pytest.fixture
def well_known() -> Iterator[Path]:
    """The folder that Apache serves; it reads as a user of its own."""
    with tempfile.TemporaryDirectory(prefix="guide-well-known-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "server").write_text(json.dumps(SERVER))
        (folder / "client").write_text(json.dumps(CLIENT))
        yield folder


@pytest.mark.parametrize("name", DELEGATIONS)
def test_both_files_are_json_and_browsers_may_read_the_clients(name: str, well_known: Path) -> None:
    kind, file = DELEGATIONS[name]
    need(kind.executable)
    extra: list[Rewrite] = []
    if name == "Apache":
        extra = [(r"/var/www/well-known-matrix/", f"{well_known}/")]
    with proxy.proxy(kind, text(file), None, extra=extra) as running:
        for path, expected in (("server", SERVER), ("client", CLIENT)):
            words, headers, body = fetch(running, f"/.well-known/matrix/{path}")
            assert words[1] == "200", running.log
            assert json.loads(body) == expected
            assert headers["content-type"] == ["application/json"]
        assert headers["access-control-allow-origin"] == ["*"]
        assert fetch(running, "/.well-known/matrix/support")[0][1] == "404"


def test_add_header_gives_nginx_a_second_content_type() -> None:
    kind, file = DELEGATIONS["nginx"]
    need(kind.executable)
    added: Rewrite = (r"default_type application/json", "add_header Content-Type application/json")
    with proxy.proxy(kind, text(file), None, extra=[added]) as running:
        _, headers, _ = fetch(running, "/.well-known/matrix/server")
    assert len(headers["content-type"]) == 2
