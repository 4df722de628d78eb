"""A real PostgreSQL server: a new cluster in a temporary folder, reached only by its socket."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.real import Missing, apt

# The cluster exists for one test run, so it does not matter what a crash of the machine loses.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "lc_messages": "C",
}
_STREAMING = "SELECT status FROM pg_stat_wal_receiver WHERE status = 'streaming'"


def folder() -> Path:
    """The folder of the server's programs. Raises Missing, naming the package."""
    for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (path / "postgres").exists():
            return path
    if program := shutil.which("postgres"):
        return Path(program).resolve().parent
    raise Missing("no PostgreSQL here: install the system's package `postgresql`")


def version() -> str:
    """The version that the server reports."""
    command = [str(folder() / "postgres"), "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def install() -> None:
    """Installs the system's package unless a server is found."""
    apt.unless_there(folder, "postgresql")


class Server:
    """A cluster and its server, which runs between `start` and `stop`."""

    def __init__(self, home: Path, primary: "Server | None" = None) -> None:
        """Creates a new cluster, or a copy of a running one that follows it."""
        self._home = home
        self._user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
        self._standby = False
        self._server: subprocess.Popen[bytes] | None = None
        self._give(home)
        if primary:
            source = ["-h", str(primary._home), "-U", "postgres"]
            made = ["pg_basebackup", *source, "--checkpoint=fast"]
        else:
            made = ["initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C"]
        subprocess.run(
            [str(folder() / made[0]), *made[1:], "--no-sync", "-D", str(home / "data")],
            check=True,
            capture_output=True,
            user=self._user,
        )
        if primary:
            self.follow(primary)

    def _give(self, path: Path) -> None:
        """Gives a file to the server's user."""
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(path, account.pw_uid, account.pw_gid)

    def follow(self, primary: "Server") -> None:
        """Makes it a standby of the other server, from its next start on."""
        self._standby = True
        signal_file = self._home / "data" / "standby.signal"
        signal_file.touch()
        self._give(signal_file)
        with (self._home / "data" / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"primary_conninfo = 'host={primary._home} user=postgres'\n")

    def url(self, database: str = "postgres") -> str:
        """The address for psycopg."""
        return f"postgresql:///{database}?host={self._home}&user=postgres"

    def start(self) -> None:
        """Starts the server; returns when it answers and, as a standby, when it is connected.

        A server that is stopped waits only for those standbys that are connected to it.
        """
        options = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        with (self._home / "log").open("a") as log:
            self._server = subprocess.Popen(
                [folder() / "postgres", "-D", self._home / "data", "-k", self._home, *options],
                stdout=log,
                stderr=log,
                user=self._user,
                start_new_session=True,  # so that Ctrl+C reaches only the tests
            )
        while subprocess.run([folder() / "pg_isready", "-h", self._home, "-q"]).returncode:
            assert self._server.poll() is None, (self._home / "log").read_text()
        if self._standby:
            with psycopg.connect(self.url(), autocommit=True) as connection:
                while not connection.execute(_STREAMING).fetchone():
                    pass

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stops the server: SIGINT ends every session, SIGQUIT is like a crash."""
        assert self._server
        self._server.send_signal(how)
        self._server.wait(timeout=60)

    def create(self, database: str) -> str:
        """The address of a new, empty database."""
        subprocess.run(
            [folder() / "createdb", "-h", self._home, "-U", "postgres", database],
            check=True,
            capture_output=True,
        )
        return self.url(database)

    def for_synapse(self, database: str) -> dict[str, Any]:
        """A homeserver's option `database`, for a new, empty database."""
        self.create(database)
        arguments = {"dbname": database, "user": "postgres", "host": str(self._home)}
        return {"name": "psycopg2", "args": arguments}


@contextmanager
def server() -> Iterator[Server]:
    """A running server, stopped at the end."""
    # Not in pytest's folder: a socket's path may have only about 100 characters.
    with tempfile.TemporaryDirectory(prefix="guide-pg-") as home:
        running = Server(Path(home))
        running.start()
        try:
            yield running
        finally:
            running.stop()
