"""Reads durations with Synapse's own code.

This file runs in the environment of a release, not in ours. It reads one value a line, as JSON,
and prints for each the milliseconds, or the name of the exception.
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
