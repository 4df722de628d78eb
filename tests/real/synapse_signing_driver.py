"""Signs federation requests with a server's key.

This file runs in the environment of a release, for its `signedjson`. Its argument is the file with
the key. For each request that it reads, as JSON, it prints the Authorization header.
"""

import sys
from functools import partial
from pathlib import Path
from typing import Any

from signedjson.key import read_signing_keys
from signedjson.sign import sign_json

from tests.real.driver import serve


def answer(key: Any, request: dict[str, Any]) -> str:
    origin = request["origin"]
    signed = sign_json(request, origin, key)
    ((key_id, signature),) = signed["signatures"][origin].items()
    return (
        f'X-Matrix origin="{origin}",destination="{request["destination"]}",'
        f'key="{key_id}",sig="{signature}"'
    )


if __name__ == "__main__":
    (only,) = read_signing_keys(Path(sys.argv[1]).read_text().splitlines())
    serve(partial(answer, only))
