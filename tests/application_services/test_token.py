"""Where the token is: real homeservers compared with ours."""

import json
from collections.abc import Callable

import pytest

from snippets.application_services import (
    ApplicationService,
    ApplicationServiceApi,
    receiver,
)
from snippets.application_services.tables import TOKEN
from snippets.application_services.transport import HttpTransport
from tests.application_services.homeservers import ANSWERS, CASES, HS_TOKEN, Case, registration
from tests.application_services.record import Calls, calls, recorded
from tests.real.fixtures import synapse_python
from tests.real.releases import NEWEST, OLD

pytestmark = pytest.mark.slow

RECORDING = json.loads(TOKEN.read_text("utf-8"))
RECORDED = RECORDING["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_homeservers_still_show_the_token_as_recorded(case: Case) -> None:
    synapse_python(case.release)
    assert recorded(case) == RECORDED[case.name]


def ours(legacy: object) -> Calls:
    """The same requests from our API, over real sockets."""
    with receiver(HS_TOKEN) as service:
        service.answers = dict(ANSWERS)
        transport = HttpTransport()
        api = ApplicationServiceApi(transport, legacy_authorization=legacy, now_ms=lambda: 0)
        irc = ApplicationService.read(registration(service.url))
        asks: list[Callable[[], object]] = [
            lambda: api.query_alias(irc, "#_irc_x y:example.com"),
            lambda: api.get_3pe_protocol(irc, "irc"),
            lambda: api.query_3pe(irc, "user", "irc", {"nick": "a b&c"}),
            lambda: api.query_3pe(irc, "location", "irc", {"channel": ["#x"]}),
            lambda: api.query_user(irc, "@_irc_ghost:example.com"),
            lambda: api.push_bulk(irc, [{"type": "m.room.message"}], 1),
            lambda: api.ping(irc, "one"),
        ]
        for ask in asks:
            ask()
        transport.close()
        return calls(service.arrived)


@pytest.mark.parametrize("case", [case for case in CASES if case.release != "1.89.0"])
def test_ours_sends_what_was_recorded_byte_for_byte(case: Case) -> None:
    assert ours(case.legacy) == RECORDED[case.name]["calls"]


def test_the_recording_has_the_token_in_the_query_too_before_1_90_except_for_a_ping() -> None:
    for call, (_, target, places) in RECORDED["1.89.0, default"]["calls"].items():
        assert places == (["header"] if call == "ping" else ["header", "query"]), call
        assert ("access_token=" in target) is (call != "ping")


def test_the_recorded_header_is_in_pieces_in_1_70_0_and_whole_in_1_70_1() -> None:
    whole = f"Bearer {HS_TOKEN}"
    assert RECORDING["headers"]["1.70.1"] == [whole]
    assert RECORDING["headers"]["1.70.0"] == [letter.strip() for letter in whole]


def test_a_warning_is_recorded_only_where_the_option_is_on() -> None:
    warned = {name for name, run in RECORDED.items() if run["warned"]}
    assert warned == {f"{OLD}, true", f"{OLD}, 'false'", f"{NEWEST}, true"}


def test_a_quoted_false_is_recorded_as_turning_the_option_on() -> None:
    assert RECORDED[f"{OLD}, 'false'"] == RECORDED[f"{OLD}, true"]
