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
    Code("conflicting-option", Severity.ERROR, "The option is refused beside another one."),
    Code("warned-value", Severity.WARNING, "Synapse starts, and warns of the value."),
    Code("unused-option", Severity.NOTE, "The option does nothing without another one."),
    Code("not-text", Severity.WARNING, "The option takes text."),
    Code("derived-secret", Severity.NOTE, "A secret is missing, and is made from another one."),
    Code("minimum-above-maximum", Severity.WARNING, "A minimum is above its maximum."),
    # Listeners and workers.
    Code("bad-listener", Severity.ERROR, "Synapse refuses a listener."),
    Code("exposed-listener", Severity.NOTE, "A listener shows private things to other machines."),
    Code("bad-instance-map", Severity.ERROR, "A process has no place in instance_map."),
    Code("bad-writers", Severity.ERROR, "Synapse refuses a part of stream_writers."),
    Code("bad-worker", Severity.ERROR, "Synapse refuses an option of workers."),
    Code("main-as-writer", Severity.WARNING, "A writer is called main: no worker starts."),
    Code("missing-worker-name", Severity.WARNING, "A worker has no name of its own."),
    Code("not-reachable", Severity.WARNING, "A worker does not listen where others call it."),
    # Registration files.
    Code("bad-registration-path", Severity.ERROR, "A listed file is not there, or not readable."),
    Code("registration-elsewhere", Severity.NOTE, "A listed file is on another machine."),
    Code("relative-path", Severity.WARNING, "The path depends on where Synapse is started."),
    Code("not-listed", Severity.WARNING, "The configuration does not list a registration."),
    Code("registration-in-folder", Severity.WARNING, "A registration is read as configuration."),
    Code("refused-registration", Severity.ERROR, "A field of a registration is wrong."),
    Code("shared-between-services", Severity.ERROR, "Two registrations share what may not be."),
    Code("shared-hs-token", Severity.WARNING, "Two registrations have the same hs_token."),
    Code("placeholder-token", Severity.WARNING, "A token is a text that was to be replaced."),
    Code("bad-address", Severity.WARNING, "Synapse cannot send to the address of the service."),
    Code("no-address", Severity.NOTE, "Synapse sends nothing to the service."),
    Code("loopback-address", Severity.NOTE, "In a container, the address is the container's."),
    Code("matches-nothing", Severity.WARNING, "An expression matches nothing of this server."),
    Code("exclusive-for-all", Severity.WARNING, "One service has all users or aliases."),
    Code("no-server-name", Severity.WARNING, "An exclusive expression has no server name."),
    Code("open-end", Severity.NOTE, "An exclusive expression has no $ at its end."),
    Code("overlapping-namespaces", Severity.WARNING, "Two services claim the same names."),
    # Comments that silence findings.
    Code("bad-ignore", Severity.WARNING, "A comment is to silence a finding, and cannot."),
    Code("unused-ignore", Severity.NOTE, "A comment silences a finding that is not there."),
]  # fmt: skip
CODES = {code.name: code for code in _ALL}


def nearest(name: str) -> str:
    """The code whose name is most like this one."""
    return difflib.get_close_matches(name, CODES, n=1, cutoff=0)[0]
