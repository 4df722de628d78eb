"""Says what a release of Synapse makes of configuration files and folders.

This file runs in the environment of a release. It reads lines of JSON: lists of paths, as they
stand behind `--config-path`. It prints the files that Synapse reads, in order, and the whole
configuration that comes of them.
"""

import contextlib
import io
import json
import sys

from synapse.config._base import find_config_files, read_config_files

for line in sys.stdin:
    with contextlib.redirect_stdout(io.StringIO()):  # Synapse prints what it leaves out
        files = find_config_files(json.loads(line))
        values = read_config_files(files)
    print(json.dumps({"files": files, "values": values}))
