"""Tables of recordings refuse to merge results that differ."""

import json
from pathlib import Path

import pytest

from snippets.federation_backoff import tables
from snippets.federation_backoff.tables import attempts_table, decisions_by_release


def test_attempts_that_differ_by_release_are_not_merged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    recorded = json.loads(tables.ATTEMPTS.read_text("utf-8"))
    recorded["synapse"]["1.90.0"]["200"]["short retries"]["attempts"] = 2
    copy = tmp_path / "in_request.json"
    copy.write_text(json.dumps(recorded), "utf-8")
    monkeypatch.setattr(tables, "ATTEMPTS", copy)
    with pytest.raises(ValueError, match="the releases differ: write a table for each"):
        attempts_table()


def test_outcomes_that_are_decided_differently_do_not_share_a_row(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    recorded = json.loads(tables.DECISIONS.read_text("utf-8"))
    recorded["synapse"][0]["decisions"]["none"]["HttpResponseException 503"] = "another"
    copy = tmp_path / "decisions.json"
    copy.write_text(json.dumps(recorded), "utf-8")
    monkeypatch.setattr(tables, "DECISIONS", copy)
    with pytest.raises(ValueError, match="too many values to unpack"):
        decisions_by_release()
