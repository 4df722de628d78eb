"""The reference of options shows every option, and only results on which the releases agree."""

import json
from pathlib import Path

import pytest

from snippets.configuration import OPTIONS, tables
from snippets.configuration.tables import options_reference


def test_the_reference_has_a_line_and_a_section_for_every_option() -> None:
    lines = options_reference().splitlines()
    names = [option.name for option in OPTIONS]
    assert [line.split("`")[1] for line in lines if line.startswith("| [`")] == names
    assert sorted(line for line in lines if line.startswith("### `")) == sorted(
        f"### `{name}`" for name in names
    )


def test_the_reference_shows_each_mistake_once_for_a_type_and_where_an_option_differs() -> None:
    reference = options_reference()
    assert reference.count("\n| `1h30m` | does not start |") == 1
    assert reference.count("\n| `-5m` | -300000 ms | `-5m` is not above 0;") == 1
    assert reference.count("\n| `destination_max_retry_interval: -5m` |") == 1
    assert ": 1h30m`" not in reference


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
