"""The real zsh, which completes commands."""

from tests.real.program import Program

PACKAGE = "zsh"


PROGRAM = Program("zsh", PACKAGE, ("zsh",))
executable = PROGRAM.executable
install = PROGRAM.install


def version() -> str:
    """The version that it reports."""
    return PROGRAM.says("--version")
