"""Where the token is: real homeservers compared with ours."""

import json

import pytest

from snippets.application_services import receiver
from snippets.application_services.tables import PATHS, TOKEN
from snippets.application_services.transport import homeserver_of
from snippets.shared.history import Kind, read_history
from snippets.shared.release import parse_release
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
    "legacy-option-warns",
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


@pytest.mark.proves("header-in-pieces-in-1-70-0", "upstream-says-something-else")
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


@pytest.mark.proves("legacy-option-warns")
def test_a_warning_is_recorded_only_where_the_option_is_on() -> None:
    warned = {name for name, run in RECORDED.items() if run["warned"]}
    assert warned == {f"{OLD}, true", f"{OLD}, 'false'", f"{NEWEST}, true"}


@pytest.mark.proves("quoted-false-turns-the-option-on")
def test_a_quoted_false_is_recorded_as_turning_the_option_on() -> None:
    assert RECORDED[f"{OLD}, 'false'"] == RECORDED[f"{OLD}, true"]


HISTORY = read_history()


@pytest.mark.proves("header-since-1-79", "token-moved-in-1-90")
def test_since_1_79_the_token_is_recorded_in_the_header_and_up_to_1_89_also_in_the_query() -> None:
    for release in HISTORY.releases:
        places = HISTORY.value(Kind.ANSWER, "where the token is", release)
        old = parse_release(release) < (1, 90)
        assert places == (["header", "query"] if old else ["header"]), release


@pytest.mark.proves("older-paths-are-not-tried")
def test_since_1_90_the_recorded_paths_are_those_of_the_specification() -> None:
    for release in HISTORY.releases:
        paths = {
            path
            for subject in PATHS
            if subject.startswith("paths for") and "MSC" not in subject
            for path in HISTORY.value(Kind.ANSWER, subject, release)
        }
        new = all(path.startswith("/_matrix/app/v1/") for path in paths)
        assert new is (parse_release(release) >= (1, 90)), (release, paths)
