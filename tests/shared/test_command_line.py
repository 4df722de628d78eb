"""Every command: quiet if nobody reads it, one line for a mistake, no control characters."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from snippets.shared.command_line import INTERRUPTED, shown, shown_lines, start
from snippets.shared.release import NEWEST, known_release, parse_release
from tests.docs.guide import ROOT

NEXT = f"1.{parse_release(NEWEST)[1] + 1}"  # not run yet
ESC = "\x1b[31m\u202e"  # red, and right to left


@dataclass(frozen=True)
class Command:
    """A command, arguments that it accepts, and wrong ones that it names in an error."""

    words: str
    good: str
    hostile: str
    release: str | None = None  # the option for a release

    def __str__(self) -> str:
        return self.words

    def line(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", *self.words.split(), *arguments]


ROW = "example.org|1700000000000|600000|1700000000000"
CONFIGURATION = Command("snippets.configuration check", "README.md", f"none{ESC}", "--release")
COMMANDS = [
    CONFIGURATION,
    Command("snippets.federation_backoff schedule", "", f"--min={ESC}", "--release"),
    Command("snippets.federation_backoff explain", ROW, f"a|{ESC}|1|1", "--release"),
    Command("snippets.streams demo", "--writers=1 --readers=1 --facts=1", f"--database=x{ESC}"),
    Command("snippets.upgrade_notes", "--from=1.88 --to=1.95", f"--from={ESC}", "--to"),
    Command("snippets.reverse_proxies probe", "--help", f"http://{ESC}"),
    Command("snippets backoff explain", ROW, f"a|{ESC}|1|1", "--release"),
]
each_command = pytest.mark.parametrize("command", COMMANDS, ids=str)
pytestmark = pytest.mark.slow


def run(line: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    environment = {**os.environ, **options.pop("env", {})}
    return subprocess.run(
        line, cwd=ROOT, text=True, env=environment, timeout=120, check=False, **options
    )


def into_a_closed_pipe(
    line: list[str], stream: str, **options: Any
) -> subprocess.CompletedProcess[str]:
    """The result of a command with output that nobody reads."""
    read, write = os.pipe()
    os.close(read)
    try:
        return run(line, **{stream: write}, **options)
    finally:
        os.close(write)


def good(command: Command, tmp_path: Path) -> list[str]:
    if command is not CONFIGURATION:
        return command.line(*command.good.split())
    file = tmp_path / "homeserver.yaml"
    file.write_text("turn-shared-secret: x\n" * 2000)  # more than fits into a pipe
    return command.line(str(file))


@each_command
def test_a_command_ends_quietly_if_nobody_reads_its_output(
    command: Command, tmp_path: Path
) -> None:
    for line in (good(command, tmp_path), command.line("--help")):
        for unbuffered in ("", "1"):
            done = into_a_closed_pipe(line, "stdout", env={"PYTHONUNBUFFERED": unbuffered})
            for word in ("Traceback", "Error", "Exception ignored"):
                assert word not in done.stderr
            # argparse itself ignores the error if output is unbuffered.
            assert done.returncode == 141 or (unbuffered and line[-1] == "--help")


@each_command
def test_a_command_ends_quietly_if_nobody_reads_its_errors(command: Command) -> None:
    done = into_a_closed_pipe(command.line("--no-such-option"), "stderr")
    assert (done.stdout, done.returncode) == ("", 141)
    shell = ["sh", "-c", 'exec "$@" 2>&-', "sh", *command.line("--no-such-option")]
    done = run(shell)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 2)


@each_command
def test_wrong_arguments_are_one_line_or_json_and_status_2(command: Command) -> None:
    wrong = [command.line("--no-such-option"), command.line("a", "b", "c", "--timeout=x")]
    for line in wrong[: 1 if command is CONFIGURATION else 2]:
        done = run(line)
        assert (done.stdout, done.returncode) == ("", 2)
        assert done.stderr.count("\n") == 1
        assert "--help" in done.stderr
        done = run([*line, "--json"])
        assert (done.stderr, done.returncode) == ("", 2)
        assert "--help" in json.loads(done.stdout)["error"]


@each_command
def test_control_characters_in_an_argument_are_escaped_in_its_error(command: Command) -> None:
    done = run(command.line(command.hostile))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "\\x1b[31m" in done.stderr
    assert all(line.isprintable() for line in done.stderr.splitlines())
    done = run(command.line(command.hostile, "--json"))
    assert done.returncode == 2
    assert set(json.loads(done.stdout)) >= {"error"}
    assert done.stdout.isascii()
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("release", ["1.200", "1.20", NEXT, "x", "1", "", f"1.90{ESC}"])
@pytest.mark.parametrize("command", [c for c in COMMANDS if c.release], ids=str)
def test_a_release_that_was_not_run_is_refused_with_the_same_words(
    command: Command, release: str
) -> None:
    with pytest.raises(ValueError, match="Synapse") as refused:
        known_release(release)
    done = run(command.line(*command.good.split(), f"{command.release}={release}"))
    assert (done.stdout, done.returncode) == ("", 2)
    assert f"argument {command.release}: {shown(str(refused.value))}; `python3 -m" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.release], ids=str)
def test_latest_is_the_newest_release(command: Command, tmp_path: Path) -> None:
    line = good(command, tmp_path)
    named, latest = (run([*line, f"{command.release}={name}"]) for name in (NEWEST, "latest"))
    assert named.stdout == latest.stdout != ""
    assert named.returncode == latest.returncode != 2


def test_ctrl_c_ends_a_command_quietly(tmp_path: Path) -> None:
    fifo = tmp_path / "homeserver.yaml"
    os.mkfifo(fifo)
    line = CONFIGURATION.line(str(fifo))
    # Whoever runs the tests in the background lets them ignore Ctrl+C, and so their children.
    attend = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with (
        subprocess.Popen(
            line, cwd=ROOT, stdout=-1, stderr=-1, text=True, preexec_fn=attend
        ) as process,
        fifo.open("w"),  # the command has begun to read, and waits for more
    ):
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == ("", "", INTERRUPTED)


def python(body: str) -> list[str]:
    text = f"import os, sys\nfrom snippets.shared.command_line import start\n{body}\nstart(main)"
    return [sys.executable, "-c", text]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_line(unbuffered: str) -> None:
    line = python("def main(_): print('x'); return 0")
    environment = {"PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        done = run(line, stdout=full, env=environment)
        assert (done.stderr, done.returncode) == ("cannot write: No space left on device\n", 2)
        assert run(line, stdout=full, stderr=full, env=environment).returncode == 2


def test_a_broken_pipe_inside_the_command_is_not_a_closed_output() -> None:
    body = "def main(_):\n r, w = os.pipe(); os.close(r); os.write(w, b'x')"
    assert "BrokenPipeError" in run(python(body)).stderr
    body = "def main(_):\n sys.stderr = None; raise BrokenPipeError"
    assert run(python(body)).returncode == 1


def test_output_before_the_pipe_closed_counts_as_a_closed_pipe() -> None:
    body = "def main(_):\n print('x', flush=True)"
    for unbuffered in ("", "1"):
        done = into_a_closed_pipe(python(body), "stdout", env={"PYTHONUNBUFFERED": unbuffered})
        assert (done.stderr, done.returncode) == ("", 141)
    body = "def main(_):\n raise BrokenPipeError"
    assert into_a_closed_pipe(python(body), "stdout").returncode == 141


def test_characters_that_the_encoding_lacks_are_escaped() -> None:
    body = "def main(_): print('\\u00d7'); print('\\u00d7', file=sys.stderr); return 0"
    done = run(python(body), env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert (done.stdout, done.stderr, done.returncode) == ("\\xd7\n", "\\xd7\n", 0)


def test_a_command_without_output_streams_keeps_its_exit_status() -> None:
    shell = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *python("def main(_): print('x'); return 1")]
    assert run(shell).returncode == 1


def test_the_exit_status_is_that_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaves(_: object) -> int:
        raise SystemExit(3)

    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    for main, status in ((lambda _: 0, 0), (leaves, 3), (interrupted, INTERRUPTED)):
        with pytest.raises(SystemExit) as ended:
            start(main)
        assert ended.value.code == status


def test_only_what_controls_a_terminal_is_escaped() -> None:
    assert shown("a\x1b[0m\x07\r\n\t\u2028\u202e\ud800 é🙂ä̈") == (
        "a\\x1b[0m\\x07\\r\\n\\t\\u2028\\u202e\\ud800 é🙂ä̈"
    )
    assert shown_lines("a\x07\nb\r") == "a\\x07\nb\\r"
