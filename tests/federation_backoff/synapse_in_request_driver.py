"""Makes requests with the federation client of a real Synapse, to a destination that fails.

This file runs in the environment of a release. For each request that it reads, as JSON (see
in_request.py), it prints the number of attempts, the waits between them in ms, the result, and the
waits that were written into the destination's row. The client and the limiter are the release's
own; the network, the waits and the table are replaced.
"""

import inspect
import logging
import random
from functools import partial
from types import SimpleNamespace
from typing import Any

from synapse.http import matrixfederationclient
from synapse.http.matrixfederationclient import MatrixFederationHttpClient, MatrixFederationRequest
from synapse.notifier import Notifier
from synapse.storage.databases.main.transactions import DestinationRetryTimings
from synapse.util import retryutils
from twisted.internet import defer, error, task
from twisted.web.http_headers import Headers

from tests.real.driver import finish, parsed, serve

# Newer releases have clocks in a module of their own.
try:
    from synapse.util.clock import Clock
except ImportError:
    from synapse.util import Clock

logging.disable()
# Read once: a whole configuration, with its templates, takes 60 ms. For each request Synapse reads
# only the section `federation:` again.
CONFIG = parsed({})


class StillGoing(BaseException):
    """More waits than should be recorded."""


def in_background(_desc: str, function: Any, *args: Any) -> None:
    defer.ensureDeferred(function(*args))


if hasattr(retryutils, "run_as_background_process"):
    retryutils.run_as_background_process = in_background
matrixfederationclient.SimpleHttpClient = lambda *_, **__: None
matrixfederationclient.MatrixFederationAgent = lambda *_, **__: None
matrixfederationclient.treq = SimpleNamespace(content=lambda _: defer.succeed(b""))


class World:
    """Everything around the client."""

    def __init__(self, request: dict[str, Any]) -> None:
        CONFIG.federation.read_config({"federation": request["config"]})
        self.outcome, self.most = request["outcome"], request["most"]
        self.attempts = 0
        self.delays: list[float] = []
        self.rows: list[Any] = []
        self.row: list[int] | None = None  # a destination that has not failed yet
        self.reactor = reactor = task.Clock()
        wants_name = "server_name" in inspect.signature(Clock).parameters
        clock = Clock(reactor, server_name="example.com") if wants_name else Clock(reactor)
        self.clock = clock
        self.store = store = SimpleNamespace(
            get_destination_retry_timings=self.read_row,
            set_destination_retry_timings=self.write_row,
            hs=SimpleNamespace(config=CONFIG),
        )
        self.client = MatrixFederationHttpClient(
            SimpleNamespace(
                config=CONFIG,
                hostname="example.com",
                signing_key=CONFIG.key.signing_key[0],
                version_string="Synapse",
                get_reactor=lambda: reactor,
                get_clock=lambda: clock,
                get_instance_name=lambda: "master",
                get_datastores=lambda: SimpleNamespace(main=store),
                get_notifier=lambda: None,
                get_replication_command_handler=lambda: None,
                run_as_background_process=in_background,
            ),
            None,
        )
        self.client.agent = self
        if not any(isinstance(step, dict) for step in request.get("steps", [])):
            self.client._sleeper = self

    async def read_row(self, _destination: str) -> Any:
        return DestinationRetryTimings(*self.row) if self.row else None

    async def write_row(self, _destination: str, *values: Any) -> None:
        self.rows.append(values[2])

    async def sleep(self, _destination: str, delay_ms: float) -> None:
        self.delays.append(delay_ms)
        if len(self.delays) >= self.most:
            raise StillGoing

    def request(self, *_: Any, **__: Any) -> Any:
        """One attempt."""
        self.attempts += 1
        if self.outcome == "silent":
            return defer.Deferred()
        if self.outcome == "refused":
            return defer.fail(ConnectionRefusedError())
        if self.outcome == "no such name":
            return defer.fail(error.DNSLookupError())
        return defer.succeed(
            SimpleNamespace(
                code=int(self.outcome), phrase=b"", headers=Headers({"Retry-After": ["3600"]})
            )
        )

    def another_succeeds(self) -> None:
        """Another request to the destination succeeds. What that ends, Synapse decides."""
        notifier = SimpleNamespace(federation_sender=None, _federation_client=self.client)
        notifier.notify_remote_server_up = partial(Notifier.notify_remote_server_up, notifier)
        arguments = {
            "destination": "example.org",
            "clock": self.clock,
            "store": self.store,
            "ignore_backoff": True,
            "notifier": notifier,
        }
        if "hs" in inspect.signature(retryutils.get_retry_limiter).parameters:
            arguments["hs"] = SimpleNamespace(run_as_background_process=in_background)
            arguments["our_server_name"] = "example.com"
        with finish(retryutils.get_retry_limiter(**arguments)):
            pass


def result(coroutine: Any) -> tuple[str | None, str]:
    """The name of the exception, and its message."""
    results: list[Any] = []
    defer.ensureDeferred(coroutine).addBoth(results.append)
    (outcome,) = results
    if not hasattr(outcome, "type"):
        return None, ""
    return outcome.type.__name__, outcome.getErrorMessage()


def step_by_step(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """The attempts at first, and after each step.

    A step is a number of seconds that pass; or {"row": ...}, the destination's: then another
    request succeeds.
    """
    defer.ensureDeferred(world.client._send_request(to_destination(), **request["options"]))
    attempts = [world.attempts]
    for step in request["steps"]:
        if isinstance(step, dict):
            world.row = step["row"]
            world.another_succeeds()
        else:
            world.reactor.advance(step)
        attempts.append(world.attempts)
    return {"attempts": attempts}


def to_destination() -> MatrixFederationRequest:
    return MatrixFederationRequest(method="GET", destination="example.org", path="/x")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    matrixfederationclient.random = random.Random(request["seed"])  # nothing else draws from it
    world = World(request)
    if "steps" in request:
        return step_by_step(world, request)
    raised, message = result(world.client._send_request(to_destination(), **request["options"]))
    return {
        "attempts": world.attempts,
        "delays": world.delays,
        "raised": raised,
        "message": message,
        "rows": world.rows,
    }


if __name__ == "__main__":
    serve(answer)
