"""A real Redis server in a temporary folder, reached by its socket only."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real import Missing, apt


def executable() -> str:
    """The server's path. Raises Missing, naming the package."""
    if path := shutil.which("redis-server"):
        return path
    raise Missing("no Redis here: install the system's package `redis-server`")


def version() -> str:
    """What the server says it is."""
    asked = subprocess.run([executable(), "--version"], capture_output=True, text=True, check=True)
    return " ".join(asked.stdout.split()[:3])


def install() -> None:
    """Installs the system's package unless a server is there."""
    apt.unless_there(executable, "redis-server")


class Server:
    """Redis, between `start` and `stop`; it keeps nothing."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.url = f"unix://{home}/redis.sock"

    def start(self) -> None:
        """Starts the server and returns when it says that it is ready."""
        options = ["--port", "0", "--unixsocket", "redis.sock", "--save", "", "--appendonly", "no"]
        self._server = subprocess.Popen(
            [executable(), *options],
            cwd=self._home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl+C is for the tests
        )
        assert self._server.stdout
        said = ""
        for line in self._server.stdout:
            said += line
            if "ready to accept connections" in line:
                return
        raise AssertionError(f"Redis did not start:\n{said}")

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Stops the server."""
        self._server.send_signal(how)
        self._server.wait(timeout=60)
        assert self._server.stdout
        self._server.stdout.close()


@contextmanager
def server() -> Iterator[Server]:
    """A running server, stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="guide-redis-") as home:
        running = Server(Path(home))
        running.start()
        try:
            yield running
        finally:
            running.stop()
