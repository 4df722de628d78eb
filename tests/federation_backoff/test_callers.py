"""What each caller in Synapse passes to the federation client, read in the installed source."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED, NEWEST, OLD

pytestmark = pytest.mark.slow

TRANSPORT, KEYS = "synapse/federation/transport/client.py", "synapse/crypto/keyring.py"


def passed(python: Path, file: str) -> dict[str, dict[str, str]]:
    """The options that each function passes to the client's methods, as written in the source."""
    (path,) = python.parents[1].glob(f"lib/python*/site-packages/{file}")
    options: dict[str, dict[str, str]] = defaultdict(dict)
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("self.client."):
                options[function.name] |= {
                    str(keyword.arg): ast.unparse(keyword.value) for keyword in call.keywords
                }
    return options


def who_passes(python: Path, option: str) -> dict[str, str]:
    """The functions that pass an option, and the value."""
    return {
        name: options[option]
        for name, options in passed(python, TRANSPORT).items()
        if option in options
    }


@pytest.mark.proves("own-timeout-means-one-attempt")
def test_these_callers_have_a_timeout_of_their_own_and_state_ids_has_none() -> None:
    timeouts = who_passes(synapse_python(NEWEST), "timeout")
    assert {"get_room_state_ids", "send_join_v2"} < set(passed(synapse_python(NEWEST), TRANSPORT))
    assert timeouts == {
        "get_room_state": "600000",
        "get_event": "timeout",
        "ask_policy_server_to_sign_event": "timeout",
        "make_query": "10000",
        "make_membership_event": "20000",
        "query_client_keys": "timeout",
        "query_user_devices": "timeout",
        "claim_client_keys": "timeout",
        "claim_client_keys_unstable": "timeout",
        "get_missing_events": "timeout",
    }
    assert passed(synapse_python(NEWEST), KEYS)["get_server_verify_keys_v2_direct"]["timeout"] == (
        "10000"
    )


@pytest.mark.proves("more-requests-ignore-the-backoff")
def test_a_policy_server_and_the_proxy_of_application_services_came_after_1_90() -> None:
    python = synapse_python(OLD)
    assert "ask_policy_server_to_sign_event" not in passed(python, TRANSPORT)
    assert files_with(python, ".send_direct_request(") == []


@pytest.mark.proves("more-requests-ignore-the-backoff")
def test_these_callers_ignore_the_backoff() -> None:
    python = synapse_python(NEWEST)
    passing = who_passes(python, "ignore_backoff")
    assert [name for name, value in passing.items() if value == "True"] == [
        "ask_policy_server_to_sign_event",
        "send_leave_v1",
        "send_leave_v2",
        "send_invite_v1",
        "send_invite_v2",
        "get_public_rooms",
    ]
    # The callers of the first set it for aliases and profiles; the second sets it for leaving.
    assert {name for name, value in passing.items() if value == "ignore_backoff"} == {
        "make_query",
        "make_membership_event",
    }
    assert files_with(python, ".send_direct_request(") == ["synapse/http/appservice_proxy.py"]
    assert set(files_with(python, "ignore_backoff=True")) == {
        TRANSPORT,
        KEYS,
        "synapse/handlers/directory.py",
        "synapse/handlers/profile.py",
        "synapse/http/matrixfederationclient.py",  # for requests from application services
    }


@pytest.mark.proves("leaving-ignores-the-backoff")
@pytest.mark.parametrize("release", COMPARED)
def test_the_requests_for_leaving_a_room_ignore_the_backoff_as_in_1_90(release: str) -> None:
    python: Path = synapse_python(release)
    passing = who_passes(python, "ignore_backoff")
    assert {name: passing[name] for name in ("send_leave_v1", "send_leave_v2")} == {
        "send_leave_v1": "True",
        "send_leave_v2": "True",
    }
    assert passing["make_membership_event"] == "ignore_backoff"
    assert conditions_of(python, "make_membership_event", "ignore_backoff = True") == [
        "membership == Membership.LEAVE"
    ]


def conditions_of(python: Path, function: str, statement: str) -> list[str]:
    """The conditions under which a function of the transport has this statement."""
    (path,) = python.parents[1].glob(f"lib/python*/site-packages/{TRANSPORT}")
    return [
        ast.unparse(branch.test)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.AsyncFunctionDef) and node.name == function
        for branch in ast.walk(node)
        if isinstance(branch, ast.If) and statement in map(ast.unparse, branch.body)
    ]


def files_with(python: Path, text: str) -> list[str]:
    """The files of Synapse that contain a text."""
    (package,) = python.parents[1].glob("lib/python*/site-packages/synapse")
    return [
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*.py")
        if text in path.read_text("utf-8")
    ]


@pytest.mark.proves("send-gets-long-retries")
@pytest.mark.parametrize("release", COMPARED)
def test_only_send_asks_for_long_retries(release: str) -> None:
    python: Path = synapse_python(release)
    assert who_passes(python, "long_retries") == {"send_transaction": "True"}
    assert files_with(python, "long_retries=True") == [TRANSPORT]
