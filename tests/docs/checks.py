"""How each language other than Python is checked where a page shows it.

A language that is not here fails the inventory, so that nobody forgets.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import yaml

from tests.docs.fences import ROOT, Fence, scan
from tests.docs.run import check_fence
from tests.reverse_proxies.configurations import BROKEN, DELEGATIONS, GOOD


def _yaml(fence: Fence) -> None:
    list(yaml.safe_load_all(fence.text))


def _json(fence: Fence) -> None:
    json.loads(fence.text)


def _toml(fence: Fence) -> None:
    tomllib.loads(fence.text)


def _sh(fence: Fence) -> None:
    """The shell can read it, every `make` target exists, and every command of ours succeeds,
    in a folder with the files that pages name.
    """
    subprocess.run(["bash", "-n"], input=fence.text, text=True, check=True, capture_output=True)
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
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            subprocess.run(run, cwd=folder, env=environment, check=True, capture_output=True)


def _markdown(fence: Fence) -> None:
    """A page in the page: its own blocks are run and checked."""
    inner = scan(fence.page, "\n" * fence.line + fence.text)
    for block in inner:
        if block.language == "python" and not block.not_run:
            check_fence(block)
        elif block.language != "python" and not any(block is other.output for other in inner):
            CHECKS[block.language](block)


def _text(fence: Fence) -> None:
    """Only what a Python block printed, and so was compared already."""
    if not any(f.output and f.output.line == fence.line for f in scan(fence.page)):
        raise ValueError(
            "a text block is the output of the Python block right above it; for text of another "
            'kind write {.text .notest title="Not run: …"}'
        )


def _started(fence: Fence) -> None:
    """A proxy's configuration is one of the files that the tests start."""
    files = [file for _, file in (*GOOD.values(), *DELEGATIONS.values())]
    files += [twin.file for twin in BROKEN.values()]
    path, _ = fence.include or ("", None)
    if path.removeprefix("snippets/reverse_proxies/") not in files:
        raise ValueError("include a file that tests/reverse_proxies/ starts")


CHECKS: dict[str, Callable[[Fence], None]] = {
    "yaml": _yaml,
    "json": _json,
    "toml": _toml,
    "sh": _sh,
    "nginx": _started,
    "apacheconf": _started,
    "ini": _started,  # as which HAProxy's are coloured, and Caddy's as nginx's
    "markdown": _markdown,
    "text": _text,
}


def treatment(fence: Fence) -> str:
    """What the checker of a block's language does with it: "run", "started", "read", "not run"."""
    if fence.not_run:
        return "not run"
    check = CHECKS[fence.language]
    if check is _started:
        return "started"
    commands = re.sub(r"\\\n", " ", fence.text).splitlines()
    ours = all(command.startswith("python3 -m snippets") for command in commands)
    return "run" if check is _markdown or (check is _sh and ours) else "read"
