"""Says whether a release of Synapse takes registration files.

This file runs in the environment of a release. It reads a line of JSON for each list of files,
each as YAML text, and prints null or the error, in which a file's path is its number.
"""

import json
import logging
import re
import sys
import tempfile
from pathlib import Path

from synapse.config.appservice import load_appservices

logging.disable()
for line in sys.stdin:
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, text in enumerate(json.loads(line)):
            names.append(str(Path(folder, f"{number}.yaml")))
            Path(names[-1]).write_text(text)
        error = None
        try:
            load_appservices("example.com", names)
        except Exception as raised:  # of any kind: Synapse does not start
            said = re.sub(rf"{re.escape(folder)}/(\d+)\.yaml", r"file \1", str(raised))
            error = f"{type(raised).__name__}: {said}"
    print(json.dumps(error))
