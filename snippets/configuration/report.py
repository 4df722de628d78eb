"""The result of a check as text for people."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from snippets.configuration.check import Checked, Problem
from snippets.configuration.codes import Severity
from snippets.configuration.excerpt import excerpt
from snippets.configuration.files import Files
from snippets.shared.command_line import Colour, painted, shown

_COLOURS = {
    Severity.ERROR: Colour.RED,
    Severity.WARNING: Colour.YELLOW,
    Severity.NOTE: Colour.BLUE,
}
MOST_FILES, MOST_NAMED = 3, 5  # that the summary names


def as_text(release: str, files: Files, checked: Checked) -> str:
    """The findings, the values in effect, and a summary. Control characters are escaped."""
    lines, documents = [], {**files.documents, **files.registrations}
    for problem in checked.problems:
        line, mark = excerpt(documents[problem.file], problem)
        colour = _COLOURS[problem.severity]
        lines += [painted(first_line(problem), colour), line, painted(mark, colour)]
        lines += [f"     {shown(sentence(text))}" for text in (problem.effective, problem.advice)]
        lines.append("")
    lines += _in_effect(checked)
    for file, why in files.passed_over.items():
        lines.append(f"{shown(file)}: Synapse ignores it: {why}")
    names = list(documents)
    several = f"{len(names)} files" if len(names) > MOST_FILES else ", ".join(map(shown, names))
    lines.append(f"{several}: {summary(release, checked)}")
    lines += _unknown(checked)
    return "\n".join(lines)


def first_line(problem: Problem) -> str:
    """The place, what is wrong there, and the code."""
    at = f"{problem.file}:{problem.line}:{problem.column}"
    return shown(f"{at}: {problem.option} {problem.wrong} [{problem.code}]")


def summary(release: str, checked: Checked) -> str:
    """How many findings there are, such as `1 error, 2 warnings in 120 options`."""
    found = Counter(problem.severity for problem in checked.problems)
    counts = ", ".join(
        _count(found[severity], severity) for severity in Severity if found[severity]
    )
    text = (
        f"{counts or 'nothing found'} in {_count(checked.options, 'option')} for Synapse {release}"
    )
    return f"{text}, {len(checked.silenced)} silenced" if checked.silenced else text


def sentence(text: str) -> str:
    """The text with a capital and a full stop."""
    return f"{text[0].upper()}{text[1:]}."


def plain(value: Any) -> Any:
    """The value in a form that JSON and a terminal can show."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else "beyond 2**63"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return value[:100]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return f"a {type(value).__name__}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _in_effect(checked: Checked) -> Iterator[str]:
    if checked.effective is None:
        return
    yield "Values in effect if Synapse starts:"
    for key, value in checked.effective.items():
        unit = " ms" if key.endswith(("_timeout", "_delay", "_interval")) else ""
        yield f"  {key:44} {json.dumps(plain(value))}{unit}"
    yield ""


def _unknown(checked: Checked) -> Iterator[str]:
    """Of which options the checker does not know what Synapse does with their values."""
    names = [shown(name) for name in dict.fromkeys(checked.unknown)]
    if names:
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        first = ", ".join(names[:MOST_NAMED])
        yield f"Not known: what Synapse does with the values of {first}{more}."
