"""Every kind of finding of the checker: its code, how bad it is, and one line about it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"  # Synapse does not start
    WARNING = "warning"  # it starts, and something is not as the file looks
    NOTE = "note"  # worth to know


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
    Code("minimum-above-maximum", Severity.WARNING, "A minimum is above its maximum."),
    # Listeners and workers.
    Code("bad-listener", Severity.ERROR, "Synapse refuses a listener."),
    Code("bad-instance-map", Severity.ERROR, "Synapse refuses a part of instance_map."),
    Code("bad-writers", Severity.ERROR, "Synapse refuses a part of stream_writers."),
    Code("main-as-writer", Severity.WARNING, "A writer is called main: no worker starts."),
    Code("bad-worker-app", Severity.ERROR, "The value of worker_app is not a worker."),
    Code("missing-worker-name", Severity.WARNING, "A worker has no name of its own."),
    Code("refused-worker-option", Severity.ERROR, "An option of workers is gone."),
    Code("missing-main", Severity.ERROR, "A worker does not know where the main process is."),
    Code("missing-redis", Severity.ERROR, "A worker has no Redis."),
    Code("conflicting-duty", Severity.ERROR, "An old and a new option of workers contradict."),
    Code("not-reachable", Severity.WARNING, "A worker does not listen where others call it."),
    # The list of registration files.
    Code("missing-registration", Severity.ERROR, "A registration file is not there."),
    Code("registration-elsewhere", Severity.NOTE, "A registration file is on another machine."),
    Code("unreadable-registration", Severity.ERROR, "A registration file cannot be read."),
    Code("repeated-registration", Severity.ERROR, "A registration file is listed twice."),
    Code("relative-path", Severity.WARNING, "The path depends on where Synapse is started."),
    Code("not-listed", Severity.WARNING, "A registration is not in the list."),
    Code("registration-in-folder", Severity.WARNING, "A registration is read as configuration."),
    # Registration files.
    Code("refused-registration", Severity.ERROR, "A field of a registration is wrong."),
    Code("shared-between-services", Severity.ERROR, "Two registrations share what may not be."),
    Code("shared-hs-token", Severity.WARNING, "Two registrations have the same hs_token."),
    Code("placeholder-token", Severity.WARNING, "A token is a text that was to be replaced."),
    Code("no-address", Severity.NOTE, "Synapse sends nothing to the service."),
    Code("bad-address", Severity.WARNING, "Synapse cannot send to the address of the service."),
    Code("loopback-address", Severity.NOTE, "In a container, the address is the container's."),
    Code("matches-nothing", Severity.WARNING, "An expression of a namespace matches nothing."),
    Code("exclusive-for-all", Severity.WARNING, "One service has all users or aliases."),
    Code("no-server-name", Severity.WARNING, "An exclusive expression has no server name."),
    Code("other-server-name", Severity.WARNING, "An expression is for another server."),
    Code("open-end", Severity.NOTE, "An exclusive expression has no $ at its end."),
    Code("overlapping-namespaces", Severity.WARNING, "Two services claim the same names."),
]  # fmt: skip
CODES = {code.name: code for code in _ALL}
