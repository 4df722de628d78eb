"""Serves a built site as Netlify does: from its folder, with the configured headers.

It is a process of its own: a test that computes does not keep the browser waiting.
"""

import http.server
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

import brotli

from tests import ROOT, unmeasured


def headers(site: Path, path: str = "/") -> dict[str, str]:
    """The headers for a path: those of netlify.toml and of the build's `_headers`."""
    rule, *lines = (site / "_headers").read_text("utf-8").splitlines()
    built = {rule: dict(line.strip().split(": ", 1) for line in lines)}
    configured = tomllib.loads((ROOT / "netlify.toml").read_text("utf-8"))["headers"]
    rules = [*built.items(), *((each["for"], each["values"]) for each in configured)]
    return {
        name: value
        for rule, values in rules
        if path.startswith(rule.removesuffix("*"))
        for name, value in values.items()
    }


class _Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, extra: Callable[[str], dict[str, str]], **kwargs: Any) -> None:
        self.extra = extra
        super().__init__(*args, **kwargs)

    def handle(self) -> None:
        with suppress(ConnectionError):  # a browser that ends leaves its open connections
            super().handle()

    def end_headers(self) -> None:
        for name, value in self.extra(self.path).items():
            self.send_header(name, value)
        super().end_headers()

    def send_error(self, code: int, *message: Any) -> None:
        """Answers with the site's own page where there is no other."""
        lost = Path(self.directory, "404.html")
        if code != 404 or not lost.is_file():
            super().send_error(code, *message)
            return
        page = lost.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args: Any) -> None:
        """Logs nothing."""


class _Compressing(_Handler):
    """Keeps connections open, and compresses what it sends, as a server on the internet does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file():
            self.send_error(404)
            return
        packed = file.suffix in (".gz", ".zip")
        body = file.read_bytes() if packed else _compressed(file, file.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(file))
        if not packed:
            self.send_header("Content-Encoding", "br")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@cache
def _compressed(file: Path, changed: int) -> bytes:
    return bytes(brotli.compress(file.read_bytes(), quality=5))


@contextmanager
def serve(site: Path, compressing: bool = False) -> Iterator[str]:
    """The address of the site, served on a free loopback port until the block ends."""
    command = [sys.executable, "-m", "tests.real.website", str(site), str(int(compressing))]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=unmeasured(),
        stdin=subprocess.PIPE,  # it ends when this is closed
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that Ctrl+C reaches only the tests
    ) as process:
        assert process.stdout
        address = process.stdout.readline().strip()
        assert address, "the site's server did not start"
        yield address


def main(site: str, compressing: str) -> None:
    """Prints the address and serves until the input is closed."""
    served_by = _Compressing if int(compressing) else _Handler
    handler = partial(served_by, directory=site, extra=cache(partial(headers, Path(site))))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        sys.stdin.read()
        server.shutdown()
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
