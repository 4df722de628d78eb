"""The notes are complete, and their proofs exist."""

import json
import re
from typing import Any

import pytest
import yaml

from snippets.shared.history import Kind, read_history
from snippets.shared.release import parse_release
from snippets.upgrade_notes.notes import FILE, BadNote, Note, Recorded, read_notes, read_started
from tests.docs.guide import DOCS, ROOT
from tests.federation_backoff.record import DECISIONS, recording
from tests.real.provenance import read_releases

NOTES = read_notes()
ENTRY = yaml.safe_load(FILE.read_text("utf-8"))[0]
DAY = {"releases": ["1.89.0"], "date": "2026-11-23", "tests": ["test_a"]}
OBSERVED = {"kind": "answer", "subject": "a ping", "before": "404", "after": "200"}


def test_the_tests_that_a_note_names_exist() -> None:
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    for note in NOTES:
        recorded = note.proof.recorded.tests if note.proof.recorded else []
        for name in (*note.proof.tests, *recorded):
            assert f"def {name}(" in tests, (note.title, name)


def test_the_releases_of_a_proof_are_those_that_a_run_noted_of_its_tests() -> None:
    noted = {test.partition("::")[2]: releases for test, releases in read_releases().items()}
    with_tests = [note for note in NOTES if note.proof.tests]
    assert with_tests
    for note in with_tests:
        started = note.proof.started(read_started())
        assert set(started) == {release for test in note.proof.tests for release in noted[test]}
        assert len(started) > 1, f"{note.title}: nothing is compared"


def test_a_note_whose_tests_started_no_release_is_refused() -> None:
    proof = {"status": "proven", "tests": ["test_a", "test_b"]}
    (note,) = read_notes(changed(proof=proof))
    by_test = {"test_a": ["1.90.0", "1.163.2"], "test_b": ["1.89.0"]}
    assert note.proof.started(by_test) == ["1.89.0", "1.90.0", "1.163.2"]
    without: dict[str, list[str]] = {"test_a": ["1.90.0"]}
    for noted in (without, {**without, "test_b": []}):
        with pytest.raises(BadNote, match="no run noted that test_b starts a release"):
            note.proof.started(noted)


RECORDED = [(note, note.proof.recorded) for note in NOTES if note.proof.recorded]


@pytest.mark.parametrize(("note", "recorded"), RECORDED, ids=[note.label for note, _ in RECORDED])
def test_what_a_note_calls_recorded_is_in_a_recording_of_that_day(
    note: Note, recorded: Recorded
) -> None:
    limiter = {}
    for release in recorded.releases:
        about = json.loads(recording(release).read_text("utf-8").splitlines()[0])
        limiter[release] = about["recorded"]
        assert about["program"] == f"Synapse {release}"
    table = json.loads(DECISIONS.read_text("utf-8"))
    in_table = {release for group in table["synapse"] for release in group["releases"]}
    assert {*limiter.values(), table["recorded"]} == {recorded.date}
    assert in_table >= set(recorded.releases)
    assert len(recorded.releases) > 1
    comparing = (ROOT / "tests/federation_backoff/test_limiter_same_as_synapse.py").read_text()
    for test in recorded.tests:
        assert f"def {test}(" in comparing, (note.title, test)


def test_since_1_136_each_metric_has_the_servers_name_except_that_of_the_build() -> None:
    history = read_history()
    without: dict[str, set[str]] = {"1.135": set(), "1.136": set(), "1.163": set()}
    for release, names in without.items():
        for name, labels in history.values(Kind.LABELS, release).items():
            if "server_name" not in labels:
                names.add(name)
    assert without["1.136"] == without["1.163"] == {"synapse_build_info"}
    assert len(without["1.135"]) > 200


def test_a_note_of_a_program_that_is_too_old_concerns_all_older_ones() -> None:
    """In a long upgrade it replaces the notes before it, which asked for less."""
    needed = [note for note in NOTES if re.fullmatch(r"(Python|Postgre\w+) .* needed", note.title)]
    assert len(needed) == 5
    for note in needed:
        assert note.who.endswith(" or older"), note.title


def test_the_links_of_a_note_exist_here_and_are_upstreams() -> None:
    change = r"https://github\.com/(matrix-org|element-hq)/synapse/(pull|issues)/\d+"
    manual = "https://element-hq.github.io/synapse/latest/"
    for note in NOTES:
        assert not note.page or (DOCS / note.page).is_file(), note.title
        for source in note.sources:
            assert source.startswith(manual) or re.fullmatch(change, source), note.title


def test_a_note_is_undone_by_a_later_one_only() -> None:
    first = {**ENTRY, "title": "One", "undone_by": "1.81 Two"}
    second = {**ENTRY, "release": "1.81", "title": "Two"}
    assert [note.title for note in read_notes(yaml.safe_dump([second, first]))] == ["One", "Two"]
    second["undone_by"] = "1.80 One"
    with pytest.raises(BadNote, match=re.escape("'1.81 Two': no later note is called '1.80 One'")):
        read_notes(yaml.safe_dump([first, second]))


def test_a_note_with_a_better_title_keeps_its_address() -> None:
    (note,) = read_notes(changed(title="Now", known_as="Then `x`"))
    assert (note.label, note.anchor) == ("1.80 Now", "1-80-then-x")


def test_every_note_has_a_unique_address() -> None:
    assert len({note.anchor for note in NOTES}) == len(NOTES)


def test_notes_come_in_the_order_of_their_releases() -> None:
    releases = [parse_release(note.release) for note in NOTES]
    assert releases == sorted(releases)


def changed(**fields: Any) -> str:
    entry = {**ENTRY, **fields}
    return yaml.safe_dump([{key: value for key, value in entry.items() if value is not ...}])


@pytest.mark.proves("incomplete-note-is-refused")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1", "write a list of notes"),
        ("- 1", "note 1: write a mapping"),
        (changed(before=...), "lacks before"),
        (changed(extra=1), "has no field extra"),
        (changed(proof=...), "lacks proof"),
        (changed(proof={}), "proof: lacks status"),
        (changed(proof={"status": "proven", "maybe": 1}), "proof: has no field maybe"),
        (changed(proof={"status": "maybe"}), "proof: status is 'maybe'"),
        (changed(proof={"status": "proven"}), "write what was observed, or the tests"),
        (changed(proof={"status": "proven", "releases": ["1.90.0"]}), "has no field releases"),
        (changed(proof={"status": "proven", "observed": 1}), "write a list as observed"),
        (changed(proof={"status": "proven", "recorded": 1}), "recorded: write a mapping"),
        (
            changed(proof={"status": "proven", "recorded": {**DAY, "date": 1}}),
            "recorded: write a string as date, in quotes if it is a number",
        ),
        (
            changed(proof={"status": "proven", "recorded": {**DAY, "tests": "a"}}),
            "recorded: write a list of strings as tests",
        ),
        (changed(proof={"status": "proven", "observed": [{"kind": "answer"}]}), "lacks subject"),
        (
            changed(proof={"status": "proven", "observed": [{**OBSERVED, "before": 200}]}),
            "observed: write a string as before, in quotes if it is a number",
        ),
        (
            changed(proof={"status": "proven", "observed": [{**OBSERVED, "kind": "reply"}]}),
            "observed: kind is 'reply': write one of answer, default,",
        ),
        (changed(proof={"status": "not proven"}), "write a string as reason"),
        (changed(page=1), "write a string as page, or ''"),
        (changed(sources=[]), "write at least one source"),
        (changed(sources=[1]), "write a list of strings as sources"),
        (changed(title=""), "write a string as title"),
        (changed(release=1.9), "write a string as release, in quotes if it is a number"),
        (changed(release="soon"), "'soon' is not a release of Synapse"),
        (changed(effect="never"), "effect is 'never': write one of stops, act, know"),
        (changed(perhaps=...), "write whom it `concerns`, or `perhaps` concerns"),
        (changed(undone_by=1), "write a string as undone_by, or ''"),
        (changed(undone_by="1.9 No"), "no later note is called '1.9 No'"),
        (changed(known_as=1), "write a string as known_as, or ''"),
        (changed(concerns="no one"), "concerns: write `everyone`, or a list of alternatives"),
        (changed(concerns=["a"]), "concerns: write options and their states"),
        (changed(concerns=[{}]), "concerns: write options and their states"),
        (changed(concerns=[{1: "given"}]), "concerns: write a string as state of 1"),
        (changed(concerns=[{"a": True}]), "concerns: write a string as state of a"),
        (changed(perhaps=[{"a": "maybe"}]), "perhaps: a is 'maybe': write `given`, `not given`"),
        (changed(perhaps=[{"workers": "given"}]), "workers is 'given': write `used` or"),
        (changed(perhaps=[{"workers on": "used"}]), "'workers on' is not an option: write one of"),
    ],
)
def test_an_incomplete_note_is_refused_with_its_name(text: str, message: str) -> None:
    with pytest.raises(BadNote, match=re.escape(message)):
        read_notes(text)


@pytest.mark.proves("unproven-note-says-why")
def test_a_note_that_is_not_proven_says_why() -> None:
    proof = {"status": "not proven", "reason": "it needs workers"}
    (note,) = read_notes(changed(proof=proof))
    assert note.proof.reason == "it needs workers"
