"""A real WebKit, as in Safari: WebKitGTK's small browser on a screen of its own, over WebDriver."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.real import Missing
from tests.real.program import Program
from tests.real.proxy import free_ports

PATIENCE_S = 60
DRIVER = Program("WebKit", "webkit2gtk-driver", ("WebKitWebDriver",))
SCREEN = Program("Xvfb", "xvfb", ("Xvfb",))


def executable() -> str:
    """The driver, if the browser and a screen are there, too. Raises Missing."""
    SCREEN.executable()
    _browser()
    return DRIVER.executable()


def install() -> None:
    """Installs the system's packages unless they are there."""
    DRIVER.install()
    SCREEN.install()


def version() -> str:
    """The version of the package: the browser itself says it only on a screen."""
    asked = ["dpkg-query", "--show", "--showformat=WebKitGTK ${Version}", DRIVER.package]
    executable()
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


def _browser() -> str:
    for path in sorted(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser")):
        return str(path)
    raise Missing(f"no WebKit here: install the system's package `{DRIVER.package}`")


class WebKit:
    """A running browser with one page."""

    def __init__(self, port: int) -> None:
        retrying = httpx.HTTPTransport(retries=8)  # the driver needs a moment until it listens
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", transport=retrying, timeout=PATIENCE_S
        )
        options = {"binary": _browser(), "args": ["--automation"]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        self._session = f"/session/{self._post('/session', wanted)['sessionId']}"

    def open(self, address: str) -> None:
        """Opens a page, and waits until it has loaded."""
        self._post(f"{self._session}/url", {"url": address})

    def run(self, script: str) -> Any:
        """What a function body in JavaScript returns."""
        return self._post(f"{self._session}/execute/sync", {"script": script, "args": []})

    def close(self) -> None:
        self._client.delete(self._session)
        self._client.close()

    def _post(self, path: str, data: dict[str, Any]) -> Any:
        answer = self._client.post(path, json=data)
        assert answer.is_success, answer.text
        return answer.json()["value"]


@contextmanager
def browser() -> Iterator[WebKit]:
    """A running browser on a screen that nobody sees; stopped at the end."""
    (port,) = free_ports(1)
    with (
        _screen() as screen,
        subprocess.Popen(
            [executable(), f"--port={port}"],
            env=os.environ | {"DISPLAY": screen},
            stderr=subprocess.DEVNULL,
        ) as driver,
    ):
        try:
            running = WebKit(port)
            try:
                yield running
            finally:
                running.close()
        finally:
            driver.terminate()


@contextmanager
def _screen() -> Iterator[str]:
    """The name of a screen, which chooses its own number."""
    command = [SCREEN.executable(), "-displayfd", "1", "-screen", "0", "1280x1000x24"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout
            yield f":{process.stdout.readline().strip()}"
        finally:
            process.terminate()
