"""Reports how a release of Synapse reads configuration files and folders.

This file runs in the environment of a release. It reads lines of JSON: lists of paths, as given to
`--config-path`. It prints the files that Synapse reads, in order, and the resulting configuration.
"""

from typing import Any

from synapse.config._base import find_config_files, read_config_files

from tests.real.driver import serve


def answer(paths: list[str]) -> dict[str, Any]:
    files = find_config_files(paths)
    return {"files": files, "values": read_config_files(files)}


if __name__ == "__main__":
    serve(answer)
