"""Lists the paths of a release's admin API, and whether anything may follow each of them.

This file runs in the environment of a release. For each line that it reads it prints {regular
expression: whether anything may follow}.
"""

import importlib
import pkgutil
import sys

import synapse.rest.admin

from tests.real.driver import serve


def answer(_: None) -> dict[str, bool]:
    for module in pkgutil.iter_modules(synapse.rest.admin.__path__):
        importlib.import_module(f"synapse.rest.admin.{module.name}")
    paths = {
        pattern.pattern
        for name, module in list(sys.modules.items())
        if name.startswith("synapse.rest.admin")
        for thing in vars(module).values()
        for pattern in getattr(thing, "PATTERNS", None) or ()
    }
    return {path: not path.endswith("$") for path in sorted(paths)}


if __name__ == "__main__":
    serve(answer)
