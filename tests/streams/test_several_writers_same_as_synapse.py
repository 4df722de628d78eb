"""Our generator compared with that of the newest Synapse: the views of four processes at every
step.

For each deliberate difference a test, named after it, shows what Synapse does.
"""

import secrets
from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any

import pytest

from snippets.streams.database import Database
from snippets.streams.multi_writer_id_generator import UnknownWriter
from snippets.streams.open_database import open_database
from snippets.streams.storage import StreamStore
from tests import recordings
from tests.real import synapse
from tests.real.fixtures import need, synapse_python
from tests.real.postgres import Server
from tests.real.releases import COMPARED, NEWEST, OLD
from tests.recordings import Steps
from tests.streams.record import SEVERAL_WRITERS, several_writers_mass
from tests.streams.several_writers import (
    changes,
    from_words,
    in_words,
    random_schedule,
    synapses,
)

RECORDED = recordings.read(SEVERAL_WRITERS)


@pytest.fixture
def sqlite() -> Iterator[Database]:
    """An empty stream in memory."""
    with open_database("sqlite::memory:") as database:
        StreamStore(database).create()
        yield database


def test_the_recording_has_every_kind_of_operation_in_both_directions() -> None:
    schedules = [from_words(run["schedule"]) for run in RECORDED.runs]
    kinds = {(schedule["positive"], op[0]) for schedule in schedules for op in schedule["ops"]}
    assert len(kinds) == 2 * len(
        ("reserve", "finish", "announce", "deliver", "restart", "configure")
    )
    meanwhile = {
        inner[0]
        for schedule in schedules
        for op in schedule["ops"]
        if op[0] == "reserve"
        for inner in op[3]
    }
    assert meanwhile == {"reserve", "finish", "announce", "deliver"}


def own(database: Database, steps: Steps) -> list[Any]:
    """Our views."""
    return changes(database, from_words(steps))


def test_every_view_equals_the_recorded_one(sqlite: Database) -> None:
    assert recordings.differences(RECORDED, partial(own, sqlite)) == []


def test_every_view_in_500_schedules_is_one_that_the_recordings_digest_has(
    sqlite: Database,
) -> None:
    mass = several_writers_mass()
    assert recordings.mass_differs(RECORDED, mass, map(partial(own, sqlite), mass)) is None


def test_a_schedule_in_words_is_parsed_as_the_same_schedule() -> None:
    rng = Random(1754)
    for _ in range(100):
        schedule = random_schedule(rng)
        assert from_words(in_words(schedule)) == schedule
    with pytest.raises(ValueError, match="no step: 'w1 sings'"):
        from_words(["start a stream of positive IDs", "w1 sings"])


@pytest.mark.slow
def test_every_view_on_postgresql_equals_the_recorded_one(postgres: Server) -> None:
    mass = several_writers_mass()
    with open_database(postgres.create("ours")) as database:
        StreamStore(database).create()
        assert recordings.differences(RECORDED, partial(own, database)) == []
        observed = map(partial(own, database), mass)
        assert recordings.mass_differs(RECORDED, mass, observed) is None


@pytest.mark.proves("four-processes-are-compared-step-by-step")
@pytest.mark.slow
@pytest.mark.no_cover
def test_synapse_still_shows_the_recorded_views(postgres: Server, sqlite: Database) -> None:
    mass = several_writers_mass()
    schedules = [
        from_words(steps) for steps in (*(run["schedule"] for run in RECORDED.runs), *mass)
    ]
    live = synapses(synapse_python(NEWEST), postgres.create("recorded_again"), schedules)
    few = len(RECORDED.runs)
    assert live[:few] == [run["seen"] for run in RECORDED.runs]
    for steps, observed in zip(mass, live[few:], strict=True):
        assert own(sqlite, steps) == observed, steps
    assert recordings.mass_differs(RECORDED, mass, live[few:]) is None


@pytest.mark.proves(
    "a-writers-token",
    "the-linear-token",
    "four-processes-are-compared-step-by-step",
    "ours-starts-like-synapse-with-precautions",
    "the-linear-token-starts-at-the-lowest",
    "the-minimal-token-ignores-others",
)
@pytest.mark.slow
def test_new_random_schedules_show_the_same_views(postgres: Server, sqlite: Database) -> None:
    seed = secrets.randbits(32)
    rng = Random(seed)
    fresh = [random_schedule(rng, length=rng.randint(1, 100)) for _ in range(200)]
    theirs = synapses(synapse_python(NEWEST), postgres.create("fresh"), fresh)
    for schedule, observed in zip(fresh, theirs, strict=True):
        assert changes(sqlite, schedule) == observed, f"seed {seed}: {schedule}"


@pytest.mark.proves(
    "the-last-id-before-the-oldest-pending-one", "with-one-writer-there-is-one-token"
)
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_with_one_writer_both_tokens_are_the_last_id_before_the_oldest_pending_one(
    release: str, postgres: Server
) -> None:
    seed = secrets.randbits(32)
    rng = Random(seed)
    schedules, expected = [], []
    for _ in range(100):
        ops: list[list[Any]] = [["configure", ["w1"]]]
        pending: list[int] = []  # the first ID of each write
        tokens, last = [1], 1
        for _ in range(rng.randint(1, 40)):
            if pending and rng.random() < 0.5:
                which = rng.randrange(len(pending))
                pending.pop(which)
                ops.append(["finish", "w1", which, rng.random() < 0.7])
            else:
                count = rng.randint(1, 3)
                pending.append(last + 1)
                last += count
                ops.append(["reserve", "w1", count, []])
            tokens.append(min(pending) - 1 if pending else last)
        schedules.append({"positive": True, "ops": ops})
        expected.append(tokens)
    url = postgres.create(f"only_{release.replace('.', '_')}")
    observed = synapses(synapse_python(release), url, schedules, careful=False)
    for schedule, tokens, changed in zip(schedules, expected, observed, strict=True):
        views = [final(changed[: 2 + step])["w1"] for step in range(len(tokens))]
        assert [view[LINEAR] for view in views] == tokens, f"seed {seed}: {schedule}"
        assert [view[TOKENS][0] for view in views] == tokens, f"seed {seed}: {schedule}"


@pytest.mark.slow
def test_without_restarts_the_views_are_the_same_without_precautions(
    postgres: Server, sqlite: Database
) -> None:
    seed = secrets.randbits(32)
    rng = Random(seed)
    fresh = [random_schedule(rng, restarts=False) for _ in range(100)]
    theirs = synapses(synapse_python(NEWEST), postgres.create("bare"), fresh, careful=False)
    for schedule, observed in zip(fresh, theirs, strict=True):
        mine = changes(sqlite, schedule)
        for views in (*observed, *mine):
            views.pop("recorded", None)  # ours records the position of a new writer when it starts
        assert mine == observed, f"seed {seed}: {schedule}"


def final(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """Every view after the last operation."""
    views: dict[str, Any] = {}
    for changed in changes:
        views |= changed
    return views


def written_by(writer: str) -> list[list[Any]]:
    """The operations that write one fact."""
    return [["reserve", writer, 1, []], ["finish", writer, 0, True]]


LINEAR, MINIMAL, TOKENS, POSITIONS = range(4)


@pytest.fixture
def both(postgres: Server, sqlite: Database) -> Any:
    """Runs operations on unchanged Synapse and on ours; returns the views after the last one."""

    def run(*ops: list[Any], positive: bool = True) -> tuple[dict[str, Any], dict[str, Any]]:
        schedule = {"positive": positive, "ops": list(ops)}
        url = postgres.create(f"difference_{secrets.token_hex(4)}")
        (theirs,) = synapses(synapse_python(NEWEST), url, [schedule], careful=False)
        return final(theirs), final(changes(sqlite, schedule))

    return run


@pytest.mark.proves(
    "ours-starts-like-synapse-with-precautions",
    "a-start-passes-a-new-writers-first-id",
    "facts-up-to-a-writers-token-are-stored",
    "start-beside-a-new-writer",
    "ours-differs-from-synapse",
)
@pytest.mark.slow
def test_a_reader_that_starts_beside_a_new_writers_first_id_passes_it_only_in_synapse(
    both: Any,
) -> None:
    theirs, ours = both(
        ["reserve", "w2", 1, []],  # 2, pending
        ["reserve", "w1", 1, []],
        ["finish", "w1", 0, True],  # 3, and recorded; nothing is recorded for w2
        ["restart", "r"],
    )
    assert theirs["r"][LINEAR] == theirs["r"][TOKENS][1] == 3  # its token for w2 is beyond 2, too
    assert ours["r"][LINEAR] == ours["r"][TOKENS][1] == 1


@pytest.mark.proves("start-beside-a-new-writer")
@pytest.mark.slow
def test_a_reader_that_starts_beside_a_first_id_does_not_pass_it_if_one_of_three_things_differs(
    postgres: Server,
) -> None:
    """No writer has recorded a later ID; the ID's writer is not new; or it took the precaution."""
    pending, later, start = ["reserve", "w2", 1, []], written_by("w1"), ["restart", "r"]
    python, url = synapse_python(NEWEST), postgres.create("differs")
    for ops, careful, before_the_pending_id in (
        ([pending, start], False, 1),
        ([*written_by("w2"), pending, *later, start], False, 2),
        ([pending, *later, start], True, 1),
    ):
        (observed,) = synapses(python, url, [{"positive": True, "ops": ops}], careful=careful)
        assert final(observed)["r"][LINEAR] == before_the_pending_id


@pytest.mark.proves(
    "ours-starts-like-synapse-with-precautions",
    "its-own-position-is-the-sequences",
    "restart-beside-a-pending-id",
    "ours-differs-from-synapse",
)
@pytest.mark.slow
def test_a_restarted_writer_takes_the_others_past_a_pending_id_only_in_synapse(both: Any) -> None:
    theirs, ours = both(
        ["reserve", "w2", 1, []],  # 2, pending
        ["restart", "w1"],  # the sequence's last value is 2, so that is its position
        ["announce", "w1"],
        ["deliver", "w1", "r"],
        ["deliver", "w1", "w2"],
    )
    assert theirs["r"][LINEAR] == theirs["w2"][LINEAR] == 2
    assert ours["r"][LINEAR] == ours["w2"][LINEAR] == 1


@pytest.mark.proves("restart-beside-a-pending-id")
@pytest.mark.slow
def test_a_restarted_writer_whose_last_row_is_after_a_recorded_position_takes_its_last_row(
    both: Any,
) -> None:
    pending = [["reserve", "w2", 1, []], ["restart", "w1"]]  # 4 is pending
    theirs, _ = both(*written_by("w1"), *written_by("w2"), *pending)
    assert theirs["w1"][POSITIONS][0] == 4
    theirs, _ = both(*written_by("w2"), *written_by("w1"), *pending)
    assert theirs["w1"][POSITIONS][0] == 3


@pytest.mark.proves(
    "ours-starts-like-synapse-with-precautions",
    "its-own-position-is-the-sequences",
    "restart-after-a-lost-row",
    "ours-differs-from-synapse",
)
@pytest.mark.slow
def test_a_writers_last_row_moves_its_position_back_at_a_restart_only_in_synapse(both: Any) -> None:
    theirs, ours = both(
        *written_by("w2"),
        *written_by("w1"),
        ["reserve", "w1", 1, []],
        ["finish", "w1", 0, False],  # 4 left no row, but w1 was there
        ["restart", "w1"],
    )
    assert theirs["w1"][POSITIONS][0] == 3
    assert ours["w1"][POSITIONS][0] == 5  # 4 may be another writer's, so it took one more


@pytest.mark.proves("restart-after-a-lost-row")
@pytest.mark.slow
def test_a_writer_takes_the_sequences_position_if_no_other_is_behind(
    both: Any,
) -> None:
    lost: list[list[Any]] = [["reserve", "w1", 1, []], ["finish", "w1", 0, False]]
    for others in ([], written_by("w2")):
        theirs, _ = both(*written_by("w1"), *others, *lost, ["restart", "w1"])
        assert theirs["w1"][POSITIONS][0] == 3 + bool(others)  # its last row is 2


@pytest.mark.proves("restart-after-a-lost-row", "ours-differs-from-synapse")
@pytest.mark.slow
@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize("before", [0, 1])
def test_a_negative_writer_is_loaded_at_its_first_row_only_in_synapse(
    both: Any, before: int, lost: int
) -> None:
    theirs, ours = both(
        *before * written_by("w1"),
        *written_by("w2"),
        *3 * written_by("w1"),
        *lost * [["reserve", "w1", 1, []], ["finish", "w1", 0, False]],
        ["restart", "w1"],
        positive=False,
    )
    # A row of its own before the other's position does not count.
    assert theirs["w1"][POSITIONS][0] == -3 - before
    assert ours["w1"][POSITIONS][0] == -5 - before - 2 * lost


@pytest.mark.proves("backfill-counts-down")
@pytest.mark.slow
def test_the_ids_of_a_negative_stream_go_down_from_below_0(both: Any) -> None:
    first, second = written_by("w1"), written_by("w2")
    for views in both(*first, *second, positive=False):
        assert (views["recorded"]["w1"], views["recorded"]["w2"]) == (-2, -3)
    for views in both(*first, *second, *first, positive=False):
        assert (views["recorded"]["w1"], views["recorded"]["w2"]) == (-4, -3)


@pytest.mark.slow
@pytest.mark.proves("ours-differs-from-synapse")
def test_no_ids_are_asked_for_and_synapse_reserves_one(both: Any) -> None:
    theirs, ours = both(["reserve", "w1", 0, []], ["finish", "w1", 0, True])
    assert theirs["w1"][MINIMAL] == 2
    assert ours["w1"][MINIMAL] == 1


@pytest.mark.proves("a-sequence-gives-no-id-twice", "sequence-gives-no-id-twice")
@pytest.mark.slow
def test_an_id_without_a_row_is_not_given_out_again_by_the_sequence(both: Any) -> None:
    theirs, ours = both(
        ["reserve", "w1", 1, []],
        ["finish", "w1", 0, False],  # 2 left no row
        ["restart", "w1"],
        *written_by("w1"),
    )
    assert theirs["w1"][POSITIONS][0] == 3
    assert ours["w1"][POSITIONS][0] == 4  # 2 may be another writer's, so it took one more


@pytest.mark.proves(
    "the-new-list-waits-for-each-writer",
    "new-writer-was-not-counted",
    "configured-writers-count",
)
@pytest.mark.slow
def test_synapse_1_90_passes_the_first_id_of_a_new_writer_and_the_newest_does_not(
    postgres: Server,
) -> None:
    schedule = {
        "positive": True,
        "ops": [
            ["reserve", "w2", 1, []],  # 2, pending
            ["reserve", "w1", 1, []],
            ["finish", "w1", 0, True],  # 3
            ["announce", "w1"],
            ["deliver", "w1", "r"],
        ],
    }
    linear = []
    for release, python in (("old", synapse_python(OLD)), ("new", synapse_python(NEWEST))):
        (observed,) = synapses(python, postgres.create(release), [schedule], careful=False)
        linear.append(final(observed)["r"][LINEAR])
    assert linear == [3, 1]


@pytest.mark.proves("the-minimal-token-ignores-others")
@pytest.mark.slow
def test_a_writers_minimal_token_ignores_others_a_readers_is_linear_and_1_90_has_none(
    postgres: Server,
) -> None:
    # All hear of w2's fact, and then that w1 and w3 are as far.
    ops = [
        *written_by("w2"),
        *(["announce", "w2"], *(["deliver", "w2", to] for to in ("w1", "w3", "r"))),
        *(["announce", "w3"], *(["deliver", "w3", to] for to in ("w1", "r"))),
        *(["announce", "w1"], ["deliver", "w1", "r"]),
    ]
    schedule = {"positive": True, "ops": ops}
    minimal = []
    for release, python in (("without", synapse_python(OLD)), ("with", synapse_python(NEWEST))):
        (observed,) = synapses(python, postgres.create(release), [schedule], careful=False)
        views = final(observed)
        minimal.append((views["w1"][MINIMAL], views["r"][MINIMAL], views["r"][LINEAR]))
    assert minimal == [(0, 0, 2), (1, 2, 2)]


@pytest.mark.proves("the-old-list-passes-pending-ids")
@pytest.mark.slow
def test_a_reader_with_the_old_list_passes_the_first_id_of_a_new_writer(both: Any) -> None:
    """The reader hears the same in both runs; in one of them its list of writers is too short."""
    both_write = [*written_by("w1"), *written_by("w2")]
    heard = [["announce", "w1"], ["announce", "w2"], ["deliver", "w1", "r"], ["deliver", "w2", "r"]]
    new, _ = both(["reserve", "w3", 1, []], *both_write, *heard)  # 2, pending
    old, _ = both(
        ["configure", ["w1", "w2"]],
        ["reserve", "w1", 1, []],
        ["finish", "w1", 0, False],  # instead of w3, so that the others have the same IDs
        *both_write,
        *heard,
    )
    assert new["r"][POSITIONS] == [3, 4, 1]
    assert old["r"][POSITIONS] == [3, 4]
    assert new["r"][LINEAR] == 1
    assert old["r"][LINEAR] == 4


@pytest.mark.proves("a-removed-writers-position-is-deleted", "a-start-deletes-positions-of-others")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_the_position_of_a_writer_that_was_removed_is_deleted_at_the_next_start(
    release: str, postgres: Server, sqlite: Database
) -> None:
    ops = [*written_by("w1"), *written_by("w2"), ["configure", ["w2"]]]
    again = [*ops, ["configure", ["w1", "w2"]]]
    schedules = [{"positive": True, "ops": ops} for ops in (ops, again)]
    url = postgres.create(f"removed_{release.replace('.', '_')}")
    theirs = synapses(synapse_python(release), url, schedules, careful=False)
    for observed in (theirs, [changes(sqlite, schedule) for schedule in schedules]):
        removed, back = map(final, observed)
        assert removed["recorded"] == {"w2": 3}
        assert back["r"][TOKENS][:2] == [3, 3]  # w1 was at 2


@pytest.mark.proves("synapse-counts-an-unknown-writer")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_synapse_accepts_a_writer_that_is_not_configured_and_ours_refuses_it(
    release: str, postgres: Server, sqlite: Database
) -> None:
    need(lambda: synapse.python(release))
    ops = [
        ["configure", ["w1", "w2"]],
        ["announce", "w3"],
        ["deliver", "w3", "r"],
    ]
    schedule = {"positive": True, "ops": ops}
    url = postgres.create(f"unknown_{release.replace('.', '_')}")
    moving = 2 * [*written_by("w1"), *written_by("w2")]
    moving += [["announce", "w1"], ["deliver", "w1", "r"]]
    moving += [["announce", "w2"], ["deliver", "w2", "r"]]
    longer = {**schedule, "ops": [*ops, *moving]}
    again = {**schedule, "ops": [*ops, *moving, ["restart", "r"]]}
    python = synapse.python(release)
    observed, moved, restarted = synapses(python, url, [schedule, longer, again], careful=False)
    before = len(final(observed[:2])["r"][POSITIONS])
    assert len(final(observed)["r"][POSITIONS]) == before + 1
    assert final(moved)["r"][LINEAR] == 1  # it waits for the unknown writer
    assert final(restarted)["r"][LINEAR] == 5
    with pytest.raises(UnknownWriter, match="w3"):
        changes(sqlite, schedule)
