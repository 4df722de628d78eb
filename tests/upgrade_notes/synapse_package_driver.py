"""Reports what a release's package offers to administrators and to modules.

This file runs in the environment of a release. It prints a line of JSON for each line that it
reads: facts by name.
"""

import re
from collections.abc import Callable
from importlib.metadata import metadata
from typing import Any

import prometheus_client
from synapse.logging.context import LoggingContext
from synapse.module_api import ModuleApi, run_as_background_process

from tests.real.driver import Kept, serve

# The extras and methods that notes are about.
EXTRAS = ("systemd", "user-search")
METHODS = ("defer_to_threadpool", "run_as_background_process")


def outcome(call: Callable[[], Any]) -> str:
    """The outcome of a call."""
    try:
        call()
    except Exception as error:  # of any kind
        return f"{type(error).__name__}: {error}"
    return "works"


def context_with_a_parent() -> None:
    """The call that synapse-s3-storage-provider up to 1.5.0 makes for each file."""
    try:
        parent = LoggingContext("request")
    except TypeError:
        parent = LoggingContext(name="request", server_name="example.com")
    LoggingContext(parent_context=parent)


def background_process() -> dict[str, str]:
    """The result for a module that starts a process with the function instead of the method."""

    async def nothing() -> None:
        pass

    with Kept() as kept:
        run_as_background_process("guide", nothing)
    owners = {
        sample.labels.get("server_name", "none")
        for metric in prometheus_client.REGISTRY.collect()
        for sample in metric.samples
        if sample.labels.get("name") == "guide" and sample.name.endswith("_start_count_total")
    }
    return {
        "server_name in the metrics of run_as_background_process": ", ".join(owners),
        "warnings of run_as_background_process": "; ".join(kept.lines) or "none",
    }


def required_by(extra: str, requirements: list[str]) -> str:
    """The names of the packages of an extra, such as `pyicu`."""
    wanted = re.compile(f"extra == ['\"]{extra}['\"]")
    names = [re.split(r"[^\w-]", line)[0] for line in requirements if wanted.search(line)]
    return ", ".join(name.lower() for name in names) or "nothing"


def answer(_: None) -> dict[str, str]:
    about = metadata("matrix-synapse")
    offered = about.get_all("Provides-Extra", [])
    return {
        **{f"extra {name}": "offered" if name in offered else "not offered" for name in EXTRAS},
        **{
            f"what {name} requires": required_by(name, about.get_all("Requires-Dist", []))
            for name in EXTRAS
        },
        **{
            f"method ModuleApi.{name}": "there" if hasattr(ModuleApi, name) else "not there"
            for name in METHODS
        },
        "LoggingContext with a parent only": outcome(context_with_a_parent),
        **background_process(),
    }


if __name__ == "__main__":
    serve(answer)
