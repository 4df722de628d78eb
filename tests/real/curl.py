"""The real curl, for HTTP/2 requests that must be sent unchanged."""

from tests.real.program import Program

PACKAGE = "curl"


PROGRAM = Program("curl", PACKAGE, ("curl",))
executable = PROGRAM.executable
install = PROGRAM.install


def version() -> str:
    """The version that it reports."""
    return " ".join(PROGRAM.says("--version").split()[:2])
