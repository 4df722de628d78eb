"""The releases in which something changed: found in the packages of Synapse, not remembered."""

import json
from typing import Any

from tests.federation_backoff import facts as of_backoff
from tests.federation_backoff import record as backoff
from tests.streams import facts as of_streams
from tests.streams import record as streams

FACTS = {"streams": of_streams.FACTS, "federation_backoff": of_backoff.FACTS}
RECORDED: dict[str, Any] = {
    "streams": json.loads(streams.RELEASES_READ.read_text("utf-8")),
    "federation_backoff": json.loads(backoff.RELEASES_READ.read_text("utf-8")),
}
