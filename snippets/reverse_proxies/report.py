"""The findings, for people and for programs. Text from a server is escaped."""

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
    """The text in ASCII: a server's text cannot control a terminal or imitate other letters."""
    return shown(text).encode("ascii", "backslashreplace").decode("ascii")


def line(finding: Finding) -> str:
    """A finding on one line, and below it what to change."""
    text = f"{MARKS[finding.verdict]}  {finding.where}  {finding.what}: {finding.observed}"
    if not finding.change:
        return printable(text)
    return f"{printable(text)}\n         {printable(finding.change)}"


def summary(findings: Sequence[Finding]) -> str:
    """The number of findings of each verdict."""
    count = Counter(finding.verdict for finding in findings)
    return ", ".join(f"{count[verdict]} {verdict.value}" for verdict in Verdict)


def as_json(findings: Sequence[Finding]) -> str:
    """The findings as a JSON list of objects."""
    objects = [{**asdict(finding), "verdict": finding.verdict.value} for finding in findings]
    return json.dumps(objects, indent=2)


def status(findings: Sequence[Finding]) -> int:
    """1 if something is bad, else 0."""
    return int(any(finding.verdict is Verdict.BAD for finding in findings))
