"""What theme/run needs from npm, and what is made with it."""

import hashlib
import os
import subprocess
from functools import cache
from pathlib import Path

from filelock import FileLock

from tests import ROOT
from tests.audit import node
from tests.real import Missing, synapse

RUN = ROOT / "theme" / "run"


def _run(program: Path, *arguments: str | Path, folder: Path, **variables: str) -> None:
    """Runs a program of node in a folder. Raises Missing with its output if it fails."""
    programs = node.environment()
    path = os.pathsep.join([str(programs / "bin"), os.environ["PATH"]])
    done = subprocess.run(
        [program, *arguments],
        cwd=folder,
        env=os.environ | {"PATH": path} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise Missing(f"{program.name} fails: {done.stdout.strip()}")


@cache
def packages() -> Path:
    """The folder with the `node_modules` that theme/run/package-lock.json pins."""
    lock = (RUN / "package-lock.json").read_bytes()
    folder = synapse.cache() / f"run-{hashlib.sha256(lock).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    complete = folder / "complete"
    with FileLock(folder.with_suffix(".lock")):
        if not complete.exists():
            for name in ("package.json", "package-lock.json"):
                (folder / name).write_bytes((RUN / name).read_bytes())
            quiet = ("--ignore-scripts", "--no-audit", "--no-fund")
            _run(node.environment() / "bin" / "npm", "ci", *quiet, folder=folder)
            complete.touch()
    return folder


def bundle(source: Path, into: Path) -> None:
    """Writes one file of JavaScript with all that the module imports, as the site has it."""
    esbuild = packages() / "node_modules" / ".bin" / "esbuild"
    options = ("--bundle", "--format=esm", "--minify", "--target=es2022", "--log-level=warning")
    modules = str(packages() / "node_modules")
    _run(esbuild, source, *options, f"--outfile={into}", folder=RUN, NODE_PATH=modules)


def check_types(folder: Path) -> None:
    """Checks a folder that has a tsconfig.json. Raises Missing with what tsc names."""
    tsc = node.environment() / "node_modules" / ".bin" / "tsc"
    _run(tsc, "--pretty", "false", folder=folder)
