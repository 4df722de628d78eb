"""A program of the system: finds it, asks for its version, and installs its package."""

import shutil
import subprocess
from dataclasses import dataclass

from tests.real import Missing, apt

SYSTEM = "/usr/sbin:/usr/bin"


@dataclass(frozen=True)
class Program:
    """A program and the system's package that contains it.

    `commands` are its names, the best first; they are searched for in `path`, otherwise in PATH.
    """

    name: str
    package: str
    commands: tuple[str, ...]
    path: str | None = None

    def executable(self) -> str:
        """The path. Raises Missing, naming the package."""
        for command in self.commands:
            if program := shutil.which(command, path=self.path):
                return program
        raise Missing(f"no {self.name} here: install the system's package `{self.package}`")

    def says(self, option: str) -> str:
        """What the program prints with one option. Raises Missing."""
        line = [self.executable(), option]
        done = subprocess.run(line, capture_output=True, text=True, check=True)
        return (done.stdout or done.stderr).strip()

    def install(self) -> None:
        """Installs the system's package unless the program is found."""
        apt.unless_there(self.executable, self.package)
