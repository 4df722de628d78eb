"""What the API returns and logs if an application service answers, wrongly or not at all."""

import json
import logging
import socket
from collections.abc import Mapping
from typing import Any

import pytest

from snippets.application_services import (
    ApplicationService,
    ApplicationServiceApi,
    Refused,
    Response,
    receiver,
)
from snippets.application_services.api import PROTOCOL_CACHE_MS
from snippets.application_services.transport import HttpTransport
from tests.application_services.homeservers import HS_TOKEN, registration
from tests.real.proxy import free_ports

IRC = ApplicationService.read(registration("http://127.0.0.1:1/"))
NOBODY = ApplicationService.read({**registration(""), "url": None})


class Answering:
    """A transport with fixed answers, which counts its requests."""

    def __init__(self, status: int, body: Any, error: Exception | None = None) -> None:
        self.status, self.error, self.asked = status, error, 0
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Response:
        assert (body is None) is (method == "GET") is ("Content-Type" not in headers)
        self.asked += 1
        if self.error:
            raise self.error
        return Response(self.status, self.body)


def api(transport: Any, now_ms: int = 0, legacy: object = False) -> ApplicationServiceApi:
    return ApplicationServiceApi(transport, legacy_authorization=legacy, now_ms=lambda: now_ms)


def test_a_user_or_alias_exists_if_the_service_says_so() -> None:
    for status, body, there in ((200, {}, True), (200, None, False), (404, {}, False)):
        assert api(Answering(status, body)).query_user(IRC, "@a:b") is there
        assert api(Answering(status, body)).query_alias(IRC, "#a:b") is there


@pytest.mark.parametrize(
    ("transport", "warning"),
    [
        (Answering(500, {}), "received 500"),
        (Answering(200, b"<html>"), "failed: Expecting value"),
        (Answering(200, {}, TimeoutError()), "failed: TimeoutError"),
        (Answering(200, {}, OSError(f"GET ?access_token={HS_TOKEN}")), "access_token=<redacted>"),
    ],
)
def test_an_error_means_no_user_and_is_logged_without_the_token(
    transport: Answering, warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert api(transport).query_user(IRC, "@a:b") is False
    assert warning in caplog.text
    assert HS_TOKEN not in caplog.text


def test_a_missing_user_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    api(Answering(404, {})).query_user(IRC, "@a:b")
    assert caplog.text == ""


def test_incomplete_third_party_results_are_left_out() -> None:
    whole = {"userid": "@a:b", "protocol": "irc", "fields": {}}
    wrong = [{}, 1, {**whole, "userid": 1}, {**whole, "fields": []}, {**whole, "protocol": None}]
    assert api(Answering(200, [*wrong, whole])).query_3pe(IRC, "user", "irc", {}) == [whole]
    place = {"alias": "#a:b", "protocol": "irc", "fields": {}}
    assert api(Answering(200, [whole, place])).query_3pe(IRC, "location", "irc", {}) == [place]


@pytest.mark.parametrize("transport", [Answering(200, {}), Answering(500, []), Answering(200, b"")])
def test_third_party_answers_that_are_not_a_list_give_no_results(
    transport: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    assert api(transport).query_3pe(IRC, "user", "irc", {}) == []
    assert "query_3pe" in caplog.text


def test_another_kind_of_entity_is_refused_with_advice() -> None:
    with pytest.raises(ValueError, match="'room' is not a kind of third-party entity: write user"):
        api(Answering(200, [])).query_3pe(IRC, "room", "irc", {})


def test_a_protocol_is_asked_for_once_an_hour_and_its_networks_get_ids() -> None:
    transport = Answering(200, {"instances": [{"network_id": "libera"}, {}]})
    now = [0]
    asking = ApplicationServiceApi(transport, now_ms=lambda: now[0])
    description = asking.get_3pe_protocol(IRC, "irc")
    assert description == {"instances": [{"network_id": "libera", "instance_id": "irc|libera"}, {}]}
    now[0] = PROTOCOL_CACHE_MS - 1
    assert asking.get_3pe_protocol(IRC, "irc") is description
    assert transport.asked == 1
    now[0] += 1
    asking.get_3pe_protocol(IRC, "irc")
    assert transport.asked == 2


@pytest.mark.parametrize("body", [{}, [], {"instances": {}}, b"no"])
def test_an_invalid_description_gives_none(body: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert api(Answering(200, body)).get_3pe_protocol(IRC, "irc") is None
    assert "get_3pe_protocol" in caplog.text


def test_a_failed_transaction_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    assert api(Answering(200, {})).push_bulk(IRC, [], 1) is True
    assert api(Answering(401, {})).push_bulk(IRC, [], 1) is False
    assert "push_bulk to http://127.0.0.1:1 failed: status 401" in caplog.text


def test_a_ping_raises_what_went_wrong() -> None:
    api(Answering(200, {})).ping(IRC, None)
    with pytest.raises(Refused, match="status 403"):
        api(Answering(403, {})).ping(IRC, "one")


def test_a_service_without_an_address_is_never_asked() -> None:
    transport = Answering(200, {})
    asking = api(transport)
    assert asking.query_user(NOBODY, "@a:b") is False
    assert asking.query_alias(NOBODY, "#a:b") is False
    assert asking.query_3pe(NOBODY, "user", "irc", {}) == []
    assert asking.get_3pe_protocol(NOBODY, "irc") == {}
    assert asking.push_bulk(NOBODY, [], 1) is True
    assert transport.asked == 0


@pytest.mark.parametrize(("legacy", "warns"), [(True, True), ("false", True), (False, False)])
def test_the_option_causes_a_warning_at_the_start(
    legacy: object, warns: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        api(Answering(200, {}), legacy=legacy)
    assert ("deprecated" in caplog.text) is warns


# -- Over a real socket --


def test_the_receiver_refuses_as_matrix_does() -> None:
    with receiver(HS_TOKEN) as service:
        transport = HttpTransport()
        refused = [
            json.loads(transport.request("GET", f"{service.url}/x", headers, None).body)
            for headers in ({}, {"Authorization": "Bearer wrong"})
        ]
        transport.close()
    assert [each["errcode"] for each in refused] == ["M_UNAUTHORIZED", "M_FORBIDDEN"]
    assert [each["error"] for each in refused] == ["No token", "Bad token"]


@pytest.mark.proves("receiver-tells-401-from-403")
def test_no_token_is_401_and_a_wrong_one_is_403_where_the_receiver_looks() -> None:
    with receiver(HS_TOKEN) as service:
        transport = HttpTransport()

        def status(query: str = "", **headers: str) -> int:
            return transport.request("GET", f"{service.url}/x{query}", headers, None).status

        def statuses() -> list[int]:
            header, query = "Authorization", "?access_token="
            return [
                status(),
                status(**{header: "Bearer wrong"}),
                status(**{header: f"Bearer {HS_TOKEN}"}),
                status(f"{query}wrong"),
                status(f"{query}{HS_TOKEN}"),
            ]

        assert statuses() == [401, 403, 200, 401, 401]
        service.accept = ("query",)
        assert statuses() == [401, 401, 401, 403, 200]
        service.accept = ("header", "query")
        assert statuses() == [401, 403, 200, 403, 200]
        transport.close()


def test_waiting_for_a_request_that_does_not_come_ends() -> None:
    with receiver(HS_TOKEN) as service, pytest.raises(TimeoutError, match="only these arrived"):
        service.wait_for(bool, 0)


def test_a_missing_or_silent_service_is_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    (port,) = free_ports(1)
    transport = HttpTransport(timeout=0.2)
    gone = ApplicationService.read(registration(f"http://127.0.0.1:{port}"))
    assert api(transport).query_user(gone, "@a:b") is False
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        mute = ApplicationService.read(registration(address))
        assert api(transport).push_bulk(mute, [], 1) is False
    transport.close()
    assert "timed out" in caplog.text
    assert HS_TOKEN not in caplog.text


# -- The registration --


def test_no_repr_of_a_service_shows_its_tokens() -> None:
    assert repr(IRC) == "ApplicationService(id='irc', url='http://127.0.0.1:1')"
