"""How long the site takes to build, and a writer to see an edit."""

import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests import ROOT
from tests.real import mkdocs

EDITED = "streams/writing"


def build_s(site: Path) -> float:
    """The seconds of a clean build into `site`."""
    begun = time.monotonic()
    mkdocs.build(site)
    return time.monotonic() - begun


def rebuild_s() -> float:
    """The seconds from an edit of one page until `mkdocs serve` shows it, on a copy of the site."""
    with tempfile.TemporaryDirectory(prefix="guide-audit-") as name:
        copy = Path(name)
        for folder in ("docs", "snippets", "theme"):
            shutil.copytree(ROOT / folder, copy / folder)
        shutil.copy(ROOT / "mkdocs.yml", copy)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        command = [sys.executable, "-m", "mkdocs", "serve", "--livereload", "-a", address]
        with subprocess.Popen(command, cwd=copy, stderr=subprocess.PIPE, text=True) as server:
            try:
                assert server.stderr
                if not any("Serving on" in line for line in server.stderr):
                    raise mkdocs.BuildFailed("mkdocs serve stops before it serves")
                page = _get(f"http://{address}/{EDITED}/")
                (state,) = re.findall(r"livereload\((\d+), (\d+)\)", page)
                begun = time.monotonic()
                with (copy / "docs" / f"{EDITED}.md").open("a") as source:
                    source.write("\nAn edit.\n")
                _get(f"http://{address}/livereload/{state[0]}/{state[1]}")  # when it is built
                assert "An edit." in _get(f"http://{address}/{EDITED}/")
                return time.monotonic() - begun
            finally:
                server.terminate()


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=300) as answer:
        return str(answer.read().decode())
