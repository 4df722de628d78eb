"""Real Synapse releases, each in an environment of its own in the user's cache.

An environment is named by its release and the hash of its lock, so a changed lock makes a new
one, and all checkouts share what they have in common.
"""

import fnmatch
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from filelock import FileLock

from tests.real import Missing

HERE = Path(__file__).parent
# The releases that `make test` runs; the others are for `make record` and were recorded.
LIVE = ("1.89.0", "1.90.0", "1.163.2")
# Those that most is compared with: the one that the guide began with, and the newest.
COMPARED = ("1.90.0", "1.163.2")


def releases() -> list[str]:
    """The releases that have a lock here, such as `1.90.0`."""
    names = [path.stem.removeprefix("synapse-") for path in HERE.glob("synapse-*.txt")]
    return sorted(names, key=lambda name: [int(part) for part in name.split(".")])


def cache() -> Path:
    """Where environments are kept: $XDG_CACHE_HOME or ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "synapse-field-guide"


def python(release: str) -> Path:
    """The Python of the release's environment, which is made first if it is not there.

    Raises Missing when it cannot be installed.
    """
    lock = HERE / f"synapse-{release}.txt"
    python_version = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    environment = cache() / f"synapse-{release}-py{python_version}-{digest}"
    complete = environment / "complete"
    environment.mkdir(parents=True, exist_ok=True)
    with FileLock(environment.with_suffix(".lock")):
        if not complete.exists():
            print(f"Installing Synapse {release} into {environment} (once)", flush=True)
            _install(lock, environment)
            complete.touch()
    return environment / "bin" / "python"


def ask(python: Path, driver: Path, requests: Iterable[Any], *arguments: str) -> list[Any]:
    """A driver's answers, one for each request; it reads and prints a line of JSON for each.

    The driver runs in the environment whose Python this is, with the arguments given.
    """
    done = subprocess.run(
        [python, "-W", "ignore", driver, *arguments],
        input="".join(json.dumps(request) + "\n" for request in requests),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def wheel_files(release: str, patterns: Iterable[str]) -> list[str]:
    """The text of files in a release's wheel, which is fetched into a temporary folder.

    Raises Missing when it cannot be had.
    """
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
        options = ["--no-deps", "--only-binary", ":all:", "-d", folder]
        if subprocess.run([*pip, *options, f"matrix-synapse=={release}"]).returncode:
            raise Missing(f"the wheel of Synapse {release} could not be fetched")
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as files:
            chosen = [
                name for pattern in patterns for name in fnmatch.filter(files.namelist(), pattern)
            ]
            return [files.read(name).decode() for name in chosen]


def _install(lock: Path, environment: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
    log = environment / "install.log"
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--no-input", "--no-deps"]
    options = ["--disable-pip-version-check", "--retries", "2", "--require-hashes", "-r", str(lock)]
    with log.open("w") as out:
        made = subprocess.run([*pip, *options], stdout=out, stderr=subprocess.STDOUT)
    if made.returncode:
        raise Missing(f"{lock.stem} could not be installed (is the network there?): see {log}")
