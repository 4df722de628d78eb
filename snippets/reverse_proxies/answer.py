"""What a server answers, as far as the probe reads it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """What came back. Names of headers are in lower case, and a header that came twice has both
    values, with a comma. Of a long body it is the beginning.

    Where nothing came back, the status is 0 and `failure` says why; `late` is whether another
    time might be different: the deadline passed, or nobody was there.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    failure: str = ""
    late: bool = False

    @property
    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def value(self, key: str) -> Any:
        """What the body, a JSON object, has under a key; None if it has none."""
        body = self.json
        return body.get(key) if isinstance(body, dict) else None

    @property
    def errcode(self) -> str | None:
        """The error code of a Matrix homeserver; None where none answered, or it succeeded.

        No page of a website has one, so this tells Synapse's refusal from anything else.
        """
        code = self.value("errcode")
        return code if isinstance(code, str) and code.startswith("M_") else None

    @property
    def in_short(self) -> str:
        """The answer in a few words."""
        if self.failure:
            return self.failure
        if self.errcode:
            return f"{self.status} {self.errcode[:40]}"
        if not self.body:
            return f"{self.status}, empty"
        return f"{self.status}" if self.is_json else f"{self.status}, not Synapse's"

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON."""
        return self.json is not None

    @property
    def proxy_alone(self) -> bool:
        """Whether the proxy says that it cannot reach what is behind it."""
        return self.status in (502, 503, 504) and not self.errcode
