"""The table of Synapse's streams, compared with two releases."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from snippets.streams.catalogue import EVER, NEW, OLD, STREAMS, Stream, streams_table
from snippets.streams.recorded_tables import STREAMS as RECORDED
from tests.docs.guide import DOCS, scan
from tests.real import synapse
from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED, NEWEST
from tests.streams.record import streams_of

RECORDING = json.loads(RECORDED.read_text("utf-8"))
COUNTS = {1: "one", 2: "several"}


@pytest.mark.proves("streams-and-their-writers", "an-option-has-its-streams-name")
@pytest.mark.parametrize(("release", "column"), [(OLD, 0), (NEW, 1)])
def test_the_table_has_every_stream_of_the_release_and_its_writers(
    release: str, column: int
) -> None:
    recorded = RECORDING["releases"][release]
    assert [stream.name for stream in STREAMS if stream.writers[column]] == recorded["streams"]
    configured = {
        stream.option: stream.writers[column]
        for stream in STREAMS
        if stream.writers[column] in COUNTS.values()
    }
    assert configured == {
        option: COUNTS[most] for option, most in recorded["stream_writers"].items()
    }


@pytest.mark.proves("streams-and-their-writers")
@pytest.mark.parametrize(("release", "column"), [(OLD, 0), (NEW, 1)])
def test_the_table_has_the_recorded_processes_that_announce_each_stream(
    release: str, column: int
) -> None:
    def option(stream: Stream) -> str:
        match stream.writers[column]:
            case "those of events":
                return "events"
            case "that of presence":
                return "presence"
            case "one" | "several":
                return stream.option
            case process:
                return process

    shown: dict[str, list[str]] = {}
    for stream in STREAMS:
        if stream.writers[column]:
            shown.setdefault(option(stream), []).append(stream.name)
    assert shown == RECORDING["releases"][release]["writers"]


@pytest.mark.proves("an-option-has-its-streams-name")
def test_a_stream_has_an_option_where_its_writers_are_configured() -> None:
    for stream in STREAMS:
        configured = any(writers in COUNTS.values() for writers in stream.writers)
        assert bool(stream.option) is configured, stream.name
    renamed = {stream.name for stream in STREAMS if stream.option not in ("", stream.name)}
    assert renamed == {"quarantined_media"}


@pytest.mark.proves("streams-and-their-writers")
def test_a_stream_is_in_memory_if_no_generator_over_tables_gives_its_tokens() -> None:
    stored = set(RECORDING["releases"][NEW]["stored"])
    others = {stream.name for stream in STREAMS} - stored
    # Both have generators over tables, but their classes use them in their own way.
    assert {stream.name for stream in STREAMS if stream.kept == "memory"} == others - {
        "backfill",
        "caches",
    }


@pytest.mark.proves("streams-and-their-writers")
def test_the_since_of_a_stream_is_the_first_release_that_has_it() -> None:
    later = {stream.name: stream.since for stream in STREAMS if stream.since != EVER}
    assert later == RECORDING["first"]


@pytest.mark.proves("streams-and-their-writers")
def test_the_table_says_none_of_the_old_release_where_a_newer_one_brought_the_stream() -> None:
    rows = [[cell.strip() for cell in line.split("|")] for line in streams_table().splitlines()]
    assert {name.strip("`") for _, name, _, old, *_ in rows if old == "none"} == set(
        RECORDING["first"]
    )


@pytest.mark.proves("streams-and-their-writers", "an-option-has-its-streams-name")
@pytest.mark.slow
def test_synapse_still_has_the_recorded_streams() -> None:
    live = {OLD: streams_of(synapse_python(OLD)), NEW: streams_of(synapse_python(NEWEST))}
    assert live == RECORDING["releases"]


PAGE = DOCS / "streams" / "several-writers.md"


def printed() -> dict[str, Any]:
    """The configuration that the page shows."""
    (shown,) = (fence for fence in scan(PAGE) if fence.language == "yaml")
    return dict(yaml.safe_load(shown.source()))


@pytest.mark.proves(
    "two-event-persisters", "a-writer-must-be-in-instance-map", "one-instance-for-typing"
)
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_synapse_accepts_the_printed_writers_and_says_the_printed_errors(release: str) -> None:
    workers = printed()["stream_writers"]["events"]
    unknown, two_typing = printed(), printed()
    del unknown["instance_map"][workers[-1]]
    two_typing["stream_writers"] = {"typing": workers}
    driver = Path(__file__).with_name("synapse_streams_driver.py")
    configurations = [printed(), unknown, two_typing]
    accepted, *errors = synapse.ask(synapse_python(release), driver, configurations)
    assert accepted == workers
    headings = [line.removeprefix("### ") for line in PAGE.read_text("utf-8").splitlines()]
    assert len(errors) == 2
    assert set(errors) <= set(headings)


@pytest.mark.proves("sequences-of-1-90")
def test_the_page_names_the_streams_that_had_a_sequence_in_the_old_release_and_no_other() -> None:
    page = (DOCS / "streams" / "repairing-a-stream.md").read_text("utf-8")
    _, _, after = page.partition(f"In {OLD} only these streams have a sequence: ")
    named = set(re.findall(r"`(\w+)`", after.partition(";")[0]))
    old, new = ({made["stream_name"]: made for made in generators(name)} for name in (OLD, NEW))
    assert named == set(old)
    shorter = {name for name in old if set(old[name]["columns"]) < set(new[name]["columns"])}
    assert shorter == {"events", "backfill", "to_device"}
    assert [old[name]["columns"] for name in ("events", "backfill", "to_device")] == [
        ["events.stream_ordering"],
        ["events.stream_ordering"],
        ["device_inbox.stream_id"],
    ]


def generators(release: str) -> list[Any]:
    return list(RECORDING["releases"][release]["generators"])


@pytest.mark.proves("four-streams-had-one-writer")
@pytest.mark.slow
def test_four_streams_of_1_90_have_one_writer_on_postgresql_and_nearly_all_on_sqlite() -> None:
    """From the source: a stream without another generator uses the one-writer generator on both
    databases.
    """
    (folder,) = (
        synapse_python(OLD)
        .parents[1]
        .glob("lib/python*/site-packages/synapse/storage/databases/main")
    )
    one_writer, several = (
        {
            name
            for path in folder.glob("*.py")
            for name in re.findall(rf"self\.(\w+_gen)\b[^=\n]* = \(?\s*{kind}\(", path.read_text())
        }
        for kind in ("StreamIdGenerator", "MultiWriterIdGenerator")
    )
    assert one_writer - several == {
        "_device_list_id_gen",
        "_push_rules_stream_id_gen",
        "_pushers_id_gen",
        "_cross_signing_id_gen",
    }
    assert len(several) == len(generators(OLD))
    assert several - one_writer == {"_cache_id_gen"}
