"""Requests over a real network, through httpx."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from snippets.application_services.api import ApplicationServiceApi, Response
from snippets.application_services.receiver import Receiver
from snippets.application_services.registration import ApplicationService


class HttpTransport:
    """A Transport. `timeout` is in seconds, for each step of a request."""

    def __init__(self, *, timeout: float = 60.0) -> None:
        self._client = httpx.Client(timeout=timeout, trust_env=False)

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Response:
        """The answer. Raises httpx.HTTPError."""
        answer = self._client.request(method, url, headers=dict(headers), content=body)
        return Response(answer.status_code, answer.content)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()


@contextmanager
def homeserver_of(
    service: Receiver, *, legacy_authorization: object = False
) -> Iterator[tuple[ApplicationServiceApi, ApplicationService]]:
    """What asks a receiver over the network, and the registration with which it does so."""
    registration = {
        "id": "irc",
        "url": service.url,
        "hs_token": service.token,
        "as_token": "unused",
        "sender_localpart": "irc_bot",
        "namespaces": {},
    }
    transport = HttpTransport()
    api = ApplicationServiceApi(
        transport, legacy_authorization=legacy_authorization, now_ms=lambda: 0
    )
    try:
        yield api, ApplicationService.read(registration)
    finally:
        transport.close()
