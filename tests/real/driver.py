"""What the drivers share: programs that ask a release of Synapse, in the release's environment.

A driver is its `answer(request)` and, at its end, `serve(answer)`. `tests.real.synapse.ask` starts
it with the checkout on its path and an empty folder to work in. Nothing but the standard library
and what Synapse itself needs is there, so this file imports nothing else; and Synapse only where a
function needs it, since some drivers must do something before.
"""

import base64
import json
import logging
import sys
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from typing import Any, TypeVar

# The least that every release starts with.
LEAST: Mapping[str, Any] = {
    "server_name": "example.com",
    "report_stats": False,
    "suppress_key_server_warning": True,
    "trusted_key_servers": [],
    "macaroon_secret_key": "unused",
    "form_secret": "unused",
    "signing_key": f"ed25519 key {base64.b64encode(bytes(32)).decode().rstrip('=')}",
}

Result = TypeVar("Result")


def serve(answer: Callable[[Any], Any]) -> None:
    """Answers every line that is read with one line; both are JSON.

    What else is printed goes to the standard error: Synapse prints some of its warnings.
    """
    answers, sys.stdout = sys.stdout, sys.stderr
    for request in _requests():
        print(json.dumps(answer(request)), file=answers, flush=True)


def serve_in_reactor(answer: Callable[[Any], Awaitable[Any]]) -> None:
    """The same in Twisted's reactor, for an answer that waits for the network or a database."""
    from twisted.internet import defer, task

    answers, sys.stdout = sys.stdout, sys.stderr

    async def every() -> None:
        try:
            for request in _requests():
                print(json.dumps(await answer(request)), file=answers, flush=True)
        except Exception:
            traceback.print_exc()  # the reactor would only log it
            raise

    task.react(lambda _: defer.ensureDeferred(every()))


def _requests() -> Iterator[Any]:
    for line in sys.stdin:
        yield json.loads(line)


def finish(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Runs a coroutine that waits for nothing, and returns its result."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    raise AssertionError("it waits")


def parsed(given: Mapping[str, Any]) -> Any:
    """Synapse's whole configuration of what is given, beside the least that it needs.

    Raises whatever Synapse raises for it.
    """
    from synapse.config.homeserver import HomeServerConfig

    config = HomeServerConfig()
    config.parse_config_dict({**LEAST, **given}, "", "")
    return config


def federation_config(section: Mapping[str, Any]) -> Any:
    """What Synapse makes of `federation:` alone: much faster than a whole configuration."""
    from synapse.config.federation import FederationConfig
    from synapse.config.homeserver import HomeServerConfig

    config = HomeServerConfig().federation
    FederationConfig.read_config(config, {"federation": section})
    return config


class Kept(logging.Handler):
    """The lines of what is logged within `with`, from warnings up, by one logger or by all."""

    def __init__(self, logger: str | None = None) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._logger = logging.getLogger(logger)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def __enter__(self) -> "Kept":
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
