"""`synapse-guide completion`: each shell completes commands, options and files by its script."""

import os
import pty
import select
import subprocess
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.checks import BIN, environment
from tests.real import fish, zsh
from tests.real.fixtures import need

pytestmark = pytest.mark.slow
PATIENCE_S = 30
ENVIRONMENT = {**environment(BIN), "TERM": "dumb", "LC_ALL": "C", "HISTFILE": ""}
TYPED = [
    ("synapse-guide che", "check"),
    ("synapse-guide upg", "upgrade"),
    ("synapse-guide backoff sch", "schedule"),
    ("synapse-guide check --rel", "--release"),
    ("synapse-guide check homes", "homeserver.yaml"),
    ("synapse-guide probe --authority homes", "homeserver.yaml"),
    ("synapse-guide completion fi", "fish"),
]


def script(shell: str) -> str:
    line = ["synapse-guide", "completion", shell]
    return subprocess.run(
        line, env=ENVIRONMENT, capture_output=True, check=True, text=True, timeout=60
    ).stdout


def interactive(line: list[str], start: str, typed: list[str], folder: Path) -> list[str]:
    """What a shell in a terminal makes of each text and a Tab."""
    terminal, of_shell = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 200))  # a long line stays in one piece
    shell = subprocess.Popen(
        line, cwd=folder, env=ENVIRONMENT, stdin=of_shell, stdout=of_shell, stderr=of_shell,
        start_new_session=True,
    )  # fmt: skip
    os.close(of_shell)

    def until(text: str) -> str:
        out = b""
        while text.encode() not in out:
            assert select.select([terminal], [], [], PATIENCE_S)[0], out
            out += os.read(terminal, 4096)
        return out.decode()

    try:
        os.write(terminal, f"PS1=; {start}; echo D'one'\n".encode())  # the echo has no `Done`
        until("Done")
        completed = []
        for text in typed:
            # Instead of the command it prints what the command would get.
            os.write(terminal, text.encode() + b"\t\x01printf '<%s>' \x05; echo D'one'\n")
            completed.append(until("Done\r\n"))
        return completed
    finally:
        shell.kill()
        shell.wait()
        os.close(terminal)


def in_bash(folder: Path, typed: list[str]) -> list[str]:
    (folder / "script").write_text(script("bash"))
    return interactive(["bash", "--norc", "-i"], "source ./script", typed, folder)


def in_zsh(folder: Path, typed: list[str]) -> list[str]:
    need(zsh.executable)
    (folder / "functions").mkdir()
    (folder / "functions" / "_synapse-guide").write_text(script("zsh"))
    start = "fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -D -u"
    return interactive([zsh.executable(), "-f", "-i"], start, typed, folder)


def in_fish(folder: Path, typed: list[str]) -> list[str]:
    need(fish.executable)
    (folder / "script").write_text(script("fish"))
    completed = []
    for text in typed:
        line = [fish.executable(), "--no-config", "-c", 'source script; complete -C "$argv"', text]
        done = subprocess.run(
            line, cwd=folder, env=ENVIRONMENT | {"HOME": str(folder)}, capture_output=True,
            text=True, check=True, timeout=60,
        )  # fmt: skip
        (only,) = done.stdout.splitlines()
        completed.append(f"<{only.partition(chr(9))[0]}>")
    return completed


@pytest.mark.proves("shells-complete-commands")
@pytest.mark.parametrize("complete", [in_bash, in_zsh, in_fish])
def test_a_shell_completes_commands_options_and_files(
    complete: Callable[[Path, list[str]], list[str]], tmp_path: Path
) -> None:
    (tmp_path / "homeserver.yaml").touch()
    completed = complete(tmp_path, [text for text, _ in TYPED])
    for (text, word), line in zip(TYPED, completed, strict=True):
        assert f"<{word}>" in line, text
