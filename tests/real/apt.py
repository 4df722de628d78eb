"""The system's packages: installed if this user may use apt, or only unpacked."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from tests.real import Missing
from theme.run.building import cache


def unless_there(find: Callable[[], object], package: str) -> None:
    """Installs the package unless the program is found. Raises Missing, naming the package."""
    try:
        find()
    except Missing:
        install(package)


def install(package: str) -> None:
    """Installs one package. Raises Missing, naming the package."""
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


def unpacked(package: str) -> Path:
    """A folder with the original files of a package, whatever /etc has here.

    Nothing is installed or started. Raises Missing, naming the package.
    """
    folder = cache() / "packages" / package
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            if not all(map(shutil.which, ("apt-get", "dpkg-deb"))):
                raise Missing(f"apt-get and dpkg-deb are needed for the files of `{package}`")
            with tempfile.TemporaryDirectory(dir=folder.parent) as name:
                _download(package, Path(name))
                (file,) = Path(name).glob("*.deb")
                subprocess.run(["dpkg-deb", "-x", file, f"{name}/files"], check=True)
                Path(name, "files").rename(folder)
    return folder


def _download(package: str, folder: Path) -> None:
    """Downloads the package's file into a folder; updates apt's lists first if they are old."""
    apt = ["apt-get", "-qq"]
    allowed = apt if os.geteuid() == 0 else ["sudo", "-n", *apt]
    for before in ([], [*allowed, "update"]):
        if before and shutil.which(before[0]):
            subprocess.run(before, capture_output=True)
        made = subprocess.run(
            [*apt, "download", package], cwd=folder, capture_output=True, text=True
        )
        if made.returncode == 0:
            return
    raise Missing(f"the package `{package}` could not be fetched: {made.stderr.strip()[-200:]}")
