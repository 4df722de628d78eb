"""Reports which options of a configuration Synapse looks up, and which it keeps whole.

This file runs in the environment of a release. For each configuration that it reads, a mapping as
JSON, it prints the error, if any, and the paths that were looked up: with `get`, `[]`, `in` or
`pop`, or by iteration, which counts for all names.
"""

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from synapse.config.homeserver import HomeServerConfig

from tests.real.driver import LEAST, reuse_templates_and_schemas, serve

PLACES = {"config_dir_path": "", "data_dir_path": "", "allow_secrets_in_config": True}


class Watched(dict[str, Any]):
    """A mapping that records which of its names are used, also in nested mappings."""

    def __init__(self, given: dict[str, Any], path: str, used: set[str]) -> None:
        super().__init__(
            {name: watched(value, f"{path}{name}.", used) for name, value in given.items()}
        )
        self._path, self._used = path, used

    def _note(self, name: object) -> None:
        self._used.add(f"{self._path}{name}")

    def __getitem__(self, name: str) -> Any:
        self._note(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._note(name)
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._note(name)
        return super().get(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        self._note(name)
        return super().pop(name, *default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        self._note(name)
        return super().setdefault(name, default)

    def __iter__(self) -> Iterator[str]:
        for name in super().__iter__():
            self._note(name)
            yield name

    def keys(self) -> Any:
        return list(self)

    def items(self) -> Any:
        return [(name, super(Watched, self).__getitem__(name)) for name in self]

    def values(self) -> Any:
        return [super(Watched, self).__getitem__(name) for name in self]


def watched(value: Any, path: str, used: set[str]) -> Any:
    """The value, with every mapping in it watched; items of a list are numbered."""
    if isinstance(value, dict):
        return Watched(value, path, used)
    if isinstance(value, list):
        return [watched(item, f"{path}{number}.", used) for number, item in enumerate(value)]
    return value


def answer(given: dict[str, Any]) -> dict[str, Any]:
    """The result of reading the configuration, together with the minimum that Synapse needs."""
    used: set[str] = set()
    config = HomeServerConfig()
    error = None
    try:
        config.parse_config_dict(Watched({**LEAST, **given}, "", used), "", "")
    except (Exception, SystemExit) as raised:
        error = f"{type(raised).__name__}: {raised}"
        # Once more by part: those after the part that refused were not read.
        for kind in config.config_classes:
            with contextlib.suppress(Exception, SystemExit):
                part = Watched({**LEAST, **given}, "", used)
                getattr(config, kind.section).read_config(part, **PLACES)
    kept = sorted(
        f"{section}.{name}"
        for section in (kind.section for kind in config.config_classes)
        for name, value in vars(getattr(config, section, None) or object).items()
        if name != "root" and "made_up_name" in repr(value)
    )
    return {"error": error, "looked_up": sorted(used), "kept": kept}


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    reuse_templates_and_schemas()
    serve(answer)
