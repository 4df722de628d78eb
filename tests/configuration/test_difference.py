"""`check --diff` shows what two releases treat differently, and nothing else."""

import json
from pathlib import Path

import pytest

from snippets.configuration.__main__ import main
from snippets.configuration.difference import Difference, differences
from snippets.shared.document import Document


def found(text: str, start: str = "1.90", end: str = "1.163") -> list[Difference]:
    """The differences at lines of the file, then those of defaults."""
    return list(differences({"a.yaml": Document(text)}, start, end))


@pytest.mark.proves("diff-prints-what-differs")
def test_an_option_that_goes_is_different_at_its_line() -> None:
    one, *defaults = found("server_name: a\nexperimental_features: {msc3266_enabled: true}")
    assert (one.option, one.line, one.before) == (
        "experimental_features.msc3266_enabled", 2, "fine",
    )  # fmt: skip
    assert one.after.endswith(
        "ignores it; remove the line: Synapse has summaries of rooms without it"
    )
    assert all(default.line is None for default in defaults)


@pytest.mark.proves("diff-prints-what-differs")
def test_a_value_that_only_the_newer_release_reads_is_different() -> None:
    (one,) = found("max_upload_size: 1G", end="1.93")
    assert (one.before.partition(":")[0], one.after) == ("`1G` is not a size", "fine")


@pytest.mark.proves("diff-prints-what-differs")
def test_a_default_that_changes_in_a_section_of_the_file_is_different() -> None:
    (one,) = found("database: {name: sqlite3}", "1.150", "1.151")
    assert (one.option, one.line) == ("database.statement_timeout", None)
    assert (one.before, one.after) == ("the default is 3600000", "the default is 600000")
    assert found("server_name: a", "1.150", "1.151") == []  # it has no such section


@pytest.mark.parametrize(
    "text",
    [
        "database: {name: sqlite3, statement_timeout: 5}",
        "unknown: 1",
        "serve_server_wellknown: true",
    ],
)
def test_what_both_releases_treat_alike_is_no_difference(text: str) -> None:
    assert found(text, "1.150", "1.151") == []


def test_the_command_prints_both_releases_and_a_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "homeserver.yaml"
    file.write_text("experimental_features: {msc3266_enabled: true}", "utf-8")
    assert main(["check", str(file), "--diff", "1.90", "--release", "1.163"]) == 1
    out = capsys.readouterr().out
    assert out.splitlines()[0] == f"{file}:1: experimental_features.msc3266_enabled"
    assert out.endswith("2 things are different between Synapse 1.90 and 1.163.\n")
    assert main(["check", str(file), "--diff", "1.90", "--json", "--exit-zero"]) == 0
    one, *_ = json.loads(capsys.readouterr().out)["differences"]
    assert (one["line"], one["before"]) == (1, "fine")


def test_the_older_release_must_be_older(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "homeserver.yaml"
    file.write_text("a: 1", "utf-8")
    assert main(["check", str(file), "--diff", "1.100", "--release", "1.90"]) == 2
    assert "1.100 is not before 1.90" in capsys.readouterr().err
    assert main(["check", str(file), "--diff", "1.90", "--format", "sarif"]) == 2
    assert "text and json" in capsys.readouterr().err
