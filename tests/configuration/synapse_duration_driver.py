"""Reads durations with Synapse's own code.

This file runs in the environment of a release, not in ours. It reads one value a line, as JSON,
and prints for each the milliseconds, or the name of the exception.
"""

import json
import sys

from synapse.config._base import Config

for line in sys.stdin:
    try:
        print(json.dumps(Config.parse_duration(json.loads(line))))
    except (IndexError, TypeError, ValueError) as error:
        print(json.dumps(type(error).__name__))
