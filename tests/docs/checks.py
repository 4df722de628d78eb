"""The checkers for languages on this site's pages, in addition to those of the harness.

A language without a checker fails, so that none is forgotten.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.docs.guide import ROOT, scan
from tests.docs.harness import Fence
from tests.docs.harness.block import same_output
from tests.docs.harness.checkers import PARSERS
from tests.reverse_proxies.configurations import BROKEN, DELEGATIONS, GOOD

BIN = Path(__file__).with_name("bin")  # has this checkout's `synapse-guide`


def _sh(fence: Fence) -> None:
    """The shell can parse it, every `make` target exists, and every command of ours succeeds, in a
    folder with the files that pages name.
    """
    _run(["bash", "-n"], input=fence.text)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for wanted in re.findall(r"^make ([a-z]+)", fence.text, re.MULTILINE):
        if wanted not in targets:
            raise ValueError(f"the Makefile has no target {wanted!r}")
    run_commands(fence)


def run_commands(fence: Fence, folder: Path = BIN) -> None:
    """Each command of ours in a block of shell succeeds. `folder` has `synapse-guide`."""
    for command in re.findall(r"^synapse-guide .*", fence.text, re.MULTILINE):
        _run_ours(command, folder)


_MAIN = "server_name: example.com\ninstance_map: {main: {host: 127.0.0.1, port: 9093}}\n"
_WORKER = "worker_app: synapse.app.generic_worker\nworker_name: worker1\nredis: {enabled: true}\n"


@cache  # two pages show the demo, which takes a second
def _run_ours(command: str, bin_: Path) -> None:
    run = shlex.split(command, comments=True)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "homeserver.yaml").write_text(_MAIN)
        Path(folder, "conf.d").mkdir()
        Path(folder, "conf.d", "report_stats.yaml").write_text("report_stats: false\n")
        Path(folder, "worker1.yaml").write_text(_WORKER)
        _run(run, cwd=folder, env=environment(bin_))


def environment(bin_: Path) -> dict[str, str]:
    """The environment variables with a folder first on PATH, and then the tests' Python."""
    path = [str(bin_), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**own, "PATH": os.pathsep.join(path), "NO_COLOR": "1"}


def _console(fence: Fence) -> None:
    check_session(fence)


def check_session(fence: Fence, folder: Path = BIN) -> None:
    """Each `$ command` prints what stands below it, in a folder with the session's files.

    `folder` has `synapse-guide`. Raises ValueError.
    """
    for line, shown, printed in _session(fence, folder):
        if not same_output(shown, printed):
            raise ValueError(
                f"`{line}` prints something else\n--- the page shows\n{shown}\n"
                f"--- the run printed\n{printed}"
            )


def as_printed(fence: Fence) -> str:
    """A console block as its commands print it; what agrees stays, with what it leaves out."""
    return "".join(
        f"$ {line}\n{shown if same_output(shown, printed) else printed}"
        for line, shown, printed in _session(fence, BIN)
    )


def _session(fence: Fence, bin_: Path) -> Iterator[tuple[str, str, str]]:
    """Each command of a console block, what the page shows below it, and what it prints."""
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
            if not line.startswith("synapse-guide "):
                raise ValueError(f"`{line}` cannot be run here: write `synapse-guide …`")
            done = subprocess.run(
                shlex.split(line, comments=True),
                cwd=folder,
                env=environment(bin_),
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            yield line, shown, done.stdout


def _files(fence: Fence) -> Iterator[tuple[str, str]]:
    """Name and text of each file that a tab shows above the block, in the same `/// session`."""
    lines = fence.page.read_text("utf-8").splitlines()[: fence.line - 1]
    edges = [n for n, line in enumerate(lines) if re.match("///(?!/)", line)]
    session = lines[edges[-1] :] if edges and lines[edges[-1]] == "/// session" else []
    for other in scan(fence.page, "\n".join(session)):
        above = "\n".join(session[: other.line])
        if tabs := re.findall(r"^/{4,} tab \| (.+)$", above, re.MULTILINE):
            yield tabs[-1], other.source()


def _run(command: list[str], **options: Any) -> None:
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if done.returncode:
        raise ValueError(f"{shlex.join(command)} fails: {done.stderr or done.stdout}")


def _started(fence: Fence) -> None:
    """A proxy's configuration is one of the files that the tests start, or lines of a good one."""
    good = [file for _, file in (*GOOD.values(), *DELEGATIONS.values())]
    files = [*good, *(twin.file for twin in BROKEN.values())]
    folder = "snippets/reverse_proxies/"
    if fence.include:
        path, _ = fence.include
        if path.removeprefix(folder) not in files:
            raise ValueError("include a file that tests/reverse_proxies/ starts")
    elif not any(
        _has_lines((ROOT / folder / file).read_text("utf-8"), fence.text) for file in good
    ):
        raise ValueError("no good configuration that the tests start has these lines")


def _has_lines(text: str, lines: str) -> bool:
    """Whether a text has these lines in a row, however far they are indented."""
    flat, wanted = (
        "\n".join(line.strip() for line in part.strip().splitlines()) for part in (text, lines)
    )
    return f"\n{wanted}\n" in f"\n{flat}\n"


CHECKS = {
    **PARSERS,
    "sh": _sh,
    "console": _console,
    "nginx": _started,
    "apacheconf": _started,
    "caddyfile": _started,
    "haproxy": _started,
}


def treatment(fence: Fence) -> str:
    """How the checker treats a block: "run", "started", "read" or "not run"."""
    if fence.not_run:
        return "not run"
    if CHECKS.get(fence.language) is _started:
        return "started"
    commands = re.sub(r"\\\n", " ", fence.text).splitlines()
    ours = all(command.startswith("synapse-guide ") for command in commands)
    return (
        "run"
        if fence.language in ("markdown", "console") or (fence.language == "sh" and ours)
        else "read"
    )
