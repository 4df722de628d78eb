"""The result of a check for programs: JSON, GitHub's workflow commands, and SARIF 2.1.0."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from snippets.configuration.check import Checked, Problem
from snippets.configuration.codes import CODES, Severity
from snippets.configuration.files import STANDARD_INPUT, Files
from snippets.configuration.report import as_text, plain, sentence, summary
from snippets.shared.command_line import shown

# Where a file, a line or a column is known: "file", "line", "column".
Place = Mapping[str, Any]

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_SARIF = {
    "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json",
    "version": "2.1.0",
}


def as_json(release: str, files: Files, checked: Checked) -> str:
    """Everything that is known, as one object."""
    effective = checked.effective
    result = {
        "files": list(files.documents),
        "registrations": list(files.registrations),
        "passed_over": files.passed_over,
        "release": release,
        "problems": [_object(problem) for problem in checked.problems],
        "silenced": [{**_object(problem), "reason": why} for problem, why in checked.silenced],
        "effective": effective and {key: plain(value) for key, value in effective.items()},
        "options": checked.options,
        "unknown": checked.unknown,
    }
    return json.dumps(result, indent=2)


def _object(problem: Problem) -> dict[str, Any]:
    return {"severity": problem.severity, **asdict(problem)}


def as_github(release: str, files: Files, checked: Checked) -> str:
    """A workflow command for each finding, which GitHub shows at its line; then the summary."""
    lines = [
        _command(_COMMANDS[problem.severity], _said(problem), asdict(problem), problem.code)
        for problem in checked.problems
    ]
    for file, why in files.passed_over.items():
        lines.append(_command("notice", f"Synapse ignores it: {why}", {"file": file}))
    return "\n".join([*lines, summary(release, checked)])


def refusal_as_github(message: str, place: Place) -> str:
    """The workflow command for a file that cannot be read."""
    return _command("error", message, place)


def _command(name: str, message: str, place: Place, title: str | None = None) -> str:
    file = None if place.get("file") == STANDARD_INPUT else place.get("file")
    given = {"file": file, "line": place.get("line"), "col": place.get("column"), "title": title}
    listed = [f"{key}={_property(value)}" for key, value in given.items() if value is not None]
    return f"::{name}{' ' if listed else ''}{','.join(listed)}::{_data(message)}"


def _data(text: str) -> str:
    """The text escaped as by `escapeData` of GitHub's toolkit; `shown` leaves no line break."""
    return shown(text).replace("%", "%25")


def _property(value: object) -> str:
    return _data(str(value)).replace(":", "%3A").replace(",", "%2C")


def as_sarif(release: str, files: Files, checked: Checked) -> str:
    """A log in the Static Analysis Results Interchange Format, which code scanning reads."""
    results = [_result(problem) for problem in checked.problems]
    for problem, why in checked.silenced:
        comment = {"kind": "inSource", "justification": why}
        results.append({**_result(problem), "suppressions": [comment]})
    ignored = [
        _notification("note", f"Synapse ignores it: {why}", {"file": file})
        for file, why in files.passed_over.items()
    ]
    return _log(results, ignored, read=True)


def refusal_as_sarif(message: str, place: Place) -> str:
    """The log for a file that cannot be read."""
    return _log([], [_notification("error", message, place)], read=False)


def _log(results: list[Any], notifications: list[Any], *, read: bool) -> str:
    rules = [
        {
            "id": code.name,
            "shortDescription": {"text": code.summary},
            "defaultConfiguration": {"level": code.severity},
        }
        for code in CODES.values()
    ]
    run = {
        "tool": {"driver": {"name": "synapse-guide", "rules": rules}},
        "invocations": [{"executionSuccessful": read, "toolExecutionNotifications": notifications}],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json.dumps({**_SARIF, "runs": [run]}, indent=2)


def _result(problem: Problem) -> dict[str, Any]:
    return {
        "ruleId": problem.code,
        "level": problem.severity,
        "message": {"text": _said(problem)},
        "locations": _locations(asdict(problem)),
    }


def _notification(level: str, message: str, place: Place) -> dict[str, Any]:
    return {"level": level, "message": {"text": message}, "locations": _locations(place)}


def _locations(place: Place) -> list[dict[str, Any]]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(place["file"])}}
    if place.get("line"):
        physical["region"] = {"startLine": place["line"], "startColumn": place["column"]}
    return [{"physicalLocation": physical}]


def _uri(file: str) -> str:
    path = quote(os.fsencode(file))
    return f"file://{path}" if Path(file).is_absolute() else path


def _said(problem: Problem) -> str:
    """The finding in one paragraph."""
    what = f"{problem.option} {problem.wrong}."
    return f"{what} {sentence(problem.effective)} {sentence(problem.advice)}"


RESULTS = {"text": as_text, "json": as_json, "github": as_github, "sarif": as_sarif}
REFUSALS = {"github": refusal_as_github, "sarif": refusal_as_sarif}
