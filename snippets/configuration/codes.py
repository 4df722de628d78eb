"""Every kind of finding of the checker: its code, how bad it is, and one line about it."""

import difflib
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"  # Synapse does not start
    WARNING = "warning"  # it starts, and something is not as the file looks
    NOTE = "note"  # nothing is wrong with Synapse


@dataclass(frozen=True)
class Code:
    """One kind of finding. The name says what is wrong, and never changes its meaning."""

    name: str
    severity: Severity
    summary: str


_ALL = [
    # Names.
    Code("unknown-option", Severity.WARNING, "Synapse has no option of this name here."),
    Code("removed-option", Severity.WARNING, "Only older releases have the option."),
    Code("later-option", Severity.WARNING, "Only newer releases have the option."),
    Code("wrong-level", Severity.WARNING, "The option belongs to another level of the file."),
    Code("repeated-option", Severity.WARNING, "The same file has the option twice."),
    Code("replaced-option", Severity.WARNING, "A later file replaces the option as a whole."),
    # Values.
    Code("not-a-mapping", Severity.ERROR, "A section has no options below it."),
    Code("not-a-list", Severity.ERROR, "The option takes a list."),
    Code("not-a-path", Severity.ERROR, "An item of a list is not the path of a file."),
    Code("not-a-duration", Severity.ERROR, "Synapse cannot read the value as a duration."),
    Code("missing-unit", Severity.WARNING, "A short duration has no unit, so it is milliseconds."),
    Code("not-above-zero", Severity.WARNING, "A duration is zero or negative."),
    Code("too-long", Severity.WARNING, "A duration is longer than 2**62 ms."),
    Code("misread-number", Severity.WARNING, "A number is read otherwise than it looks."),
    Code("not-a-whole-number", Severity.WARNING, "The option takes a whole number."),
    Code("below-zero", Severity.WARNING, "A count is negative."),
    Code("not-a-number", Severity.WARNING, "The option takes a number."),
    Code("not-above-one", Severity.WARNING, "With a factor up to 1 waits hardly grow."),
    Code("not-true-or-false", Severity.WARNING, "A switch is neither true nor false."),
    Code("not-a-size", Severity.ERROR, "Synapse cannot read the value as a number of bytes."),
    Code("unknown-word", Severity.ERROR, "The option takes one of some words."),
    Code("refused-value", Severity.ERROR, "Synapse does not start with the value."),
    Code("missing-option", Severity.ERROR, "The value is refused without another option."),
    Code("warned-value", Severity.WARNING, "Synapse starts, and warns of the value."),
    Code("unused-option", Severity.NOTE, "The option does nothing without another one."),
    Code("not-text", Severity.WARNING, "The option takes text."),
    Code("derived-secret", Severity.NOTE, "A secret is missing, and is made from another one."),
    Code("minimum-above-maximum", Severity.WARNING, "A minimum is above its maximum."),
    # Comments that silence findings.
    Code("bad-ignore", Severity.WARNING, "A comment is to silence a finding, and cannot."),
    Code("unused-ignore", Severity.NOTE, "A comment silences a finding that is not there."),
]  # fmt: skip
CODES = {code.name: code for code in _ALL}


def nearest(name: str) -> str:
    """The code whose name is most like this one."""
    return difflib.get_close_matches(name, CODES, n=1, cutoff=0)[0]
