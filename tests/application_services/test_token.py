"""Where the token is: real homeservers compared with ours."""

import json

import pytest

from snippets.application_services import receiver
from snippets.application_services.tables import TOKEN
from snippets.application_services.transport import homeserver_of
from tests.application_services.homeservers import ANSWERS, CASES, HS_TOKEN, Case
from tests.application_services.record import Calls, calls, recorded
from tests.real.fixtures import synapse_python
from tests.real.releases import NEWEST, OLD

pytestmark = pytest.mark.slow

RECORDING = json.loads(TOKEN.read_text("utf-8"))
RECORDED = RECORDING["cases"]


@pytest.mark.proves(
    "token-moved-in-1-90",
    "token-is-in-the-header",
    "header-is-in-each-request",
    "quoted-false-turns-the-option-on",
)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_homeservers_still_show_the_token_as_recorded(case: Case) -> None:
    synapse_python(case.release)
    assert recorded(case) == RECORDED[case.name]


def ours(legacy: object) -> Calls:
    """The same requests from our API, over real sockets."""
    with receiver(HS_TOKEN) as service:
        service.answers = dict(ANSWERS)
        with homeserver_of(service, legacy_authorization=legacy) as (api, irc):
            api.query_alias(irc, "#_irc_x y:example.com")
            api.get_3pe_protocol(irc, "irc")
            api.query_3pe(irc, "user", "irc", {"nick": "a b&c"})
            api.query_3pe(irc, "location", "irc", {"channel": ["#x"]})
            api.query_user(irc, "@_irc_ghost:example.com")
            api.push_bulk(irc, [{"type": "m.room.message"}], 1)
            api.ping(irc, "one")
        return calls(service.arrived)


@pytest.mark.proves("ours-sends-the-same-bytes")
@pytest.mark.parametrize("case", [case for case in CASES if case.release != "1.89.0"])
def test_ours_sends_what_was_recorded_byte_for_byte(case: Case) -> None:
    assert ours(case.legacy) == RECORDED[case.name]["calls"]


@pytest.mark.proves("token-moved-in-1-90")
def test_the_recording_has_the_token_in_the_query_too_before_1_90_except_for_a_ping() -> None:
    for call, (_, target, places) in RECORDED["1.89.0, default"]["calls"].items():
        assert places == (["header"] if call == "ping" else ["header", "query"]), call
        assert ("access_token=" in target) is (call != "ping")


def test_the_recorded_header_is_in_pieces_in_1_70_0_and_whole_in_1_70_1() -> None:
    whole = f"Bearer {HS_TOKEN}"
    assert RECORDING["headers"]["1.70.1"] == [whole]
    assert RECORDING["headers"]["1.70.0"] == [letter.strip() for letter in whole]


@pytest.mark.proves("token-is-in-the-header", "header-is-in-each-request")
def test_since_1_90_the_option_is_recorded_as_adding_the_token_to_the_query() -> None:
    for name, run in RECORDED.items():
        added = ["query"] if name.startswith("1.89.0") or name.endswith(("true", "'false'")) else []
        for call, (_, _, places) in run["calls"].items():
            assert places == ["header", *([] if call == "ping" else added)], (name, call)


def test_a_warning_is_recorded_only_where_the_option_is_on() -> None:
    warned = {name for name, run in RECORDED.items() if run["warned"]}
    assert warned == {f"{OLD}, true", f"{OLD}, 'false'", f"{NEWEST}, true"}


@pytest.mark.proves("quoted-false-turns-the-option-on")
def test_a_quoted_false_is_recorded_as_turning_the_option_on() -> None:
    assert RECORDED[f"{OLD}, 'false'"] == RECORDED[f"{OLD}, true"]
