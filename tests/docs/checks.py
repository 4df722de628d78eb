"""How each language is checked where a page of this site shows it, beside what the harness knows.

A language that has no checker fails, so that nobody forgets.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.docs.guide import ROOT, scan
from tests.docs.harness import Fence
from tests.docs.harness.checkers import PARSERS
from tests.docs.harness.run import same_output
from tests.reverse_proxies.configurations import BROKEN, DELEGATIONS, GOOD

_ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def _sh(fence: Fence) -> None:
    """The shell can read it, every `make` target exists, and every command of ours succeeds,
    in a folder with the files that pages name.
    """
    _run(["bash", "-n"], input=fence.text)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for wanted in re.findall(r"^make ([a-z]+)", fence.text, re.MULTILINE):
        if wanted not in targets:
            raise ValueError(f"the Makefile has no target {wanted!r}")
    for command in re.findall(r"^python3 (-m snippets.*)", fence.text, re.MULTILINE):
        run = [sys.executable, *shlex.split(command, comments=True)]
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "homeserver.yaml").write_text("server_name: example.com\n")
            Path(folder, "conf.d").mkdir()
            Path(folder, "conf.d", "report_stats.yaml").write_text("report_stats: false\n")
            Path(folder, "worker1.yaml").write_text("worker_name: worker1\n")
            _run(run, cwd=folder, env=_ENVIRONMENT)


def _console(fence: Fence) -> None:
    """Each `$ command` prints what stands below it, in a folder with the session's files."""
    before, *commands = re.split(r"^\$ ", fence.text, flags=re.MULTILINE)
    if before or not commands:
        raise ValueError("begin with `$ ` and a command")
    with tempfile.TemporaryDirectory() as folder:
        for name, text in _files(fence):
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        for command in commands:
            line, _, shown = command.partition("\n")
            if not line.startswith("python3 -m snippets."):
                raise ValueError(f"`{line}` cannot be run here: write `python3 -m snippets.…`")
            run = [sys.executable, *shlex.split(line, comments=True)[1:]]
            done = subprocess.run(
                run,
                cwd=folder,
                env=_ENVIRONMENT,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            if not same_output(shown, done.stdout):
                raise ValueError(
                    f"`{line}` prints something else\n--- the page shows\n{shown}\n"
                    f"--- the run printed\n{done.stdout}"
                )


def _files(fence: Fence) -> Iterator[tuple[str, str]]:
    """Name and text of each file that a tab shows above the block, in the same `/// session`."""
    lines = fence.page.read_text("utf-8").splitlines()[: fence.line]
    edges = [n for n, line in enumerate(lines) if re.match("///(?!/)", line)]
    start = edges[-1] if edges and lines[edges[-1]] == "/// session" else fence.line
    for other in scan(fence.page):
        tabs = re.findall(
            r"^/{4,} tab \| (.+)$", "\n".join(lines[start : other.line]), re.MULTILINE
        )
        if tabs and other.line < fence.line:
            yield tabs[-1], other.source()


def _run(command: list[str], **options: Any) -> None:
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if done.returncode:
        raise ValueError(f"{shlex.join(command)} fails: {done.stderr or done.stdout}")


def _started(fence: Fence) -> None:
    """A proxy's configuration is one of the files that the tests start."""
    files = [file for _, file in (*GOOD.values(), *DELEGATIONS.values())]
    files += [twin.file for twin in BROKEN.values()]
    path, _ = fence.include or ("", None)
    if path.removeprefix("snippets/reverse_proxies/") not in files:
        raise ValueError("include a file that tests/reverse_proxies/ starts")


CHECKS = {
    **PARSERS,
    "sh": _sh,
    "console": _console,
    "nginx": _started,
    "apacheconf": _started,
    "ini": _started,  # as which HAProxy's are coloured, and Caddy's as nginx's
}


def treatment(fence: Fence) -> str:
    """What the checker of a block's language does with it: "run", "started", "read", "not run"."""
    if fence.not_run:
        return "not run"
    if CHECKS.get(fence.language) is _started:
        return "started"
    commands = re.sub(r"\\\n", " ", fence.text).splitlines()
    ours = all(command.startswith("python3 -m snippets") for command in commands)
    return (
        "run"
        if fence.language in ("markdown", "console") or (fence.language == "sh" and ours)
        else "read"
    )
