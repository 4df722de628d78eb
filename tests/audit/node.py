"""Lighthouse, html-validate and TypeScript, from npm, as `package-lock.json` pins them."""

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

from tests.real import Missing, chromium
from theme.run import building

HERE = Path(__file__).parent


def run(name: str, arguments: Sequence[str], accept: Sequence[int] = (0,), **variables: str) -> str:
    """What a program of the packages prints. Raises Missing if it fails."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [packages() / ".bin" / name, *arguments],
        env=os.environ | {"PATH": path} | variables,
        cwd=packages().parent,
        capture_output=True,
        text=True,
    )
    if done.returncode not in accept:
        reason = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise Missing(f"{name} fails: {reason[-1] if reason else done.returncode}")
    return done.stdout


@cache
def packages() -> Path:
    """The folder of npm's packages. Raises Missing if they cannot be installed."""
    try:
        return building.installed(lambda doing: print(doing, file=sys.stderr), HERE)
    except building.Missing as missing:
        raise Missing(str(missing)) from None


def mistakes(site: Path) -> list[str]:
    """What is not valid in the HTML of a built site, as page, line and message."""
    with tempfile.TemporaryDirectory(prefix="guide-audit-") as name:
        report_file = Path(name, "report.json")  # into a pipe it writes only the first part
        options = [f"--config={HERE / 'htmlvalidate.mjs'}", f"--formatter=json={report_file}"]
        files = [str(file.absolute()) for file in sorted(site.rglob("*.html"))]
        run("html-validate", [*options, *files], accept=(0, 1))
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
    for number in range(runs):
        progress(f"Lighthouse: {url}, {number + 1} of {runs}")
        command = "lighthouse", [url, *options]
        try:
            printed = run(*command, CHROME_PATH=chromium.executable())
        except Missing:  # on a busy machine now and then a run records nothing
            printed = run(*command, CHROME_PATH=chromium.executable())
        report: dict[str, Any] = json.loads(printed)
        if error := report.get("runtimeError"):
            raise Missing(f"lighthouse fails: {error['message']}")
        for name, category in report["categories"].items():
            found.setdefault(name, []).append(100 * (category["score"] or 0))
    return {name: round(median(values)) for name, values in found.items()}
