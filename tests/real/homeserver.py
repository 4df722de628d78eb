"""A real homeserver: one Synapse of a release on SQLite, on a free loopback port."""

import copy
import hashlib
import hmac
import http.client
import json
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.real import synapse
from tests.real.proxy import free_ports

SERVER_NAME = "example.com"
PATIENCE_S = 60
_SIGNER = Path(__file__).with_name("synapse_signing_driver.py")
_SECRET = "shared by the tests"
LOUD = {"per_second": 1000, "burst_count": 1000}


class Homeserver:
    """A homeserver in a folder, running between `start` and `stop`. It may reach loopback
    addresses.

    `app` is the module of synapse.app that runs; any other than the main process is a worker. Its
    listeners are at free ports; `ports` maps the configured ports to these. `database` is its
    SQLite file, for rows that must be there before a start; `signing_key` is the file with its key.
    """

    def __init__(
        self, release: str, folder: Path, config: Mapping[str, Any], app: str = "homeserver"
    ) -> None:
        self._python = synapse.python(release)
        self._app = app
        self._folder = folder
        self._output: list[str] = []
        self._more = threading.Condition()
        self.database = folder / "homeserver.db"
        self.signing_key = folder / "signing.key"
        self.signing_key.write_text(f"ed25519 tests {'A' * 43}\n")
        whole = copy.deepcopy({**self._config(), **config})
        listeners = [listener["port"] for listener in whole["listeners"]]
        self.ports = dict(zip(listeners, free_ports(len(listeners)), strict=True))
        for listener in whole["listeners"]:
            listener["port"] = self.ports[listener["port"]]
        self.port = self.ports[8008]
        if app != "homeserver":
            whole["worker_app"] = f"synapse.app.{app}"
            whole["worker_listeners"] = whole.pop("listeners")
        (folder / "homeserver.yaml").write_text(json.dumps(whole))
        (folder / "log.yaml").write_text(json.dumps(_LOG))

    def _config(self) -> dict[str, Any]:
        return {
            "server_name": SERVER_NAME,
            "listeners": [
                {
                    "port": 8008,
                    "type": "http",
                    "bind_addresses": ["127.0.0.1"],
                    "resources": [{"names": ["client", "federation"]}],
                }
            ],
            "database": {"name": "sqlite3", "args": {"database": str(self.database)}},
            "log_config": str(self._folder / "log.yaml"),
            "media_store_path": str(self._folder / "media"),
            "signing_key_path": str(self.signing_key),
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "report_stats": False,
            "registration_shared_secret": _SECRET,
            "macaroon_secret_key": "unused",
            "form_secret": "unused",
            "ip_range_blacklist": [],
            "federation_ip_range_blacklist": [],
            "rc_message": LOUD,
            "rc_login": {"address": LOUD, "account": LOUD, "failed_attempts": LOUD},
        }

    @property
    def log(self) -> str:
        """Everything that it has logged so far."""
        return "".join(self._output)

    def logs(self, text: str, times: int = 1) -> str:
        """Waits until `times` lines contain the text; returns the last of these lines."""

        def line() -> str | None:
            lines = [line for line in self._output if text in line]
            return lines[-1] if len(lines) >= times else None

        with self._more:
            assert self._more.wait_for(line, PATIENCE_S), f"not logged: {text}\n{self.log[-4000:]}"
        return str(line())

    def start(self) -> None:
        """Starts it and returns when it logs that it listens."""
        self._process = subprocess.Popen(
            [
                self._python,
                "-W",
                "ignore",
                "-m",
                f"synapse.app.{self._app}",
                "-c",
                "homeserver.yaml",
            ],
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that Ctrl+C reaches only the tests
        )
        listening: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, args=[listening])
        self._reader.start()
        try:
            started = listening.get(timeout=PATIENCE_S)
        except queue.Empty:
            started = False
        if not started:
            self.stop()
            raise AssertionError(f"Synapse did not start:\n{self.log[-4000:]}")

    def _read(self, listening: "queue.SimpleQueue[bool]") -> None:
        assert self._process.stdout
        waited_for = set(self.ports.values())
        for line in self._process.stdout:
            with self._more:
                self._output.append(line)
                self._more.notify_all()
            if "now listening on TCP port" in line:
                waited_for.discard(int(line.split()[-1]))
                if not waited_for:
                    listening.put(True)
        listening.put(False)

    def ended(self) -> int:
        """Waits until it ends by itself; its exit status."""
        return self._process.wait(timeout=PATIENCE_S)

    def stop(self) -> None:
        """Stops it."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        assert self._process.stdout
        self._process.stdout.close()

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """The status and the JSON of the answer, if any; the path is sent unchanged."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, sent)
            answer = connection.getresponse()
            body_of_answer = answer.read()
            return answer.status, json.loads(body_of_answer) if body_of_answer else None
        finally:
            connection.close()

    def signature(self, method: str, path: str, content: Any = None) -> str:
        """The Authorization header for a federation request from the homeserver to itself.

        It knows its own key, so no second server is needed.
        """
        asked = {
            "method": method,
            "uri": path,
            "origin": SERVER_NAME,
            "destination": SERVER_NAME,
            **({} if content is None else {"content": content}),
        }
        (header,) = synapse.ask(self._python, _SIGNER, [asked], str(self.signing_key))
        return str(header)

    def register(self, name: str, *, admin: bool = False) -> str:
        """Registers a user; returns its access token."""
        path = "/_synapse/admin/v1/register"
        nonce = self.request("GET", path)[1]["nonce"]
        signed = "\0".join([nonce, name, "password", "admin" if admin else "notadmin"])
        mac = hmac.new(_SECRET.encode(), signed.encode(), hashlib.sha1).hexdigest()
        body = {
            "nonce": nonce,
            "username": name,
            "password": "password",
            "admin": admin,
            "mac": mac,
        }
        status, answer = self.request("POST", path, body)
        assert status == 200, answer
        return str(answer["access_token"])


@contextmanager
def homeserver(release: str, config: Mapping[str, Any] | None = None) -> Iterator[Homeserver]:
    """A running homeserver with these additional options, stopped at the end. Raises Missing."""
    with tempfile.TemporaryDirectory(prefix="guide-synapse-") as folder:
        server = Homeserver(release, Path(folder), config or {})
        server.start()
        try:
            yield server
        finally:
            server.stop()


_LOG = {
    "version": 1,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"level": "INFO", "handlers": ["console"]},
    "disable_existing_loggers": False,
}
