"""The findings, for people and for programs. What a server sent is only shown, never obeyed."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from snippets.reverse_proxies.finding import Finding, Verdict
from snippets.shared.command_line import shown

MARKS = {
    Verdict.GOOD: "good   ",
    Verdict.WARNING: "warning",
    Verdict.BAD: "BAD    ",
    Verdict.UNKNOWN: "unknown",
}


def printable(text: str) -> str:
    """The text in ASCII: no sign of a server's reaches a terminal that could obey or mistake it."""
    return shown(text).encode("ascii", "backslashreplace").decode("ascii")


def line(finding: Finding) -> str:
    """A finding on one line, and below it what to change."""
    text = f"{MARKS[finding.verdict]}  {finding.where}  {finding.what}: {finding.observed}"
    if not finding.change:
        return printable(text)
    return f"{printable(text)}\n         {printable(finding.change)}"


def summary(findings: Sequence[Finding]) -> str:
    """How many there are of each."""
    count = Counter(finding.verdict for finding in findings)
    return ", ".join(f"{count[verdict]} {verdict.value}" for verdict in Verdict)


def as_json(findings: Sequence[Finding]) -> str:
    """A list with an object for each."""
    objects = [{**asdict(finding), "verdict": finding.verdict.value} for finding in findings]
    return json.dumps(objects, indent=2)


def status(findings: Sequence[Finding]) -> int:
    """1 if something is bad, else 0."""
    return int(any(finding.verdict is Verdict.BAD for finding in findings))
