"""Real Synapse releases, each in its own environment in the user's cache.

Some releases have a lock here. Every other minor release since 1.79 is its own wheel, installed
with the packages of a locked release; pip checks that they satisfy the release's requirements. An
environment is named after its release and the hash of its lock. So a changed lock makes a new
environment, and all checkouts share equal ones.
"""

import fnmatch
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from snippets.shared.release import OLDEST
from tests.real import Missing
from tests.real.releases import COMPARED, HOSTS, LIVE
from theme.run.building import cache

__all__ = ["COMPARED", "LIVE"]

HERE = Path(__file__).parent
WHEELS = HERE / "synapse-wheels.txt"


def releases() -> list[str]:
    """The last patch of each minor release since 1.79, such as `1.90.0`, oldest first."""
    lines = WHEELS.with_suffix(".in").read_text().splitlines()
    return [line for line in lines if line[0] != "#" and _order(line) >= _order(OLDEST)]


def python(release: str) -> Path:
    """The Python of the release's environment, which is created if it is missing.

    Raises Missing if it cannot be installed.
    """
    lock = HERE / f"synapse-{release}.txt"
    if not lock.exists():
        return _beside(_host(release), release)
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


def release_of(executable: Path) -> str | None:
    """The release that an interpreter's environment belongs to; None for another program."""
    if executable.name != "python" or not executable.is_relative_to(cache()):
        return None
    name = executable.relative_to(cache()).parts[0]
    match = re.fullmatch(r"synapse-([\d.]+)-py[\d.]+-\w+?(?:-with-([\d.]+))?", name)
    return (match[2] or match[1]) if match else None


def _host(release: str) -> str:
    """The locked release with the packages for a release without a lock."""
    return [host for host, first in HOSTS.items() if _order(first) <= _order(release)][-1]


def _order(release: str) -> list[int]:
    return [int(part) for part in release.split(".")]


def _beside(host: str, release: str) -> Path:
    """The Python of an environment with the release's wheel, and otherwise the host's packages."""
    packages = next(python(host).parents[1].glob("lib/python*/site-packages"))
    environment = packages.parents[2].with_name(f"{packages.parents[2].name}-with-{release}")
    own = environment / packages.relative_to(packages.parents[2])
    complete = environment / "complete"
    with FileLock(environment.with_name(f"{environment.name}.lock")):
        if not complete.exists():
            print(f"Installing Synapse {release} beside {host}'s packages (once)", flush=True)
            made = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(environment)]
            subprocess.run(made, check=True)
            with wheel(release) as file:
                file.extractall(own)
            (own / "packages.pth").write_text(f"{packages}\n")
            check = [str(environment / "bin" / "python"), "-m", "pip", "check"]
            checked = subprocess.run(check, capture_output=True, text=True)
            if checked.returncode:
                raise Missing(f"Synapse {release} does not fit {host}'s packages: {checked.stdout}")
            complete.touch()
    return environment / "bin" / "python"


def wheel(release: str) -> AbstractContextManager[zipfile.ZipFile]:
    """A release's wheel. Raises Missing if it cannot be downloaded."""
    return locked_wheel("matrix-synapse", release, WHEELS)


@contextmanager
def locked_wheel(package: str, version: str, lock: Path) -> Iterator[zipfile.ZipFile]:
    """A package's wheel, downloaded into a temporary folder; its hash is checked against the lock.

    Raises Missing if it cannot be downloaded.
    """
    (locked,) = re.findall(
        rf"^{package}=={re.escape(version)} .*?(?=^\S|\Z)", lock.read_text(), re.M | re.S
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "wheel.txt")
        file.write_text(locked)
        pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
        options = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-d", folder]
        if subprocess.run([*pip, *options, "-r", file]).returncode:
            raise Missing(f"the wheel of {package} {version} could not be fetched")
        (fetched,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(fetched) as opened:
            yield opened


def ask(
    python: Path,
    driver: Path,
    requests: Iterable[Any],
    *arguments: str,
    timeout_s: float | None = 600,
) -> list[Any]:
    """A driver's answers, one for each request; it reads and prints a line of JSON for each.

    The driver runs in the environment of this Python, with these arguments, in an empty folder,
    since Synapse creates folders in its working directory. It can import the modules of this
    checkout.
    """
    with tempfile.TemporaryDirectory(prefix="guide-driver-") as folder:
        done = subprocess.run(
            [python, "-W", "ignore", driver.absolute(), *arguments],
            input="".join(json.dumps(request) + "\n" for request in requests),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            cwd=folder,
            env=_with_checkout(),
        )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def asking(python: Path, driver: Path, *arguments: str) -> Iterator[Callable[[Any], Any]]:
    """A function that asks a driver, started as by `ask`, for one answer at a time."""
    with (
        tempfile.TemporaryDirectory(prefix="guide-driver-") as folder,
        subprocess.Popen(
            [python, "-W", "ignore", driver.absolute(), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=_with_checkout(),
        ) as process,
    ):
        assert process.stdin
        assert process.stdout
        reading, writing = process.stdout, process.stdin

        def answer(request: Any) -> Any:
            writing.write(json.dumps(request) + "\n")
            writing.flush()
            return json.loads(reading.readline())

        try:
            yield answer
        finally:
            writing.close()
            process.wait()


def _with_checkout() -> dict[str, str]:
    """The environment variables, with the checkout on Python's path."""
    return {**os.environ, "PYTHONPATH": str(HERE.parents[1])}


def wheel_files(release: str, patterns: Iterable[str]) -> list[str]:
    """The text of files in a release's wheel. Raises Missing if it cannot be downloaded."""
    with wheel(release) as files:
        names = files.namelist()
        chosen = [name for pattern in patterns for name in fnmatch.filter(names, pattern)]
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
