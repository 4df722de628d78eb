"""Checkers for common languages: each parses the block.

A checker takes a block and returns nothing. If the block is wrong it raises ValueError, with a
message for the writer. Any other exception is an error of the checker and is shown in full.
"""

import json
import tomllib
from collections.abc import Callable, Mapping

import yaml

from .fences import Fence

Checker = Callable[[Fence], None]


def _json(fence: Fence) -> None:
    json.loads(fence.source())


def _toml(fence: Fence) -> None:
    tomllib.loads(fence.source())


def _yaml(fence: Fence) -> None:
    try:
        list(yaml.safe_load_all(fence.source()))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


PARSERS: Mapping[str, Checker] = {"json": _json, "toml": _toml, "yaml": _yaml}
