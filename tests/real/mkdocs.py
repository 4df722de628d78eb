"""MkDocs, run as by its command line."""

import subprocess
import sys
from pathlib import Path

from tests import ROOT, unmeasured


class BuildFailed(Exception):
    """A build that exited with an error; the message is what it printed."""


def build(site: Path, config: Path = ROOT / "mkdocs.yml") -> None:
    """Builds strictly into `site`. Raises BuildFailed and then leaves no partial site."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d"]
    half = site.with_name(site.name + ".half")
    done = subprocess.run(
        [*command, str(half)],
        cwd=config.parent,
        env=unmeasured() | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BuildFailed(done.stdout + done.stderr)
    half.rename(site)
