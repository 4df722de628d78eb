"""A real Firefox without a window, driven by its own protocol, Marionette."""

import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.real.program import Program

PATIENCE_S = 60
PROGRAM = Program("Firefox", "firefox-esr", ("firefox-esr", "firefox"))
executable = PROGRAM.executable
install = PROGRAM.install


def version() -> str:
    """The version that the browser reports."""
    return PROGRAM.says("--version")


class Firefox:
    """A running browser with one page. A command is `length:[0, number, name, parameters]`."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._answers = self._socket.makefile("rb")
        self._number = 0
        self._read()  # it introduces itself
        self._call("WebDriver:NewSession", {})

    def open(self, address: str) -> None:
        """Opens a page, and waits until it has loaded."""
        self._call("WebDriver:Navigate", {"url": address})

    def run(self, script: str) -> Any:
        """What a function body in JavaScript returns."""
        return self._call("WebDriver:ExecuteScript", {"script": script, "args": []})["value"]

    def close(self) -> None:
        self._answers.close()
        self._socket.close()

    def _call(self, name: str, parameters: dict[str, Any]) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, name, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._read()
        assert error is None, error
        return result

    def _read(self) -> Any:
        length = b""
        while (byte := self._answers.read(1)) != b":":
            assert byte, "Firefox closed the connection"
            length += byte
        return json.loads(self._answers.read(int(length)))


@contextmanager
def browser() -> Iterator[Firefox]:
    """A running browser with a profile of its own; stopped at the end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        profile = Path(folder)
        (profile / "user.js").write_text('user_pref("marionette.port", 0);\n', "utf-8")
        command = [executable(), "--headless", "--marionette", "--no-remote", "--profile", folder]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, env=_alone(profile), **quiet) as process:  # type: ignore[call-overload]
            try:
                running = Firefox(_port(profile))
                try:
                    yield running
                finally:
                    running.close()
            finally:
                process.terminate()


def _alone(home: Path) -> dict[str, str]:
    """Its environment: what it keeps beside its profile goes there, too."""
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", "MOZ_CRASHREPORTER_DISABLE": "1"}


def _port(profile: Path) -> int:
    """The port that it has chosen: it writes it into its profile when it listens."""
    file, end = profile / "MarionetteActivePort", time.monotonic() + PATIENCE_S
    while not (file.exists() and file.read_text("utf-8")):
        assert time.monotonic() < end, "Firefox does not listen"
        time.sleep(0.05)
    return int(file.read_text("utf-8"))
