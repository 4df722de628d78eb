"""The source package of a Synapse release, for files that its wheel lacks, such as `docs/`."""

import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from filelock import FileLock

from tests.real import Missing
from tests.real.synapse import WHEELS
from theme.run.building import cache

# Before pip saves a source package it asks for its metadata, and for that it would install build
# tools. The metadata is a file of the package, so this replaces those tools, and no code of the
# package is run. The releases name one of two tools.
_TOOL = """
from pathlib import Path

def prepare_metadata_for_build_wheel(folder, settings=None):
    made = Path(folder, "matrix_synapse.dist-info")
    made.mkdir()
    made.joinpath("METADATA").write_bytes(Path("PKG-INFO").read_bytes())
    return made.name
"""
_TOOLS = ("maturin", "poetry/core/masonry/api")


def source_file(release: str, path: str) -> str:
    """The text of a file in a release's source package. Raises Missing if there is no download."""
    with tarfile.open(_archive(release)) as archive:
        member = archive.extractfile(f"matrix_synapse-{release}/{path}")
        assert member
        return member.read().decode()


def _archive(release: str) -> Path:
    """The package in the user's cache, downloaded if it is missing; its hash is checked."""
    kept = cache() / "sources" / f"matrix_synapse-{release}.tar.gz"
    kept.parent.mkdir(parents=True, exist_ok=True)
    (lock,) = re.findall(
        rf"^matrix-synapse=={re.escape(release)} .*?(?=^\S|\Z)", WHEELS.read_text(), re.M | re.S
    )
    with FileLock(kept.with_suffix(".lock")):
        if not kept.exists():
            print(f"Fetching the source package of Synapse {release} (once)", flush=True)
            _fetch(release, lock, kept)
    digest = hashlib.sha256(kept.read_bytes()).hexdigest()
    assert f"sha256:{digest}" in lock, f"{kept} was changed: remove it"
    return kept


def _fetch(release: str, lock: str, kept: Path) -> None:
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        for name in _TOOLS:
            tool = Path(folder, "tools", f"{name}.py")
            tool.parent.mkdir(parents=True, exist_ok=True)
            tool.write_text(_TOOL)
        for part in ("poetry", "poetry/core", "poetry/core/masonry"):
            Path(folder, "tools", part, "__init__.py").touch()
        file = Path(folder, "source.txt")
        file.write_text(lock)
        pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
        options = ["--require-hashes", "--no-deps", "--no-binary", ":all:", "-d", folder]
        options += ["--no-build-isolation", "--retries", "2"]
        environment = {**os.environ, "PYTHONPATH": str(Path(folder, "tools"))}
        if subprocess.run([*pip, *options, "-r", file], env=environment).returncode:
            raise Missing(f"the source package of Synapse {release} could not be fetched")
        Path(folder, kept.name).rename(kept)
