"""Requests over a real network, through httpx."""

from collections.abc import Mapping

import httpx

from snippets.application_services.api import Response


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
