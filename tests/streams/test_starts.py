"""How Synapse and ours start on consistent tables, and on inconsistent ones."""

import json

import pytest

from snippets.streams.open_database import open_database
from snippets.streams.recorded_tables import STARTS
from snippets.streams.storage import StreamStore
from tests.real import synapse
from tests.real.fixtures import need, synapse_python
from tests.real.postgres import Server
from tests.real.releases import COMPARED, NEWEST, OLD
from tests.streams.starts import DRIVER, STATES, ours, synapses

RECORDING = json.loads(STARTS.read_text("utf-8"))


@pytest.mark.proves("ours-takes-one-more")
def test_the_recording_has_every_state() -> None:
    assert RECORDING["states"] == STATES
    assert RECORDING["ours"] == ours()


@pytest.mark.proves(
    "deleted-positions-go-back",
    "generators-start-as-recorded",
    "negative-position-goes-back",
    "writer-starts-at-the-sequence",
    "a-start-checks-the-sequence",
    "ours-differs-from-synapse",
)
@pytest.mark.slow
def test_synapse_still_starts_as_recorded(postgres: Server) -> None:
    for release, python in ((release, synapse_python(release)) for release in COMPARED):
        url = postgres.create(f"starts_{release.replace('.', '_')}")
        assert synapses(python, url) == RECORDING["synapse"][release], release


@pytest.mark.slow
@pytest.mark.proves("negative-stream-without-the-sign")
def test_a_negative_row_is_compared_with_the_sequence_without_its_sign(postgres: Server) -> None:
    beyond, repaired = ({"row": -9, "position": -5, "last_value": n} for n in (5, 9))
    url = postgres.create("negative_start")
    refused, started = synapse.ask(synapse_python(OLD), DRIVER, [beyond, repaired], url)
    assert "inconsistent with associated table" in refused["error"]
    assert started == {"token": -5, "last_value": 9}


PLAIN = "CREATE SEQUENCE facts_sequence"
MADE_WITH = {
    "START WITH 2": f"{PLAIN} START WITH 2",
    "plainly": PLAIN,
    "plainly, and asked once": f"{PLAIN}; SELECT nextval('facts_sequence')",
}


@pytest.mark.proves(
    "the-first-id-is-2",
    "new-sequence-shows-its-first-number",
    "ask-a-new-sequence-once",
)
@pytest.mark.slow
@pytest.mark.parametrize(("release", "starts_with_2"), [(OLD, (1, 2)), (NEWEST, (2, 2))])
def test_synapse_gives_out_the_id_at_which_it_starts_unless_the_new_sequence_was_asked_once(
    release: str, starts_with_2: tuple[int, int], postgres: Server
) -> None:
    need(lambda: synapse.python(release))
    requests = [{"made_with": statements} for statements in MADE_WITH.values()]
    url = postgres.create(f"new_sequence_{release.replace('.', '_')}")
    answers = synapse.ask(synapse.python(release), DRIVER, requests, url)
    results = {how: tuple(answer.values()) for how, answer in zip(MADE_WITH, answers, strict=True)}
    assert results == {
        "START WITH 2": starts_with_2,
        "plainly": (1, 1),
        "plainly, and asked once": (1, 2),
    }


@pytest.mark.slow
def test_ours_is_at_1_before_2_was_given_out_when_the_sequence_starts_with_2(
    postgres: Server,
) -> None:
    with open_database(postgres.create("ours_start_with_2")) as database:
        StreamStore(database).create()
        database.execute("DROP SEQUENCE facts_sequence")
        database.execute("CREATE SEQUENCE facts_sequence START WITH 2")
        generator = StreamStore(database).load("w1", ["w1"])
        assert generator.get_current_token() == 1
        with generator.get_next() as stream_id:
            assert stream_id == 2
