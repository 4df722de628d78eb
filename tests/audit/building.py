"""How long the site takes to build, and a writer to see an edit."""

import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests import ROOT, unmeasured
from tests.real import mkdocs

EDITED = "streams/writing"


def build_s(site: Path) -> float:
    """The seconds of a clean build into `site`."""
    begun = time.monotonic()
    mkdocs.build(site)
    return time.monotonic() - begun


class Served:
    """A copy of the site's sources under a real `mkdocs serve`."""

    def __init__(self, copy: Path, address: str) -> None:
        self.copy, self._address = copy, address

    def get(self, path: str) -> str:
        """What is served; while the site is built again, when that is done."""
        with urllib.request.urlopen(f"{self._address}/{path}", timeout=300) as answer:
            return str(answer.read().decode())

    def edit(self, file: str, old: str, new: str) -> None:
        """Edits a file as a writer does, and waits until the site was built again."""
        (epoch,) = re.findall(r"livereload\((\d+), \d+\)", self.get(""))
        source = self.copy / file
        text = source.read_text("utf-8")
        assert old in text
        source.write_text(text.replace(old, new), "utf-8")
        self.get(f"livereload/{epoch}/0")


@contextmanager
def serve() -> Iterator[Served]:
    """Runs `mkdocs serve` on a copy of the site, until the caller is done."""
    with tempfile.TemporaryDirectory(prefix="guide-audit-") as name:
        copy = Path(name)
        for folder in ("docs", "snippets", "tests", "theme"):
            shutil.copytree(ROOT / folder, copy / folder)
        shutil.copy(ROOT / "mkdocs.yml", copy)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        command = [sys.executable, "-m", "mkdocs", "serve", "--livereload", "-a", address]
        with subprocess.Popen(
            command, cwd=copy, env=unmeasured(), stderr=subprocess.PIPE, text=True
        ) as server:
            try:
                assert server.stderr
                if not any("Serving on" in line for line in server.stderr):
                    raise mkdocs.BuildFailed("mkdocs serve stops before it serves")
                yield Served(copy, f"http://{address}")
            finally:
                server.terminate()


def rebuild_s() -> float:
    """The seconds from an edit of one page until `mkdocs serve` shows it; the median of three."""
    seconds = []
    with serve() as site:
        for edit in ("An edit.", "One more edit.", "The last edit."):
            begun = time.monotonic()
            site.edit(f"docs/{EDITED}.md", "# Writing\n", f"# Writing\n\n{edit}\n")
            assert edit in site.get(f"{EDITED}/")
            seconds.append(time.monotonic() - begun)
    return median(seconds)
