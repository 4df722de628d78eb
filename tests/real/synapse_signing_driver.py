"""Signs federation requests with a server's key.

This file runs in the environment of a release, for its `signedjson`. Its argument is the file with
the key; it reads one request a line, as JSON, and prints the Authorization header for it.
"""

import json
import sys
from pathlib import Path

from signedjson.key import read_signing_keys
from signedjson.sign import sign_json

(key,) = read_signing_keys(Path(sys.argv[1]).read_text().splitlines())
for line in sys.stdin:
    request = json.loads(line)
    origin = request["origin"]
    signed = sign_json(request, origin, key)
    ((key_id, signature),) = signed["signatures"][origin].items()
    print(
        json.dumps(
            f'X-Matrix origin="{origin}",destination="{request["destination"]}",'
            f'key="{key_id}",sig="{signature}"'
        )
    )
