"""Reads sizes with Synapse's own code.

This file runs in the environment of a release. For each value that it reads, as JSON, it prints
the bytes, or null if Synapse refuses it.
"""

from typing import Any

from synapse.config._base import Config

from tests.real.driver import serve


def answer(value: Any) -> Any:
    try:
        return Config.parse_size(value)
    except (IndexError, TypeError, ValueError):
        return None


if __name__ == "__main__":
    serve(answer)
