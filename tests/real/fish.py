"""The real fish, which completes commands."""

from tests.real.program import Program

PACKAGE = "fish"


PROGRAM = Program("fish", PACKAGE, ("fish",))
executable = PROGRAM.executable
install = PROGRAM.install


def version() -> str:
    """The version that it reports."""
    return PROGRAM.says("--version")
