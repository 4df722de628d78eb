"""Installs the system's packages, where apt is there and this user may use it."""

import os
import shutil
import subprocess
from collections.abc import Callable

from filelock import FileLock

from tests.real import Missing
from tests.real.synapse import cache


def unless_there(find: Callable[[], object], package: str) -> None:
    """Installs the package if the program is not found. Raises Missing, naming it."""
    try:
        find()
    except Missing:
        install(package)


def install(package: str) -> None:
    """Installs one package. Raises Missing, naming it."""
    apt = ["apt-get", "-qq"]
    if os.geteuid():
        apt = ["sudo", "-n", *apt]
    if not all(map(shutil.which, {apt[0], "apt-get"})):
        raise Missing(f"install the system's package `{package}`")
    print(f"Installing the system's package {package} (once)", flush=True)
    cache().mkdir(parents=True, exist_ok=True)
    with FileLock(cache() / "apt.lock"):
        for command in ("update", "install"):
            what = ["-y", "--no-install-recommends", package] if command == "install" else []
            made = subprocess.run(
                [*apt, command, *what],
                capture_output=True,
                text=True,
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            )
            if made.returncode:
                raise Missing(f"{package} could not be installed: {made.stderr.strip()[-200:]}")
