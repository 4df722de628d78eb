"""The releases in which something changed: found in the packages of Synapse, not remembered."""

import json
from functools import cache
from typing import Any

from tests.federation_backoff import facts as of_backoff
from tests.federation_backoff import record as backoff
from tests.real import source
from tests.streams import facts as of_streams
from tests.streams import record as streams

FACTS = {"streams": of_streams.FACTS, "federation_backoff": of_backoff.FACTS}
RECORDED: dict[str, Any] = {
    "streams": json.loads(streams.RELEASES_READ.read_text("utf-8")),
    "federation_backoff": json.loads(backoff.RELEASES_READ.read_text("utf-8")),
}


@cache
def sentences() -> list[tuple[str, str]]:
    """Each sentence that names a release that was found, and the file in which it stands."""
    return [
        (fact.page, " ".join(source.sentence(RECORDED[subject], name, fact).split()))
        for subject, facts in FACTS.items()
        for name, fact in facts.items()
    ]
