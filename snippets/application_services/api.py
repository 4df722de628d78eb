"""What a homeserver asks an application service, and how it shows who it is."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, urlencode

from snippets.application_services.registration import ApplicationService

logger = logging.getLogger(__name__)

PREFIX = "/_matrix/app/v1"
PROTOCOL_CACHE_MS = 60 * 60 * 1000


class Response(NamedTuple):
    """An HTTP answer."""

    status: int
    body: bytes


class Transport(Protocol):
    """Sends one request. What it raises is no answer."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Response:
        """The answer to a request for exactly this URL."""


class Refused(Exception):
    """An answer with a status that is no success."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


# --8<-- [start:api]
class ApplicationServiceApi:
    """Asks application services as Synapse does since 1.90.

    The token goes in the `Authorization` header, always. With `legacy_authorization`, which is
    `use_appservice_legacy_authorization` of the configuration, it goes in the query **as
    well**, but for a ping. No log and no error holds a token.

    A service without a URL is never asked. `now_ms` is the time in ms, for the hour that the
    description of a protocol is kept.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        legacy_authorization: object = False,
        now_ms: Callable[[], int],
    ) -> None:
        self._transport = transport
        self._legacy = bool(legacy_authorization)  # so the text 'false' turns it on, as in Synapse
        self._now_ms = now_ms
        self._protocols: dict[tuple[str, str], tuple[int, dict[str, Any] | None]] = {}
        if self._legacy:
            logger.warning("tokens in the query are deprecated, and seen by every log on the way")

    def query_user(self, service: ApplicationService, user_id: str) -> bool:
        """Whether the service has this user. False for a 404, for errors, and without a URL."""
        return self._exists(service, f"/users/{quote(user_id)}", "query_user")

    def query_alias(self, service: ApplicationService, alias: str) -> bool:
        """Whether the service has this alias, likewise."""
        return self._exists(service, f"/rooms/{quote(alias)}", "query_alias")

    def query_3pe(
        self, service: ApplicationService, kind: str, protocol: str, fields: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """The users (`kind` "user") or locations ("location") of another network, by `fields`.

        Results that lack what the specification asks for are left out; errors give none.
        """
        if kind not in ("user", "location"):
            raise ValueError(f"{kind!r} is no kind of third-party entity: write user or location")
        if service.url is None:
            return []
        path = f"/thirdparty/{kind}/{quote(protocol)}"
        try:
            results = self._asked(service, "GET", path, fields)
        except Exception as error:
            logger.warning("query_3pe to %s failed: %s", service.url, self._safe(service, error))
            return []
        if not isinstance(results, list):
            logger.warning("query_3pe to %s answered no list", service.url)
            return []
        valid = [result for result in results if _is_valid(result, kind)]
        if len(valid) < len(results):
            logger.warning("query_3pe to %s answered invalid results", service.url)
        return valid

    def get_3pe_protocol(self, service: ApplicationService, protocol: str) -> dict[str, Any] | None:
        """The description of a protocol; {} without a URL, None where none can be had.

        It is kept for an hour, and so is its absence.
        """
        if service.url is None:
            return {}
        key = (service.id, protocol)
        until, kept = self._protocols.get(key, (0, None))
        if self._now_ms() >= until:
            kept = self._protocol(service, protocol)
            self._protocols[key] = (self._now_ms() + PROTOCOL_CACHE_MS, kept)
        return kept

    def push_bulk(
        self, service: ApplicationService, events: Sequence[Mapping[str, Any]], txn_id: int
    ) -> bool:
        """Sends a transaction; whether it arrived. Without a URL it counts as arrived."""
        if service.url is None:
            return True
        try:
            self._asked(service, "PUT", f"/transactions/{txn_id}", {}, {"events": list(events)})
        except Exception as error:
            logger.warning("push_bulk to %s failed: %s", service.url, self._safe(service, error))
            return False
        return True

    def ping(self, service: ApplicationService, txn_id: str | None) -> None:
        """Asks whether the service is there. Raises Refused, or what the transport raises."""
        body = {"transaction_id": txn_id}
        self._asked(service, "POST", "/ping", {}, body, may_be_in_query=False)

    def _exists(self, service: ApplicationService, path: str, what: str) -> bool:
        if service.url is None:
            return False
        try:
            return self._asked(service, "GET", path, {}) is not None
        except Refused as refused:
            # Synapse warns of an alias that is not there, and not of a user.
            if refused.status != 404 or what == "query_alias":
                logger.warning("%s to %s received %s", what, service.url, refused.status)
        except Exception as error:
            logger.warning("%s to %s failed: %s", what, service.url, self._safe(service, error))
        return False

    def _protocol(self, service: ApplicationService, protocol: str) -> dict[str, Any] | None:
        path = f"/thirdparty/protocol/{quote(protocol)}"
        try:
            description = self._asked(service, "GET", path, {})
            if not isinstance(description, dict) or not isinstance(
                description.get("instances"), list
            ):
                raise ValueError("no description of a protocol")
        except Exception as error:
            logger.warning(
                "get_3pe_protocol to %s failed: %s", service.url, self._safe(service, error)
            )
            return None
        for instance in description["instances"]:
            if (network := instance.get("network_id")) is not None:
                instance["instance_id"] = f"{service.id}|{network}"
        return description

    def _asked(
        self,
        service: ApplicationService,
        method: str,
        path: str,
        fields: Mapping[str, Any],
        body: object = None,
        *,
        may_be_in_query: bool = True,
    ) -> Any:
        """The JSON of the answer. Raises Refused, ValueError, or what the transport raises."""
        query = dict(fields)
        if self._legacy and may_be_in_query:
            query["access_token"] = service.hs_token
        url = f"{service.url}{PREFIX}{path}"
        if query:
            url += f"?{urlencode(query, doseq=True)}"
        headers = {"Authorization": f"Bearer {service.hs_token}"}
        sent = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            sent = json.dumps(body).encode()
        answer = self._transport.request(method, url, headers, sent)
        if not 200 <= answer.status < 300:
            raise Refused(answer.status)
        return json.loads(answer.body)

    def _safe(self, service: ApplicationService, error: Exception) -> str:
        """The error in words without the token."""
        message = str(error) or type(error).__name__
        return message.replace(service.hs_token, "<redacted>")


# --8<-- [end:api]


def _is_valid(result: object, kind: str) -> bool:
    """Whether a third-party result has what the specification asks for."""
    name = "userid" if kind == "user" else "alias"
    return (
        isinstance(result, dict)
        and isinstance(result.get(name), str)
        and isinstance(result.get("protocol"), str)
        and isinstance(result.get("fields"), dict)
    )
