"""No heading of Synapse's upgrade notes is missing, and what the packages show is true."""

import ast
import functools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from snippets.shared.history import read_history
from snippets.shared.release import OLDEST, parse_release
from snippets.upgrade_notes import places
from snippets.upgrade_notes.notes import FILE as NOTES_FILE
from snippets.upgrade_notes.notes import BadNote, Note, read_notes
from snippets.upgrade_notes.upstream import (
    GENERAL,
    BadHeading,
    only_here,
    read_upstream,
    upstream_table,
)
from tests.real import storage_provider, synapse
from tests.real.fixtures import need
from tests.real.homeserver import Homeserver
from tests.real.synapse_source import source_file

NOTES = read_notes()
HEADINGS = read_upstream(NOTES)
HISTORY = read_history()
NEWEST = synapse.releases()[-1]


def headings(text: str) -> list[tuple[str, str]]:
    """The headings of Synapse's `docs/upgrade.md`, with their releases, newest first.

    These are the headings of the second level, down to the notes of 1.79; code is left out.
    """
    release = GENERAL
    headings_: list[tuple[str, str]] = []
    for line in re.sub(r"^ *```.*?^ *```$", "", text, flags=re.M | re.S).splitlines():
        if match := re.fullmatch(r"# Upgrading to v(\S+)", line):
            release = match[1]
            if parse_release(release) <= parse_release(OLDEST):
                return headings_
        elif line.startswith("## "):
            headings_.append((release, line.removeprefix("## ").strip()))
    raise AssertionError("its notes end before 1.79")


def inventory() -> list[tuple[str, str]]:
    return [(heading.release, heading.text) for heading in HEADINGS]


def differences(upstream: list[tuple[str, str]], ours: list[tuple[str, str]]) -> list[str]:
    """A line for each heading that one side lacks."""
    return [
        *(f"upstream.yaml lacks {heading}" for heading in upstream if heading not in ours),
        *(f"upstream no longer has {heading}" for heading in ours if heading not in upstream),
    ]


@pytest.mark.proves("every-upstream-heading-is-here", "new-upstream-heading-is-named")
@pytest.mark.slow
def test_every_heading_of_upstreams_upgrade_notes_is_in_the_inventory_and_no_other() -> None:
    need(lambda: source_file(NEWEST, "PKG-INFO"))
    upstream = headings(source_file(NEWEST, "docs/upgrade.md"))
    assert differences(upstream, inventory()) == []
    assert upstream == inventory(), "the order is another"
    assert upstream[-1][0] == "1.80.0"


@pytest.mark.slow
@pytest.mark.proves("upstream-disagrees-on-the-header", "upstream-says-something-else")
def test_upstreams_notes_say_what_the_table_of_differences_says_of_them() -> None:
    need(lambda: source_file(NEWEST, "PKG-INFO"))
    notes = source_file(NEWEST, "docs/upgrade.md")
    _, *sections = re.split(r"^# Upgrading to v(1\.\d+)\.\d+$", notes, flags=re.M)
    says = {
        release: " ".join(text.split())
        for release, text in zip(sections[::2], sections[1::2], strict=True)
    }
    assert "without the latter therefore never restricted any profile lookup" in says["1.163"]
    assert "SQLite version has been increased from 3.27.0 to 3.40.0" in says["1.142"]
    assert "must update it to [v1.6.0]" in says["1.140"]
    assert "(except server admins) from publishing" in says["1.126"]
    assert "Debian packages or Docker images, no action is required" in says["1.88"]
    assert (
        "header](https://spec.matrix.org/v1.6/application-service-api/#authorization) since v1.70.0"
        in says["1.81"]
    )
    assert "from Synapse v1.71.0" in says["1.90"]


@pytest.mark.proves("new-upstream-heading-is-named")
def test_a_new_or_removed_heading_is_named() -> None:
    text = "# Upgrading\n## Old\n```\n## code\n```\n# Upgrading to v1.163.0\n## New `x`\n"
    upstream = headings(f"{text}# Upgrading to v1.79.0\n## Older\n")
    assert upstream == [(GENERAL, "Old"), ("1.163.0", "New `x`")]
    assert differences(upstream, upstream[:1]) == ["upstream.yaml lacks ('1.163.0', 'New `x`')"]
    assert differences(upstream[1:], upstream) == ["upstream no longer has ('general', 'Old')"]
    with pytest.raises(AssertionError, match=r"end before 1\.79"):
        headings(text)


@pytest.mark.proves("every-upstream-heading-is-here")
def test_each_heading_leads_to_a_note_of_its_release_or_says_why_not() -> None:
    for heading in HEADINGS:
        if heading.left_out:
            assert heading.release == GENERAL
        else:
            wanted = parse_release(heading.release)
            assert wanted in {parse_release(note.release) for note in heading.notes}, heading


def test_a_note_names_the_upgrade_notes_that_lead_to_it() -> None:
    for heading in HEADINGS:
        for note in heading.notes[:1]:
            anchor = f"#upgrading-to-v{heading.release.replace('.', '')}"
            named = any(url.endswith(anchor) for url in note.sources)
            assert named or any("/pull/" in url for url in note.sources), note.title


def test_a_note_that_no_heading_leads_to_says_so() -> None:
    covered = {note.anchor for heading in HEADINGS for note in heading.notes}
    for note in NOTES:
        says = "there was no upgrade note" in note.who
        assert says is (note.anchor not in covered), f"{note.title}: {note.who}"


@pytest.mark.parametrize(
    ("leads_to", "message"),
    [
        ([], "1.99.0, 'A': write a list of notes, or the reason"),
        ("", "write a list of notes, or the reason"),
        (None, "write a list of notes, or the reason"),
        (["1-99-nothing"], "1.99.0, 'A': there is no note '1-99-nothing'"),
    ],
)
def test_a_heading_without_a_note_or_reason_is_refused_with_its_name(
    leads_to: Any, message: str
) -> None:
    with pytest.raises(BadHeading, match=re.escape(message)):
        read_upstream(NOTES, yaml.safe_dump({"1.99.0": {"A": leads_to}}))


def test_the_table_has_every_heading_with_its_notes_or_the_reason() -> None:
    note = next(note for note in NOTES if note.proof.status == "not proven")
    text = yaml.safe_dump({"1.99.0": {"A": [note.anchor], "B": "It is old."}})
    first, second = upstream_table(NOTES, text).splitlines()[2:]
    assert f"[{note.title}]({places.in_source(note)}) (not proven here)" in first
    assert first.startswith("| [1.99.0](https://")
    assert "upgrade#upgrading-to-v1990) | A |" in first
    assert second.endswith("| B | Left out: It is old. |")
    lines = only_here(NOTES, text).splitlines()[2:]
    assert len(lines) == len(NOTES) - 1
    assert not any(note.anchor in line for line in lines)


# -- What the source packages show --


def test_what_a_note_says_was_read_is_read_by_a_test_of_this_file() -> None:
    names = [name for note in NOTES if note.proof.read for name in note.proof.read.tests]
    assert len(names) == 12
    assert all(callable(globals()[name]) for name in names)


READ = {"releases": ["1.1"], "file": "a", "tests": ["test_a"]}


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (1, "read: write a mapping"),
        ({**READ, "file": ""}, "read: write a string as file"),
        ({**READ, "tests": "test_a"}, "read: write a list of strings as tests"),
        ({"file": "a"}, "read: lacks releases, tests"),
    ],
)
def test_a_note_that_does_not_say_what_was_read_is_refused(read: Any, message: str) -> None:
    (entry, *_) = yaml.safe_load(NOTES_FILE.read_text("utf-8"))
    entry = {**entry, "proof": {"status": "proven", "read": read}}
    with pytest.raises(BadNote, match=re.escape(message)):
        read_notes(yaml.safe_dump([entry]))


def _by_test(name: str) -> list[Note]:
    return [note for note in NOTES if note.proof.read and name in note.proof.read.tests]


def _sources(note: Note) -> tuple[str, str]:
    """The file that a note names, from the release before the note's release, and from that one."""
    read, release = note.proof.read, HISTORY.release(note.release)
    pair = [HISTORY.before(release), release]
    assert read
    assert read.releases == pair
    for name in pair:
        need(functools.partial(source_file, name, "PKG-INFO"))
    before, after = (source_file(name, read.file) for name in pair)
    return before, after


@pytest.mark.proves("source-packages-are-read", "note-is-compared-with-two-releases")
@pytest.mark.slow
@pytest.mark.parametrize(
    "note",
    _by_test("test_a_source_package_requires_the_rust_that_its_note_names"),
    ids=lambda note: note.release,
)
def test_a_source_package_requires_the_rust_that_its_note_names(note: Note) -> None:
    files = _sources(note)
    asked = [re.findall(r'^rust-version = "(.+)"$', text, re.M) for text in files]
    named = [re.findall(r"Rust (\d+\.\d+\.\d+)", text) for text in (note.before, note.after)]
    assert asked == named
    assert asked[0] != asked[1]


@pytest.mark.proves("source-packages-are-read", "upstream-says-something-else")
@pytest.mark.slow
@pytest.mark.parametrize(
    "note",
    _by_test("test_the_builder_of_packages_has_the_systems_that_its_note_names"),
    ids=lambda note: note.release,
)
def test_the_builder_of_packages_has_the_systems_that_its_note_names(note: Note) -> None:
    before, after = map(_built_for, _sources(note))
    assert before - after == _systems(note.before) != set()
    assert after - before == _systems(note.after)


def _built_for(script: str) -> set[str]:
    (matches,) = re.findall(r"^DISTS = (\(.*?^\))", script, re.M | re.S)
    return set(ast.literal_eval(matches))


def _systems(text: str) -> set[str]:
    """The builder's names, such as `debian:buster` for Debian 10 (buster)."""
    matches = re.findall(r"(Debian|Ubuntu) [\d.]+ \((\w+)\)", text)
    return {f"{kind.lower()}:{name}" for kind, name in matches}


@pytest.mark.proves("upstream-says-something-else")
@pytest.mark.slow
def test_the_module_for_s3_calls_what_only_the_one_or_the_other_side_of_1_140_has() -> None:
    need(lambda: storage_provider.code("1.5.0"))
    context, threads = "LoggingContext(parent_context=", "_module_api.defer_to_threadpool("
    old, new = (storage_provider.code(version) for version in ("1.5.0", "1.6.0"))
    assert (context in old, threads in old) == (True, False)
    assert (context in new, threads in new) == (False, True)


# -- What a start shows --


@pytest.mark.slow
def test_a_log_for_the_journal_stops_synapse_without_systemd_python(
    tmp_path: Path,
) -> None:
    need(lambda: synapse.python(NEWEST))
    log = {
        "version": 1,
        "handlers": {"journal": {"class": "systemd.journal.JournalHandler"}},
        "root": {"level": "INFO", "handlers": ["journal"]},
    }
    given = tmp_path / "journal.yaml"
    given.write_text(json.dumps(log))
    server = Homeserver(NEWEST, tmp_path, {"log_config": str(given)})
    with pytest.raises(AssertionError, match="Unable to configure handler 'journal'"):
        server.start()
    assert "No module named 'systemd'" in server.log
