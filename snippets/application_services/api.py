"""What a homeserver asks an application service, and how it identifies itself."""

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
    """Sends one request. An exception means that there was no answer."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Response:
        """The answer to a request for exactly this URL."""


class Refused(Exception):
    """An answer with an error status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


# --8<-- [start:api]
class ApplicationServiceApi:
    """Asks application services as Synapse does since 1.90.

    The token is always in the `Authorization` header. With `legacy_authorization`, the value of the
    option `use_appservice_legacy_authorization`, it is in the query **as well**, except for a ping.
    Logs and errors never contain a token.

    A service without a URL is never asked. `now_ms` returns the time in ms: the description of a
    protocol is cached for an hour.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        legacy_authorization: object = False,
        now_ms: Callable[[], int],
    ) -> None:
        self._transport = transport
        self._legacy = bool(legacy_authorization)  # as in Synapse, the string 'false' is true
        self._now_ms = now_ms
        self._protocols: dict[tuple[str, str], tuple[int, dict[str, Any] | None]] = {}
        if self._legacy:
            logger.warning("tokens in the query are deprecated: every log on their path has them")

    def query_user(self, service: ApplicationService, user_id: str) -> bool:
        """Whether the service has this user. False for a 404, for errors, and without a URL."""
        return self._exists(service, f"/users/{quote(user_id)}", "query_user")

    def query_alias(self, service: ApplicationService, alias: str) -> bool:
        """Whether the service has this alias. False for a 404, for errors, and without a URL."""
        return self._exists(service, f"/rooms/{quote(alias)}", "query_alias")

    def query_3pe(
        self, service: ApplicationService, kind: str, protocol: str, fields: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """The users (`kind` "user") or locations ("location") of another network, by `fields`.

        Results without the fields that the specification requires are left out; after an error the
        list is empty. Raises ValueError for another `kind`.
        """
        if kind not in ("user", "location"):
            raise ValueError(
                f"{kind!r} is not a kind of third-party entity: write user or location"
            )
        if service.url is None:
            return []
        path = f"/thirdparty/{kind}/{quote(protocol)}"
        try:
            results = self._asked(service, "GET", path, fields)
        except Exception as error:
            logger.warning("query_3pe to %s failed: %s", service.url, self._safe(service, error))
            return []
        if not isinstance(results, list):
            logger.warning("query_3pe to %s did not answer with a list", service.url)
            return []
        valid = [result for result in results if _is_valid(result, kind)]
        if len(valid) < len(results):
            logger.warning("query_3pe to %s answered with invalid results", service.url)
        return valid

    def get_3pe_protocol(self, service: ApplicationService, protocol: str) -> dict[str, Any] | None:
        """The description of a protocol; {} without a URL, None after an error.

        The result, also None, is cached for an hour.
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
        """Sends a transaction; returns whether it arrived. Without a URL it counts as arrived."""
        if service.url is None:
            return True
        try:
            self._asked(service, "PUT", f"/transactions/{txn_id}", {}, {"events": list(events)})
        except Exception as error:
            logger.warning("push_bulk to %s failed: %s", service.url, self._safe(service, error))
            return False
        return True

    def ping(self, service: ApplicationService, txn_id: str | None) -> None:
        """Checks that the service answers. Raises Refused, or what the transport raises."""
        body = {"transaction_id": txn_id}
        self._asked(service, "POST", "/ping", {}, body, may_be_in_query=False)

    def _exists(self, service: ApplicationService, path: str, what: str) -> bool:
        if service.url is None:
            return False
        try:
            return self._asked(service, "GET", path, {}) is not None
        except Refused as refused:
            # Synapse warns of a missing alias, but not of a missing user.
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
                raise ValueError("not a description of a protocol")
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
        """The error's message without the token."""
        message = str(error) or type(error).__name__
        return message.replace(service.hs_token, "<redacted>")


# --8<-- [end:api]


def _is_valid(result: object, kind: str) -> bool:
    """Whether a third-party result has the fields that the specification requires."""
    name = "userid" if kind == "user" else "alias"
    return (
        isinstance(result, dict)
        and isinstance(result.get(name), str)
        and isinstance(result.get("protocol"), str)
        and isinstance(result.get("fields"), dict)
    )
