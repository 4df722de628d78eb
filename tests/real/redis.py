"""A real Redis server in a temporary folder, reached through its socket only."""

import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real.program import Program

PROGRAM = Program("Redis", "redis-server", ("redis-server",))
executable = PROGRAM.executable
install = PROGRAM.install


def version() -> str:
    """The version that the server reports."""
    return " ".join(PROGRAM.says("--version").split()[:3])


class Server:
    """Redis, running between `start` and `stop`; it stores nothing on disk."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.url = f"unix://{home}/redis.sock"

    def start(self) -> None:
        """Starts the server and returns when it logs that it is ready."""
        options = ["--port", "0", "--unixsocket", "redis.sock", "--save", "", "--appendonly", "no"]
        self._server = subprocess.Popen(
            [executable(), *options],
            cwd=self._home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that Ctrl+C reaches only the tests
        )
        assert self._server.stdout
        output = ""
        for line in self._server.stdout:
            output += line
            if "ready to accept connections" in line:
                return
        raise AssertionError(f"Redis did not start:\n{output}")

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
