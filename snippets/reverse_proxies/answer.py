"""A server's answer, as far as the probe reads it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """An answer, or the reason why there is none.

    Header names are in lower case; values of a repeated header are joined with a comma. A long body
    is cut off.

    Without an answer the status is 0 and `failure` says why. `late` is whether a later attempt may
    succeed: the deadline passed, or nothing was listening.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    failure: str = ""
    late: bool = False

    @property
    def json(self) -> Any:
        """The body as JSON; None if it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def value(self, key: str) -> Any:
        """The value of a key, if the body is a JSON object that has it; otherwise None."""
        body = self.json
        return body.get(key) if isinstance(body, dict) else None

    @property
    def errcode(self) -> str | None:
        """The error code of a Matrix homeserver; None if the answer has none.

        An ordinary website never sends one, so this shows that Synapse refused.
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
        """Whether the proxy reports that it cannot reach its backend."""
        return self.status in (502, 503, 504) and not self.errcode
