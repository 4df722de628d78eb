"""Lists the paths of a release's admin API, with whether more may follow each of them.

This file runs in the environment of a release. For each line that it reads it prints
{regular expression: whether it has no end}.
"""

import importlib
import json
import pkgutil
import sys

import synapse.rest.admin

for module in pkgutil.iter_modules(synapse.rest.admin.__path__):
    importlib.import_module(f"synapse.rest.admin.{module.name}")
paths = {
    pattern.pattern
    for name, module in list(sys.modules.items())
    if name.startswith("synapse.rest.admin")
    for thing in vars(module).values()
    for pattern in getattr(thing, "PATTERNS", None) or ()
}
for _ in sys.stdin:
    print(json.dumps({path: not path.endswith("$") for path in sorted(paths)}))
