"""Our lines on the wire and our reader compared with those of the newest Synapse.

For each deliberate difference a test, named after it, shows what Synapse does.
"""

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.streams.broken import BatchMixing, ForeignIdRace
from snippets.streams.bus import CONNECTED, InProcessBus
from snippets.streams.open_database import open_database
from snippets.streams.reader import Reader
from snippets.streams.replication import Position, Rdata, parse_command
from snippets.streams.storage import StreamStore
from tests.real import synapse
from tests.real.fixtures import synapse_python
from tests.real.postgres import Server
from tests.real.releases import NEWEST

DRIVER = Path(__file__).with_name("synapse_replication_driver.py")
STREAM = "to_device"
WRITERS = ["w1", "w2", "w3"]

names = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1)
tokens = st.integers(-(2**63), 2**63 - 1)
rows = st.recursive(
    st.none() | st.booleans() | tokens | st.floats(allow_nan=False).filter(math.isfinite)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)  # fmt: skip
commands = st.builds(Position, names, names, tokens, tokens) | st.builds(
    Rdata, names, names, st.none() | tokens, rows
)


def received(case: dict[str, Any], kind: type[Reader] = Reader) -> list[Any]:
    """What our reader applied from the same lines."""
    applied: list[Any] = []
    with open_database("sqlite::memory:") as database:
        store = StreamStore(database, STREAM)
        store.create()
        database.set_last_value(f"{STREAM}_sequence", 1000)
        for name, position in case["positions"].items():
            store.record_position(name, position)
        generator = store.load("r", WRITERS)
        for name, stream_id, row in case["facts"]:
            store.add(stream_id, name, [[row]])
        bus = InProcessBus()
        others, inbox = bus.connect(), bus.connect()
        reader = kind(
            "r",
            generator,
            store,
            inbox,
            lambda name, token, rows: applied.append([name, token, [row for [row] in rows]]),
        )
        for line in case["lines"]:
            others.publish(CONNECTED if line is None else line)
        while reader.receive():
            pass
    return applied


@given(commands)
def test_a_command_is_read_as_it_was_written(command: Position | Rdata) -> None:
    assert parse_command(str(command)) == command


@pytest.mark.proves("a-batch-on-the-wire", "one-line-is-one-command")
@pytest.mark.slow
def test_synapse_reads_our_lines_and_writes_the_same(postgres: Server) -> None:
    lines: list[str] = []

    @settings(max_examples=300)
    @given(commands)
    def write(command: Position | Rdata) -> None:
        lines.append(str(command))

    write()
    assert len(lines) >= 300
    url = postgres.create("wire_lines")
    assert synapse.ask(synapse_python(NEWEST), DRIVER, [{"written": lines}], url) == [lines]


def rdata(name: str, token: int | str, row: str) -> str:
    return f'RDATA {STREAM} {name} {token} ["{row}"]'


def position(name: str, previous: int, new: int) -> str:
    return f"POSITION {STREAM} {name} {previous} {new}"


START = {"w1": 5, "w2": 5, "w3": 5}
ALL_SAY = [position(name, 5, 5) for name in WRITERS]
SAME = {
    "rows of one writer, then of another": [*ALL_SAY, rdata("w1", 6, "a"), rdata("w2", 7, "b")],
    "a batch is one fact": [*ALL_SAY, rdata("w1", "batch", "a"), rdata("w1", 6, "b")],
    "an old row is dropped": [*ALL_SAY, rdata("w1", 5, "a"), rdata("w1", 6, "b")],
    "rows before any position are dropped": [rdata("w1", 6, "a"), *ALL_SAY],
    "a position over nothing moves on": [*ALL_SAY, position("w1", 5, 9), rdata("w1", 9, "a")],
    "a position beyond ours fetches": [*ALL_SAY, position("w1", 8, 9)],
    # The five cases of Synapse's open issue #16560, and equality.
    "current < previous < new": [*ALL_SAY, position("w1", 7, 9)],
    "current < previous = new": [*ALL_SAY, position("w1", 9, 9)],
    "current = previous < new": [*ALL_SAY, position("w1", 5, 9)],
    "previous < current < new": [*ALL_SAY, position("w1", 3, 9)],
    "previous < current = new": [*ALL_SAY, position("w1", 3, 5)],
    "previous < new < current": [*ALL_SAY, position("w1", 2, 4)],
    "previous = current = new": [*ALL_SAY, position("w1", 5, 5)],
    "a position behind ours changes nothing": [*ALL_SAY, position("w1", 3, 4), rdata("w1", 6, "a")],
    "a position ends a batch": [
        *ALL_SAY,
        rdata("w1", "batch", "a"),
        position("w1", 5, 7),
        rdata("w1", 8, "b"),
    ],
}
FACTS = [["w1", 6, "six"], ["w1", 8, "eight"]]


@pytest.mark.proves(
    "redis-announces-and-the-database-keeps",
    "position-says-no-rows",
    "rdata-carries-one-row",
    "synapse-treats-positions-alike",
)
@pytest.mark.slow
def test_a_reader_applies_what_synapses_applies(postgres: Server) -> None:
    cases = [{"facts": FACTS, "positions": START, "lines": lines} for lines in SAME.values()]
    theirs = synapse.ask(synapse_python(NEWEST), DRIVER, cases, postgres.create("readers"))
    applied = dict(zip(SAME, theirs, strict=True))
    assert dict(zip(SAME, map(received, cases), strict=True)) == applied
    assert applied["current = previous < new"] == []  # although two facts are in the database


@pytest.mark.proves("batches-are-mixed", "ours-differs-from-synapse")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("between", "mixed"),
    [
        (rdata("w2", 7, "w2's"), [["w2", 7, ["first", "w2's"]], ["w1", 6, ["second"]]]),
        (rdata("w2", 5, "old"), [["w1", 6, ["second"]]]),
        (position("w2", 5, 7), [["w1", 6, ["second"]]]),
    ],
    ids=["credited to another writer", "dropped with an old row", "dropped by a position"],
)
def test_synapse_loses_or_credits_wrongly_a_row_of_a_batch_and_ours_does_not(
    postgres: Server, between: str, mixed: list[Any]
) -> None:
    lines = [*ALL_SAY, rdata("w1", "batch", "first"), between, rdata("w1", 6, "second")]
    case = {"facts": [], "positions": START, "lines": lines}
    (theirs,) = synapse.ask(
        synapse_python(NEWEST), DRIVER, [case], postgres.create(f"batch{abs(hash(between))}")
    )
    assert theirs == received(case, BatchMixing) == mixed
    assert ["w1", 6, ["first", "second"]] in received(case)


@pytest.mark.proves(
    "only-its-own-word-moves-a-position", "foreign-id-hides-a-fact", "ours-differs-from-synapse"
)
@pytest.mark.slow
def test_synapse_drops_a_fact_whose_id_another_process_announced_and_ours_does_not(
    postgres: Server,
) -> None:
    # The reader lost its connection and missed w2's fact 6. w1 has heard of it, so w1 is at 6 too.
    lines = [None, position("w1", 6, 6), position("w3", 5, 5), position("w2", 6, 6)]
    case = {"facts": [["w2", 6, "fact"]], "positions": START, "lines": lines}
    (theirs,) = synapse.ask(synapse_python(NEWEST), DRIVER, [case], postgres.create("foreign_id"))
    assert theirs == received(case, ForeignIdRace) == []
    assert received(case) == [["w2", 6, ["fact"]]]


@pytest.mark.proves("no-rdata-before-position", "ours-differs-from-synapse")
@pytest.mark.slow
def test_synapse_trusts_a_writer_before_its_first_position_and_ours_does_not(
    postgres: Server,
) -> None:
    # The reader lost its connection and missed w2's fact 6; w2's 7 arrives before its POSITION.
    lines = [None, position("w1", 5, 5), rdata("w2", 7, "seven"), position("w2", 7, 7)]
    facts = [["w2", 6, "six"], ["w2", 7, "seven"]]
    case = {"facts": facts, "positions": START, "lines": lines}
    (theirs,) = synapse.ask(synapse_python(NEWEST), DRIVER, [case], postgres.create("too_early"))
    assert theirs == [["w2", 7, ["seven"]]]
    assert received(case) == [["w2", 6, ["six"]], ["w2", 7, ["seven"]]]
