"""The reference of options shows every option, and only results on which the releases agree."""

import json
from pathlib import Path

import pytest

from snippets.configuration import OPTIONS, tables
from snippets.configuration.tables import options_reference


def test_the_reference_has_a_section_for_every_option() -> None:
    lines = options_reference().splitlines()
    headings = [line for line in lines if line.startswith("## ")]
    assert headings == [f"## `{option.name}`" for option in OPTIONS]


def test_releases_that_read_an_option_differently_are_not_merged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    recorded = json.loads(tables.CONFIGURATIONS.read_text("utf-8"))
    recorded["synapse"]["1.90.0"][0] = "does not start"
    copy = tmp_path / "configurations.json"
    copy.write_text(json.dumps(recorded), "utf-8")
    monkeypatch.setattr(tables, "CONFIGURATIONS", copy)
    with pytest.raises(ValueError, match="the releases differ: give each a column"):
        options_reference()
