"""What becomes of a configuration between two releases."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from snippets.configuration.check import Problem, check_files
from snippets.configuration.codes import Severity
from snippets.shared.command_line import shown
from snippets.shared.document import Document
from snippets.shared.history import ABSENT, Kind, changed_options, read_history
from snippets.shared.release import parse_release

FINE = "fine"


@dataclass(frozen=True)
class Difference:
    """One place of the file, or one default, that the releases treat differently.

    `line` is None for an option that the file does not have.
    """

    option: str
    file: str
    line: int | None
    before: str
    after: str
    refused: bool = False  # only the newer release does not start with it


def differences(documents: Mapping[str, Document], start: str, end: str) -> Iterator[Difference]:
    """The places that the releases treat differently, then the defaults that change.

    Only defaults of options that the files do not have, at the top level or in a section that they
    have. Raises ValueError for a release that was not run, or if `end` is not newer.
    """
    if parse_release(start) >= parse_release(end):
        raise ValueError(f"{start} is not before {end}: write the older release after --diff")
    history = read_history()
    changes = changed_options(history, history.release(start), history.release(end))
    before, after = (
        {_place(problem): problem for problem in check_files(documents, release=run).problems}
        for run in (start, end)
    )
    for place in sorted(before.keys() | after.keys()):
        old, new = before.get(place), after.get(place)
        if (old and old.code) != (new and new.code):
            some = new or old
            assert some
            refused = _is_error(new) and not _is_error(old)
            yield Difference(some.option, some.file, some.line, _said(old), _said(new), refused)
    config = {
        key: value for document in documents.values() for key, value in document.values.items()
    }
    for option in dict.fromkeys(change.subject for change in changes):
        was, is_now = (history.value(Kind.OPTION, option, run) for run in (start, end))
        if ABSENT not in (was, is_now) and was != is_now and _is_left_out(config, option):
            yield Difference(option, "", None, _default(was), _default(is_now))


def _place(problem: Problem) -> tuple[str, int, int, str]:
    return problem.file, problem.line, problem.column, problem.option


def _is_error(problem: Problem | None) -> bool:
    return problem is not None and problem.severity is Severity.ERROR


def _said(problem: Problem | None) -> str:
    if problem is None:
        return FINE
    instead = f"; {problem.advice}" if problem.code == "removed-option" else ""
    return f"{problem.wrong}: {problem.effective}{instead}"


def _default(value: Any) -> str:
    return f"the default is {json.dumps(value)}"


def _is_left_out(config: Any, option: str) -> bool:
    """Whether a file has the section of an option, and not the option."""
    *above, name = option.split(".")
    for part in above:
        config = config.get(part) if isinstance(config, Mapping) else None
    return isinstance(config, Mapping) and name not in config


def as_text(start: str, end: str, found: list[Difference]) -> str:
    """The differences for people."""
    lines = []
    for one in found:
        at = f"{shown(one.file)}:{one.line}: " if one.line else ""
        lines += [
            f"{at}{shown(one.option)}",
            f"     {start}: {shown(one.before)}",
            f"     {end}: {shown(one.after)}",
            "",
        ]
    count = {0: "Nothing is", 1: "1 thing is"}.get(len(found), f"{len(found)} things are")
    return "\n".join([*lines, f"{count} different between Synapse {start} and {end}."])


def as_json(start: str, end: str, found: list[Difference]) -> str:
    """The same for programs."""
    result = {"from": start, "to": end, "differences": [asdict(one) for one in found]}
    return json.dumps(result, indent=2)
