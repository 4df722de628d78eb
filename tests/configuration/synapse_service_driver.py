"""What a release makes of a registration: which names it matches, and which fields are looked up.

This file runs in the environment of a release. A request has the text of a registration, and names
of users, aliases and rooms.
"""

import logging
from pathlib import Path
from typing import Any

import yaml
from synapse.config import appservice

from tests.configuration.synapse_lookups_driver import watched
from tests.real.driver import serve


def answer(request: dict[str, Any]) -> dict[str, Any]:
    used: set[str] = set()
    load = yaml.safe_load
    appservice.yaml.safe_load = lambda text: watched(load(text), "", used)
    Path("registration.yaml").write_text(request["text"])
    (service,) = appservice.load_appservices("example.com", ["registration.yaml"])
    matched = {
        "users": service.is_user_in_namespace,
        "aliases": service.is_room_alias_in_namespace,
        "rooms": service.is_room_id_in_namespace,
    }
    return {
        "matched": [[kind, name] for kind, name in request["names"] if matched[kind](name)],
        "exclusive": [
            name
            for kind, name in request["names"]
            if kind == "users" and service.is_exclusive_user(name)
        ],
        "rate_limited": service.is_rate_limited(),
        "looked_up": sorted(used),
    }


if __name__ == "__main__":
    logging.disable()
    serve(answer)
