"""Shared parts of the drivers: programs that run in the environment of a release and ask it.

A driver is its `answer(request)` and, at its end, `serve(answer)`. `tests.real.synapse.ask` starts
it with the checkout on its path and an empty folder to work in. Only the standard library and
Synapse's own dependencies are installed there, so this file imports nothing else. It imports
Synapse inside functions, since some drivers must do something first.
"""

import base64
import functools
import importlib
import json
import logging
import sys
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from typing import Any, ClassVar, TypeVar

# The minimum with which every release starts.
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
    """Answers every line on standard input with one line on standard output; both are JSON.

    Everything else that is printed goes to standard error: Synapse prints some of its warnings.
    """
    answers, sys.stdout = sys.stdout, sys.stderr
    for request in _requests():
        print(json.dumps(answer(request)), file=answers, flush=True)


def serve_in_reactor(answer: Callable[[Any], Awaitable[Any]]) -> None:
    """The same in Twisted's reactor, for answers that wait for the network or a database."""
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
    """Runs a coroutine that never waits, and returns its result."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    raise AssertionError("it waits")


@functools.cache
def reuse_templates_and_schemas() -> None:
    """Lets Synapse compile each template once, and check each of its own schemas once.

    Both are the same at every reading of a configuration, and would be four fifths of its time.
    """
    jinja2: Any = importlib.import_module("jinja2")
    jsonschema: Any = importlib.import_module("jsonschema")

    class Compiled(jinja2.BytecodeCache):  # type: ignore[misc]
        known: ClassVar[dict[tuple[str, str], Any]] = {}

        def load_bytecode(self, bucket: Any) -> None:
            bucket.code = self.known.get((bucket.key, bucket.checksum))

        def dump_bytecode(self, bucket: Any) -> None:
            self.known[bucket.key, bucket.checksum] = bucket.code

    jinja2.Environment.__init__ = functools.partialmethod(
        jinja2.Environment.__init__, bytecode_cache=Compiled()
    )
    validator = jsonschema.validators.validator_for({})  # Synapse's schemas do not name one
    check_schema = validator.check_schema
    checked: dict[int, Any] = {}

    def check_once(schema: Any) -> None:
        if id(schema) not in checked:
            check_schema(schema)
            checked[id(schema)] = schema  # kept, so that no other one gets its id

    validator.check_schema = check_once


def parsed(given: Mapping[str, Any]) -> Any:
    """Synapse's configuration from the given options, together with the minimum that it needs.

    Raises whatever Synapse raises.
    """
    from synapse.config.homeserver import HomeServerConfig

    reuse_templates_and_schemas()
    config = HomeServerConfig()
    config.parse_config_dict({**LEAST, **given}, "", "")
    return config


def federation_config(section: Mapping[str, Any]) -> Any:
    """Synapse's reading of `federation:` alone: much faster than a whole configuration."""
    from synapse.config.federation import FederationConfig
    from synapse.config.homeserver import HomeServerConfig

    config = HomeServerConfig().federation
    FederationConfig.read_config(config, {"federation": section})
    return config


class Kept(logging.Handler):
    """The lines that one logger, or all, log inside the block at the level WARNING or above."""

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
