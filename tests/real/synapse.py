"""Real Synapse releases, each in an environment of its own in the user's cache.

An environment is named by its release and the hash of its lock, so a changed lock makes a new
one, and all checkouts share what they have in common.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from tests.real import Missing

HERE = Path(__file__).parent


def releases() -> list[str]:
    """The releases that have a lock here, such as `1.90.0`."""
    return sorted(path.stem.removeprefix("synapse-") for path in HERE.glob("synapse-*.txt"))


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


def _install(lock: Path, environment: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
    log = environment / "install.log"
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--no-input", "--no-deps"]
    options = ["--disable-pip-version-check", "--retries", "2", "--require-hashes", "-r", str(lock)]
    with log.open("w") as out:
        made = subprocess.run([*pip, *options], stdout=out, stderr=subprocess.STDOUT)
    if made.returncode:
        raise Missing(f"{lock.stem} could not be installed (is the network there?): see {log}")
