"""The probe's findings."""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How good or bad a finding is. Only BAD makes the command fail."""

    GOOD = "good"
    WARNING = "warning"  # it works, but should be changed
    BAD = "bad"  # something does not work, or is open and must not be
    UNKNOWN = "unknown"  # cannot be seen from outside


# --8<-- [start:finding]
@dataclass(frozen=True)
class Finding:
    """One thing that was asked of one server."""

    where: str  # host:port
    what: str
    verdict: Verdict
    observed: str  # what came back
    change: str = ""  # what to change


# --8<-- [end:finding]
