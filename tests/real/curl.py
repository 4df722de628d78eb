"""The real curl, for requests over HTTP/2 that go out as they are."""

import shutil
import subprocess

from tests.real import apt
from tests.real.proxy import found

PACKAGE = "curl"


def executable() -> str:
    """The path. Raises Missing, naming the package."""
    return found("curl", PACKAGE, shutil.which("curl"))


def version() -> str:
    """What it says it is."""
    told = subprocess.run([executable(), "--version"], capture_output=True, text=True, check=True)
    return " ".join(told.stdout.split()[:2])


def install() -> None:
    """Installs the system's package unless it is there."""
    apt.unless_there(executable, PACKAGE)
