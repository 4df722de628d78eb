"""What Synapse does and ours refuses: the tests named here prove that ours refuses."""

from pathlib import Path

import pytest

from tests.real import synapse
from tests.real.fixtures import synapse_python
from tests.real.postgres import Server
from tests.real.releases import NEWEST, OLD

DRIVER = Path(__file__).with_name("synapse_unguarded_driver.py")


@pytest.mark.proves("synapse-lets-two-write-under-one-name", "ours-differs-from-synapse")
@pytest.mark.slow
def test_synapse_ignores_an_advance_to_a_lower_id_and_lets_two_write_under_one_name(
    postgres: Server,
) -> None:
    """Ours: `test_impossible_calls_are_refused_with_advice` and
    `test_a_second_process_of_the_same_name_is_refused`.
    """
    url = postgres.create("unguarded")
    assert synapse.ask(synapse_python(NEWEST), DRIVER, ["unguarded"], url) == [
        {"advanced": [9, 9], "written under one name": [2, 3]}
    ]


@pytest.mark.slow
@pytest.mark.proves("cancelled-request-leaks-an-id")
@pytest.mark.parametrize(("release", "is_at"), [(OLD, 1), (NEWEST, 5)])
def test_a_request_that_is_cancelled_before_its_block_leaks_its_id_in_the_old_release_only(
    release: str, is_at: int, postgres: Server
) -> None:
    url = postgres.create(f"cancelled_{release.replace('.', '_')}")
    assert synapse.ask(synapse_python(release), DRIVER, ["cancelled"], url) == [
        {"wrote": 5, "is at": is_at}
    ]
