"""Reads configuration files with Synapse's own code, in its own order.

This file runs in the environment of a release. It reads the paths of one configuration a line, as
JSON, and prints the files that Synapse reads, in order, and what it gets.
"""

import contextlib
import io
import json
import sys

from synapse.config._base import find_config_files, read_config_files

for line in sys.stdin:
    with contextlib.redirect_stdout(io.StringIO()):  # what it ignores is printed
        files = find_config_files(json.loads(line))
        config = read_config_files(files)
    print(json.dumps({"files": files, "config": config}))
