"""The notes are whole, what proves them is there, and the advisor reads them right."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from snippets.shared.document import Document
from snippets.shared.history import read_history
from snippets.shared.release import parse_release
from snippets.upgrade_notes.__main__ import main
from snippets.upgrade_notes.advisor import advise, way
from snippets.upgrade_notes.notes import FILE, BadNote, read_notes
from snippets.upgrade_notes.tables import SEEN_BY
from tests.docs.fences import DOCS, ROOT

NOTES = read_notes()
ENTRY = yaml.safe_load(FILE.read_text("utf-8"))[0]
SIGHT = {"name": "answers a ping", "before": "404", "after": "200"}


def test_the_tests_that_a_note_names_are_there() -> None:
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    for note in NOTES:
        for name in (*note.proof.tests, *SEEN_BY):
            assert f"def {name}(" in tests, (note.title, name)


def test_a_note_leads_to_pages_that_are_there_and_to_upstreams() -> None:
    change = r"https://github\.com/(matrix-org|element-hq)/synapse/(pull|issues)/\d+"
    manual = "https://element-hq.github.io/synapse/latest/"
    for note in NOTES:
        assert not note.page or (DOCS / note.page).is_file(), note.title
        for source in note.sources:
            assert source.startswith(manual) or re.fullmatch(change, source), note.title


def test_every_note_has_an_address_of_its_own() -> None:
    assert len({note.anchor for note in NOTES}) == len(NOTES)


def test_notes_come_in_the_order_of_their_releases() -> None:
    releases = [parse_release(note.release) for note in NOTES]
    assert releases == sorted(releases)


def changed(**fields: Any) -> str:
    entry = {**ENTRY, **fields}
    return yaml.safe_dump([{key: value for key, value in entry.items() if value is not ...}])


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
        (changed(proof={"status": "proven"}), "write what was seen, or the tests"),
        (changed(proof={"status": "proven", "tests": ["test_a"]}), "belong together"),
        (changed(proof={"status": "proven", "seen": 1}), "write a list as seen"),
        (changed(proof={"status": "proven", "seen": [{"name": "a"}]}), "seen: lacks before"),
        (
            changed(proof={"status": "proven", "seen": [{**SIGHT, "before": 200}]}),
            "seen: write a text as before, in quotes if it is a number",
        ),
        (changed(proof={"status": "not proven"}), "write a text as reason"),
        (changed(page=1), "write a page of this guide as page"),
        (changed(sources=[]), "write at least one source"),
        (changed(sources=[1]), "write a list of texts as sources"),
        (changed(title=""), "write a text as title"),
        (changed(release=1.9), "write a text as release, in quotes if it is a number"),
        (changed(release="soon"), "'soon' is no release of Synapse"),
        (changed(when="never"), "when is 'never': write one of set, unset, always, elsewhere"),
        (changed(when="always", keys=["a"]), "keys belong to `set` and `unset`"),
        (changed(when="set", keys=[]), "keys belong to `set` and `unset`"),
    ],
)
def test_a_note_that_lacks_something_is_refused_with_its_name(text: str, message: str) -> None:
    with pytest.raises(BadNote, match=re.escape(message)):
        read_notes(text)


def test_a_note_that_is_not_proven_says_why() -> None:
    proof = {"status": "not proven", "reason": "it needs workers"}
    (note,) = read_notes(changed(proof=proof))
    assert note.proof.reason == "it needs workers"


def test_the_notes_on_the_way_are_those_after_the_first_release_up_to_the_last() -> None:
    found = way(NOTES, read_history(), "1.90", "1.92")
    assert {advice.note.release for advice in found.advice} == {"1.91", "1.92"}
    for start, end in (("1.92", "1.90"), ("1.90", "1.90.0")):
        with pytest.raises(ValueError, match="is not before"):
            way(NOTES, read_history(), start, end)


def note(when: str, *keys: str) -> Any:
    (found,) = read_notes(changed(when=when, keys=list(keys)))
    return found


def test_an_option_decides_whether_a_note_concerns_a_configuration() -> None:
    document = Document("a: 1\nfederation:\n  client_timeout: 5s\nother: text\n")
    timeout = "federation.client_timeout"
    assert (advise(note("set", timeout), document).applies, 3) == (True, 3)
    assert advise(note("set", timeout), document).line == 3
    assert advise(note("unset", timeout), document).applies is False
    assert advise(note("set", "a"), document).line == 1
    for absent in ("b", "federation.b", "other.b", "nothing.b"):
        assert advise(note("set", absent), document).applies is False
        assert advise(note("unset", absent), document).applies is True
    assert advise(note("always"), document).applies is True
    assert advise(note("elsewhere"), document).applies is None
    assert advise(note("set", "a"), None).applies is None


# -- The command --


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_command_names_the_line_that_decides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "homeserver.yaml"
    file.write_text("server_name: a\napp_service_config_files: [irc.yaml]\n")
    status, out, _ = run(capsys, "--from", "1.89", "--to", "1.90", str(file))
    assert status == 0
    assert f"  concerns you: app_service_config_files is set ({file}:2)" in out
    assert "  do      Let the application service read the header." in out
    status, out, _ = run(capsys, "--from", "1.89", "--to", "1.90", str(file), "--json")
    found = json.loads(out)
    applies = {advice["note"]["title"]: advice["applies"] for advice in found["notes"]}
    assert all(applies.values())
    assert found["notes"][0]["line"] == 2
    assert found["oldest_way_back"] == "1.83.0"
    assert found["ended_options"] == []


def test_an_option_that_ends_on_the_way_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "homeserver.yaml"
    file.write_text("server_name: a\nexperimental_features:\n  msc3886_endpoint: /a\n")
    option = "experimental_features.msc3886_endpoint"
    _, out, _ = run(capsys, "--from", "1.118", "--to", "1.121", str(file))
    assert f"no longer looks up:\n  {option} ({file}:3), since 1.120.2\n" in out
    _, out, _ = run(capsys, "--from", "1.118", "--to", "1.121", str(file), "--json")
    (ended,) = json.loads(out)["ended_options"]
    assert ended == {"option": option, "since": "1.120.2", "line": 3}
    assert {"option": option, "release": "1.120.2", "before": None} in json.loads(out)["options"]
    for start, end in (("1.118", "1.119"), ("1.121", "1.123")):
        assert "no longer" not in run(capsys, "--from", start, "--to", end, str(file))[1]


def test_the_options_of_the_way_are_told_if_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "--from", "1.119", "--to", "1.120", "--options")
    assert "default:\n  1.120.2  enable_authenticated_media: false, then true\n" in out
    _, out, _ = run(capsys, "--from", "1.99", "--to", "1.100", "--options")
    assert "default:\n  none\n" in out


def test_without_a_file_it_says_whom_a_note_concerns(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "--from", "1.94", "--to", "1.95")
    assert "concerns servers with workers" in out
    assert run(capsys, "--from", "1.93", "--to", "1.94")[1] == (
        "No note of this guide is on the way.\n\n"
        "The way back: 1.90.0 is the oldest release whose schema fits a database\n"
        "that 1.94 has opened. Make a backup before you upgrade.\n"
    )


def test_what_cannot_be_read_is_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "homeserver.yaml"
    asked = ["--from", "1.89", str(file)]
    assert run(capsys, *asked)[::2] == (
        2, f"upgrade_notes: {file}: cannot be opened: No such file or directory\n",
    )  # fmt: skip
    file.write_bytes(b"\xff")
    assert run(capsys, *asked)[::2] == (2, f"upgrade_notes: {file}: is not UTF-8\n")
    file.write_text("a: [1")
    status, _, err = run(capsys, *asked)
    assert (status, f"{file}:1:" in err) == (2, True)
    assert "is not before" in run(capsys, "--from", "1.95", "--to", "1.90")[2]
    assert "'x' is no release" in run(capsys, "--from", "x")[2]
    for start, end in (("1.70", "1.90"), ("1.90", "2.0")):
        assert "was not run: write a release" in run(capsys, "--from", start, "--to", end)[2]
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "snippets.shared.document", raising=False)
    assert run(capsys, *asked)[::2] == (
        2, "upgrade_notes: this needs PyYAML: pip install pyyaml\n",
    )  # fmt: skip


def test_the_command_has_help() -> None:
    command = [sys.executable, "-m", "snippets.upgrade_notes", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert b"homeserver.yaml" in done.stdout
