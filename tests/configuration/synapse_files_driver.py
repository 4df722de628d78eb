"""Reads configuration files with Synapse's own code, in its own order.

This file runs in the environment of a release. Each line that it reads has the paths of one
configuration, as JSON. It prints the files that Synapse reads, in order, and the resulting
configuration.
"""

from typing import Any

from synapse.config._base import find_config_files, read_config_files

from tests.real.driver import serve


def answer(paths: list[str]) -> dict[str, Any]:
    files = find_config_files(paths)
    return {"files": files, "config": read_config_files(files)}


if __name__ == "__main__":
    serve(answer)
