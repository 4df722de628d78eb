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


@pytest.fixture(params=COMPARED)
def python(request: pytest.FixtureRequest) -> Path:
    interpreter: Path = synapse_python(request.param)
    return interpreter


def held(python: Path, left_alone_ms: int, *, answers: bool = False) -> dict[str, Any]:
    """What is left in the queue after it tried to send one of each."""
    case = {"left_alone_ms": left_alone_ms, "answers": answers}
    (answer,) = synapse.ask(python, DRIVER, [case])
    return dict(answer)


@pytest.mark.proves("failed-transaction-loses-what-is-ephemeral")
def test_a_transaction_that_fails_loses_the_presence_receipts_and_typing_that_it_carried(
    python: Path,
) -> None:
    after = held(python, 0)
    assert set(after["sent"]) == {"event", *EPHEMERAL}
    assert {kind for kind in EPHEMERAL if after[kind]} == set()
    assert after["event"] == 1


def test_an_answered_transaction_leaves_nothing_to_send(python: Path) -> None:
    after = held(python, 0, answers=True)
    assert set(after["sent"]) == {"event", *EPHEMERAL}
    assert {kind for kind in ("event", *EPHEMERAL) if after[kind]} == set()


@pytest.mark.proves("queue-is-kept-up-to-an-hour")
def test_the_queue_is_kept_while_the_wait_is_an_hour_or_less(python: Path) -> None:
    after = held(python, CATCH_UP_MS)
    assert after["sent"] == []
    assert {kind for kind in ("event", *EPHEMERAL) if after[kind] == 1} == {"event", *EPHEMERAL}


@pytest.mark.proves("queue-is-dropped-above-an-hour", "long-wait-costs-the-queue")
def test_the_queue_is_thrown_away_when_the_wait_is_above_an_hour(python: Path) -> None:
    after = held(python, CATCH_UP_MS + 1)
    assert after["sent"] == []
    assert {kind for kind in ("event", *EPHEMERAL) if after[kind]} == set()
    assert after["catching up"] is True
