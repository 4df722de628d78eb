"""The entries: each text is printed by a program, and each is complete."""

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from snippets.errors.entries import (
    GUIDE,
    PROXIES,
    SUBJECTS,
    SYNAPSE,
    BadEntry,
    Entry,
    every_entry,
    read_entries,
    read_printed,
    unproven,
)
from tests import ROOT
from tests.errors import proxies, record
from tests.errors.record import of_proxies, of_synapse
from tests.errors.texts import found
from tests.real import synapse
from tests.real.fixtures import need
from tests.real.releases import NEWEST

ENTRIES = every_entry()
PRINTED = read_printed()
GOOD = "- text: a\n  cause: A cause.\n  fix: A fix.\n  page: index.md\n"


@pytest.mark.proves("texts-are-printed")
def test_each_text_of_synapse_and_of_a_proxy_is_in_the_recording() -> None:
    assert unproven(ENTRIES, PRINTED) == []


@pytest.mark.proves("a-text-that-nothing-prints")
@pytest.mark.parametrize("program", [SYNAPSE, *PROXIES])
def test_a_text_that_no_program_prints_is_named(program: str, tmp_path: Path) -> None:
    (tmp_path / "streams.yaml").write_text(
        GOOD.replace("text: a", f"text: The stream is wet\n  program: {program}")
    )
    (problem,) = unproven([*ENTRIES, *read_entries("streams", tmp_path)], PRINTED)
    assert problem.startswith(f"{program} does not print 'The stream is wet'")


@pytest.mark.proves("a-text-that-nothing-prints")
@pytest.mark.slow
def test_a_text_that_no_program_prints_stops_the_recording(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a small package, one mistake, and a true text of each, which is not named."""
    for kind in proxies.KINDS.values():
        need(kind.executable)
    package = tmp_path / "package.whl"
    with zipfile.ZipFile(package, "w") as files:
        files.writestr("synapse/retries.py", 'raise Error("Not ready for retry")')
    monkeypatch.setattr(synapse, "wheel", lambda _: zipfile.ZipFile(package))
    refused = "connect() failed (111: Connection refused) while connecting to upstream"
    true = [entry for entry in ENTRIES if entry.text in ("Not ready for retry", refused)]
    assert {entry.program for entry in true} == {SYNAPSE, "nginx"}
    wet = [replace(entry, text="The stream is wet") for entry in true]
    monkeypatch.setattr(record, "every_entry", lambda: [*true, *wet])
    monkeypatch.setattr(synapse, "releases", lambda: [NEWEST])
    monkeypatch.setattr(proxies, "MISTAKES", proxies.MISTAKES[:1])
    monkeypatch.setattr(record, "PRINTED", tmp_path / "printed.json")
    assert record.main() == 1
    said = capsys.readouterr().err.splitlines()
    assert said == [
        f"{entry.program} does not print 'The stream is wet': correct the entry, then `make record`"
        for entry in wet
    ]
    assert [*tmp_path.iterdir()] == [package]


def test_the_recording_has_no_text_that_is_no_entry() -> None:
    assert set(PRINTED["synapse"]) == set(of_synapse(ENTRIES))
    assert set(PRINTED["proxies"]) == set(of_proxies(ENTRIES))


@pytest.mark.proves("texts-are-printed")
def test_the_recording_has_every_minor_release_and_no_text_that_comes_and_goes() -> None:
    assert PRINTED["releases"] == synapse.releases()
    assert PRINTED["releases"][0] == "1.79.0"
    assert PRINTED["gaps"] == {}


def test_our_own_commands_print_what_the_entries_say() -> None:
    ours = {entry.text for entry in ENTRIES if entry.program == GUIDE}
    for file in (ROOT / "snippets").rglob("*.py"):
        ours -= found(ours, file.read_text("utf-8"))
    assert ours == set()


def test_there_are_at_least_120_texts_and_25_of_each_subject() -> None:
    numbers = {subject: len(read_entries(subject)) for subject in SUBJECTS}
    assert sum(numbers.values()) >= 120
    assert {subject for subject, number in numbers.items() if number < 25} == set()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.text[:40])
def test_cause_and_fix_are_one_plain_sentence_each_without_a_typed_release(entry: Entry) -> None:
    for sentence in (entry.cause, entry.fix):
        assert sentence.endswith(".")
        plain = re.sub(r"`[^`]*`", "x", sentence)
        assert not re.search(r"[.?!] ", plain), sentence
        assert len(plain.split()) <= 25, sentence
        assert not re.search(r"\b1\.\d+", plain), f"{sentence}: releases are found, not typed"
    assert (ROOT / "docs" / entry.page.partition("#")[0]).exists()


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("- a\n", "entry 1 is no mapping: write text, cause, fix, page"),
        ("- text: a\n", "entry 1 has no text as its `cause`: write `cause: ...`"),
        (GOOD.replace("text: a", "text: 5"), "entry 1 has no text as its `text`"),
        (GOOD + "  pages: b\n", "entry 1 has `pages`: write text, cause, fix, page, program"),
        (GOOD + "  program: Nginx\n", "entry 1: 'Nginx' prints nothing: write nginx, Caddy"),
        (GOOD + GOOD, "entry 2: 'a' is there twice: keep one"),
        ("- text: a: b\n", "line 1: mapping values are not allowed here: put it in quotation"),
    ],
)
def test_a_bad_entry_is_named_with_what_to_write(written: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "streams.yaml").write_text(written)
    with pytest.raises(BadEntry, match=re.escape(f"streams.yaml, {says}")):
        read_entries("streams", tmp_path)


def test_an_empty_file_has_no_entries(tmp_path: Path) -> None:
    (tmp_path / "streams.yaml").write_text("# none yet\n")
    assert read_entries("streams", tmp_path) == []
