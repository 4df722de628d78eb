"""Lighthouse and html-validate, from npm, as `package-lock.json` pins them.

Node comes from a wheel that `requirements-audit.txt` pins. Both are installed once, into a folder
of the user's cache that is named after the hash of the two locks.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from filelock import FileLock

from tests import ROOT
from tests.real import Missing, chromium, synapse

HERE = Path(__file__).parent
LOCKS = (ROOT / "requirements-audit.txt", HERE / "package-lock.json")


def _run(
    name: str, arguments: Sequence[str], accept: Sequence[int] = (0,), **variables: str
) -> str:
    """What a program of the environment prints. Raises Missing if it fails."""
    folder = environment()
    done = subprocess.run(
        [folder / "node_modules" / ".bin" / name, *arguments],
        env=_with(folder) | variables,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    if done.returncode not in accept:
        reason = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise Missing(f"{name} fails: {reason[-1] if reason else done.returncode}")
    return done.stdout


@cache
def environment() -> Path:
    """The folder with node and the programs. Raises Missing if they cannot be installed."""
    digest = hashlib.sha256(b"".join(lock.read_bytes() for lock in LOCKS)).hexdigest()[:12]
    folder = synapse.cache() / f"audit-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    complete = folder / "complete"
    with FileLock(folder.with_suffix(".lock")):
        if not complete.exists():
            print(f"Installing Lighthouse and html-validate into {folder} (once)", file=sys.stderr)
            _install(folder)
            complete.touch()
    return folder


def _install(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    for name in ("package.json", "package-lock.json"):
        (folder / name).write_bytes((HERE / name).read_bytes())
    pip = ["pip", "install", "--no-input", "--retries", "2", "--no-deps", "--require-hashes"]
    npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    log = folder / "install.log"
    with log.open("w") as out:
        for command in ([*pip, "-r", str(LOCKS[0])], npm):
            program = folder / "bin" / command[0]
            if subprocess.run(
                [program, *command[1:]], cwd=folder, env=_with(folder), stdout=out, stderr=out
            ).returncode:
                raise Missing(
                    "Lighthouse and html-validate could not be installed (is the network there?): "
                    f"see {log}"
                )


def _with(folder: Path) -> dict[str, str]:
    """The environment variables, with the folder's programs before all others."""
    return os.environ | {"PATH": os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])}


def mistakes(site: Path) -> list[str]:
    """What is not valid in the HTML of a built site, as page, line and message."""
    with tempfile.TemporaryDirectory(prefix="guide-audit-") as name:
        report_file = Path(name, "report.json")  # into a pipe it writes only the first part
        options = [f"--config={HERE / 'htmlvalidate.mjs'}", f"--formatter=json={report_file}"]
        files = [str(file.absolute()) for file in sorted(site.rglob("*.html"))]
        _run("html-validate", [*options, *files], accept=(0, 1))
        report = json.loads(report_file.read_text("utf-8"))
    return [
        f"{os.path.relpath(page['filePath'], site)}:{mistake['line']}: {mistake['message']}"
        for page in report
        for mistake in page["messages"]
    ]


def scores(url: str, runs: int, progress: Callable[[str], None]) -> dict[str, float]:
    """The median of Lighthouse's scores of a page on a phone, 0 to 100, by category."""
    found: dict[str, list[float]] = {}
    flags = ["--headless=new", *chromium.FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    options = ["--quiet", "--output=json", f"--chrome-flags={' '.join(flags)}"]
    for run in range(runs):
        progress(f"Lighthouse: {url}, {run + 1} of {runs}")
        command = "lighthouse", [url, *options]
        try:
            printed = _run(*command, CHROME_PATH=chromium.executable())
        except Missing:  # on a busy machine now and then a run records nothing
            printed = _run(*command, CHROME_PATH=chromium.executable())
        report: dict[str, Any] = json.loads(printed)
        if error := report.get("runtimeError"):
            raise Missing(f"lighthouse fails: {error['message']}")
        for name, category in report["categories"].items():
            found.setdefault(name, []).append(100 * (category["score"] or 0))
    return {name: round(median(values)) for name, values in found.items()}
