"""`synapse-guide`: one command for all, which starts fast and says what can be typed."""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from snippets import __main__ as guide
from snippets import __version__
from snippets.shared.release import NEWEST_RUN

ROOT = Path(guide.__file__).parents[1]
COMMANDS = [
    "check",
    "upgrade",
    "backoff schedule",
    "backoff explain",
    "probe",
    "streams demo",
    "completion",
]
GROUPS = ["backoff", "streams"]


def run(capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, str, str]:
    try:
        status = guide.main(line.split())
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 0
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def summarised(command: argparse.ArgumentParser, above: str = "") -> Iterator[tuple[str, str]]:
    """Each command below, with what the parser above it says of it."""
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, below in action.choices.items():
                if name in GROUPS:
                    yield from summarised(below, f"{name} ")
                else:
                    yield f"{above}{name}", helps[name]


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, *arguments]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("command", ["", *GROUPS, *COMMANDS])
def test_help_fits_a_screen_and_names_what_was_typed(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    status, out, _ = run(capsys, f"{command} --help")
    assert status == 0
    lines = out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith(f"usage: synapse-guide {command}".rstrip())


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_ends_with_an_example_of_the_command(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = run(capsys, f"{command} --help")
    _, heading, examples = out.rpartition("\nexample")
    assert heading
    assert f"  synapse-guide {command}".rstrip() in examples.splitlines()[1]


def test_help_lists_every_command_with_its_own_summary(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = run(capsys, "--help")
    listed = out.partition("commands:\n")[2].partition("\n\n")[0]
    summaries = dict(re.split("  +", line.strip()) for line in listed.splitlines())
    assert list(summaries) == COMMANDS
    assert summaries == dict(summarised(guide.parser("", guide.PACKAGES)))


def test_the_version_is_the_guides_and_names_the_newest_release(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, _ = run(capsys, "--version")
    assert status == 0
    assert out == f"synapse-guide {__version__}, knows Synapse 1.79 to {NEWEST_RUN}\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "",
            "synapse-guide: the following arguments are required: COMMAND; `synapse-guide ",
        ),
        (
            "chek x",
            "synapse-guide: argument COMMAND: invalid choice: 'chek' (choose from 'c",
        ),
        (
            "check",
            "check: one of the arguments FILE --explain is required; `synapse-guide ",
        ),
        (
            "backoff",
            "backoff: the following arguments are required: COMMAND; `synapse-guide ",
        ),
        ("upgrade --from 1.2", "upgrade: argument --from: Synapse 1.2 was not run for this guide"),
        ("upgrade --from 1.89 none.yaml", "upgrade: none.yaml: "),
        ("check none.yaml", "check: none.yaml: "),
        ("completion tcsh", "completion: argument shell: invalid choice: 'tcsh'"),
    ],
)
def test_a_mistake_is_one_line_that_names_what_was_typed(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, line)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(message)


def test_a_command_runs_as_its_package_does(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--min", "30s", "--multiplier", "5", "--max", "12h"]
    status, out, _ = run(capsys, f"backoff schedule {' '.join(words)}")
    assert status == 0
    assert out == python("-m", "snippets.federation_backoff", "schedule", *words).stdout


def test_a_command_imports_no_package_of_another() -> None:
    for name, package in guide.PACKAGES.items():
        code = (
            "import sys\nfrom snippets.__main__ import parser\n"
            f"parser('x', [{name!r}])\nprint(*sys.modules)"
        )
        loaded = set(python("-c", code).stdout.split())
        mains = {module for module in loaded if re.fullmatch(r"snippets\.\w+\.__main__", module)}
        assert mains == {f"snippets.{package}.__main__"}
        assert not loaded & {"yaml", "shtab", "psycopg", "redis", "importlib.metadata"}


def test_python_m_snippets_says_its_own_name() -> None:
    assert python("-m", "snippets", "--help").stdout.startswith("usage: python3 -m snippets ")
    assert "; `python3 -m snippets --help` shows" in python("-m", "snippets").stderr


def test_completion_without_shtab_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert run(capsys, "completion bash") == (
        2, "", "completion: this needs shtab: pip install shtab\n",
    )  # fmt: skip
