"""Starts Synapse with configuration files, up to the point where it opens its database.

This file runs in the environment of a release. Each request has the program, `homeserver` or
`generic_worker`, the folder that it is started in, and the paths after `-c`. It prints null, or the
error with which the program ends. The code is Synapse's own, from its arguments on; only where it
would open the database it loads the registration files, as it does there, and stops. It does not
ask whether optional packages are installed: that is not a matter of the files.
"""

import importlib
import json
import logging
import os
from typing import Any

from tests.real.driver import reuse_templates_and_schemas, serve


class Started(BaseException):
    """It would now open its database."""


def _open_database(hs: Any) -> None:
    from synapse.config.appservice import load_appservices

    load_appservices(hs.hostname, hs.config.appservice.app_service_config_files)
    raise Started


def _start(program: str, arguments: list[str]) -> None:
    from synapse.server import HomeServer

    HomeServer.setup = _open_database
    app = importlib.import_module(f"synapse.app.{program}")
    if hasattr(app, "create_homeserver"):  # since 1.140
        load = getattr(app, "load_or_generate_config", None) or app.load_config
        app.setup(app.create_homeserver(load(arguments)))
    else:
        getattr(app, "start" if program == "generic_worker" else "setup")(arguments)


def _ended(program: str, folder: str, paths: list[str]) -> str | None:
    os.chdir(folder)
    arguments = [part for path in paths for part in ("-c", path)]
    try:
        _start(program, arguments)
    except Started:
        return None
    except SystemExit as ended:
        return f"SystemExit: {ended} {ended.__context__!r}"
    except Exception as raised:
        return f"{type(raised).__name__}: {raised}"
    raise AssertionError("it went on without its database")


def answer(request: dict[str, Any]) -> str | None:
    """The error, if any. A start that configures logging needs a process of its own."""
    started = (request["program"], request["folder"], request["paths"])
    if not request["logging"]:
        return _ended(*started)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        os.write(writing, json.dumps(_ended(*started)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        written = pipe.read()
    os.waitpid(child, 0)
    result: str | None = json.loads(written)
    return result


if __name__ == "__main__":
    logging.disable()
    reuse_templates_and_schemas()
    dependencies: Any = importlib.import_module("synapse.util.check_dependencies")
    dependencies.check_requirements = lambda *_: None
    for module in ("synapse.app.homeserver", "synapse.app.generic_worker"):
        importlib.import_module(module)  # once, before the first fork
    serve(answer)
