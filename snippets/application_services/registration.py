"""The registration file of an application service."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class BadRegistration(ValueError):
    """What Synapse refuses; the message names the field."""


# --8<-- [start:registration]
@dataclass(frozen=True, repr=False)
class ApplicationService:
    """What both sides know of each other. The tokens are secrets: no `repr` shows them.

    `hs_token` is what the homeserver shows to the application service, `as_token` the other
    way round. Without a `url` nothing is ever sent.
    """

    id: str
    url: str | None
    hs_token: str
    as_token: str
    sender_localpart: str

    @classmethod
    def read(cls, registration: Mapping[str, Any]) -> "ApplicationService":
        """The registration as YAML gave it. Raises BadRegistration where Synapse refuses it."""
        for field in ("id", "as_token", "hs_token", "sender_localpart"):
            if not isinstance(registration.get(field), str):
                raise BadRegistration(f"{field}: write a text")
        url = registration.get("url", "")
        if url is not None and (not isinstance(url, str) or "url" not in registration):
            raise BadRegistration("url: write an address, or null to send nothing")
        if not isinstance(registration.get("namespaces"), Mapping):
            raise BadRegistration("namespaces: write a mapping, if need be an empty one, {}")
        return cls(
            registration["id"],
            url.rstrip("/") if url else None,
            registration["hs_token"],
            registration["as_token"],
            registration["sender_localpart"],
        )

    def __repr__(self) -> str:
        return f"ApplicationService(id={self.id!r}, url={self.url!r})"


# --8<-- [end:registration]
