"""The commands, with an obstacle: one clear line, and an exit status that is not 0."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from snippets.upgrade_notes.notes import read_notes
from tests import unmeasured
from tests.docs.guide import ROOT

pytestmark = pytest.mark.slow


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**unmeasured(), "NO_MKDOCS_2_WARNING": "1", **environment}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A folder with the Makefile and the lock, but without .venv."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    return tmp_path


def test_serve_on_a_used_port_reports_it_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        address = f"127.0.0.1:{port}"
        done = run(ROOT, sys.executable, "-m", "mkdocs", "serve", "-q", "-a", address)
    assert done.returncode != 0
    assert (done.stdout + done.stderr).strip() == (
        f"{address} is taken; choose another port: mkdocs serve -a 127.0.0.1:{port + 1}"
    )


def test_a_python_that_is_too_old_is_named_with_what_to_do(fresh: Path) -> None:
    old = fresh / "python3.9"
    old.write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = (3, 9); $2"\n'
    )
    old.chmod(0o755)
    done = run(fresh, "make", "build", f"PYTHON={old}")
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == (
        f"{old} is missing or older than 3.11.5; name a newer one: make PYTHON=python3.12"
    )
    assert not (fresh / ".venv").exists()


def test_without_a_network_the_install_says_what_it_could_not_get(fresh: Path) -> None:
    nowhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_NO_CACHE_DIR": "1",
    }
    done = run(fresh, "make", "build", f"PYTHON={sys.executable}", **nowhere)
    assert done.returncode != 0
    assert "requirements.txt could not be installed: is the network there?" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (fresh / ".venv" / "site").exists()


def test_a_note_without_sources_fails_the_build_and_is_named(tmp_path: Path) -> None:
    for folder in ("docs", "snippets", "theme"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    notes = tmp_path / "snippets" / "upgrade_notes" / "notes.yaml"
    whole = notes.read_text("utf-8")
    notes.write_text(whole[: whole.rindex("  sources:")] + "  sources: []\n", "utf-8")
    done = run(tmp_path, sys.executable, "-m", "mkdocs", "build", "-q")
    assert done.returncode != 0
    last = f"{read_notes()[-1].title!r}: write at least one source"
    assert (done.stdout + done.stderr).strip().startswith(f"{notes}: note ")
    assert (done.stdout + done.stderr).strip().endswith(last)
