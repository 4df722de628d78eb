"""The real curl, for requests over HTTP/2 that go out as they are."""

from tests.real.program import Program

PACKAGE = "curl"


PROGRAM = Program("curl", PACKAGE, ("curl",))
executable = PROGRAM.executable
install = PROGRAM.install


def version() -> str:
    """What it says it is."""
    return " ".join(PROGRAM.says("--version").split()[:2])
