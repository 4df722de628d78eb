"""The notation for what writers do to a stream, shared by pages, labs and tests.

Example: `start at 1; reserve 2, 3; complete 3, 2; worker1: reserve 4; worker1: fail 4`
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# The name that Synapse gives its main process, the writer of most streams.
MAIN_PROCESS = "master"

_CLAUSE = re.compile(
    r"(?:(?P<writer>[\w.-]+)\s*:\s*)?(?P<action>start at|reserve|complete|fail)\s+(?P<ids>.+)", re.I
)


class ScheduleError(ValueError):
    """A schedule that cannot be parsed, or that is impossible for a stream."""


# --8<-- [start:step]
class Step(NamedTuple):
    """One action on one stream ID: `start` (at), `reserve`, `complete` or `fail`."""

    action: str
    stream_id: int
    writer: str = MAIN_PROCESS

    def __str__(self) -> str:
        action = "start at" if self.action == "start" else self.action
        writer = "" if self.writer == MAIN_PROCESS else f"{self.writer}: "
        return f"{writer}{action} {self.stream_id}"


# --8<-- [end:step]


def parse_schedule(text: str) -> Iterator[Step]:
    """The steps of a schedule, one per stream ID, in the order written.

    A clause ends at a semicolon or a line break, and may begin with a writer's name and a colon.
    Raises ScheduleError, naming the clause, for anything else.
    """
    for clause in map(str.strip, re.split(r"[;\n]", text)):
        if not clause:
            continue
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            raise ScheduleError(
                f"{clause!r}: write 'start at', 'reserve', 'complete' or 'fail', then stream IDs"
            )
        for stream_id in match["ids"].split(","):
            try:
                step = Step(match["action"].split()[0].lower(), int(stream_id))
            except ValueError:
                raise ScheduleError(
                    f"{clause!r}: {stream_id.strip()!r} is not a stream ID; "
                    "write whole numbers with commas between them"
                ) from None
            yield step._replace(writer=match["writer"]) if match["writer"] else step
