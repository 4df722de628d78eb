"""Reads durations with Synapse's own code.

This file runs in the environment of a release, not in ours. For each value that it reads, as JSON,
it prints the milliseconds, or the name of the exception.
"""

from typing import Any

from synapse.config._base import Config

from tests.real.driver import serve


def answer(value: Any) -> Any:
    try:
        return Config.parse_duration(value)
    except (IndexError, TypeError, ValueError) as error:
        return type(error).__name__


if __name__ == "__main__":
    serve(answer)
