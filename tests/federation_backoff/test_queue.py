"""What the federation sender of a real Synapse keeps for a destination, and what it drops."""

from pathlib import Path
from typing import Any

import pytest

from snippets.federation_backoff.policy import CATCH_UP_MS
from tests.real import synapse
from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED

pytestmark = pytest.mark.slow

DRIVER = Path(__file__).with_name("synapse_queue_driver.py")
EPHEMERAL = {"m.presence", "m.receipt", "m.typing"}
EVENTS = ["$2", "$3", "$4"]  # the first two are of one room
OF_DEVICES = {"m.direct_to_device", "m.device_list_update"}


@pytest.fixture(params=COMPARED)
def python(request: pytest.FixtureRequest) -> Path:
    interpreter: Path = synapse_python(request.param)
    return interpreter


def held(
    python: Path, left_alone_ms: int, *, answers: bool = False, last_sent: int | None = None
) -> dict[str, Any]:
    """What is left in the queue after it tried to send all of these, and what is sent later."""
    case = {"left_alone_ms": left_alone_ms, "answers": answers, "last_sent": last_sent}
    (answer,) = synapse.ask(python, DRIVER, [case])
    return dict(answer)


@pytest.mark.proves("failed-transaction-loses-what-is-ephemeral")
def test_a_transaction_that_fails_loses_the_presence_receipts_and_typing_that_it_carried(
    python: Path,
) -> None:
    after = held(python, 0)
    assert set(after["sent"]) == {*EVENTS, *EPHEMERAL, *OF_DEVICES}
    assert {kind for kind in EPHEMERAL if after[kind]} == set()
    assert after["events"] == len(EVENTS)
    assert set(after["sent later"]) == {*EVENTS, *OF_DEVICES}


def test_an_answered_transaction_leaves_nothing_to_send(python: Path) -> None:
    after = held(python, 0, answers=True)
    assert set(after["sent"]) == {*EVENTS, *EPHEMERAL, *OF_DEVICES}
    assert {kind for kind in ("events", *EPHEMERAL) if after[kind]} == set()
    assert after["sent later"] == []


@pytest.mark.proves("queue-is-kept-up-to-an-hour")
def test_the_queue_is_kept_while_the_wait_is_an_hour_or_less(python: Path) -> None:
    after = held(python, CATCH_UP_MS)
    assert after["sent"] == []
    assert after["events"] == len(EVENTS)
    assert {kind for kind in EPHEMERAL if after[kind] == 1} == EPHEMERAL
    assert set(after["sent later"]) == {*EVENTS, *EPHEMERAL, *OF_DEVICES}


@pytest.mark.proves("queue-is-dropped-above-an-hour", "long-wait-costs-the-queue")
def test_the_queue_is_thrown_away_when_the_wait_is_above_an_hour(python: Path) -> None:
    after = held(python, CATCH_UP_MS + 1)
    assert after["sent"] == []
    assert {kind for kind in ("events", *EPHEMERAL) if after[kind]} == set()
    assert after["catching up"] is True


@pytest.mark.proves("newest-event-of-each-room-follows", "device-messages-outlive-the-queue")
def test_after_a_dropped_queue_the_newest_event_of_each_room_is_sent_with_what_devices_wait_for(
    python: Path,
) -> None:
    after = held(python, CATCH_UP_MS + 1, last_sent=1)
    assert after["sent"] == []
    assert after["sent later"][:2] == ["$3", "$4"]
    assert set(after["sent later"][2:]) == OF_DEVICES


@pytest.mark.proves("newest-event-of-each-room-follows", "device-messages-outlive-the-queue")
def test_a_destination_that_never_got_an_event_gets_none_of_a_dropped_queue(python: Path) -> None:
    assert set(held(python, CATCH_UP_MS + 1)["sent later"]) == OF_DEVICES
