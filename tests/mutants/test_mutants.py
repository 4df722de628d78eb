"""The mutation run itself, on a small repository with a good test and a weak one."""

import contextlib
import json
from pathlib import Path

import pytest

from tests import ROOT
from tests.mutants import Impossible
from tests.mutants.__main__ import LEAST, RESULT, harmless, main, rate
from tests.mutants.change import Changes, mutants
from tests.mutants.run import NO_TESTS, Copy, Runs

MODULE = """\
def first(items: list[int]) -> int | None:
    return items[0] if len(items) > 0 else None

def twice(count: int) -> int:
    return count * 2
"""
TESTS = """\
from snippets.subject.module import first, twice

def test_a_good_one():
    assert first([5]) == 5 and first([]) is None

def test_a_weak_one():
    assert twice(0) == 0
"""
CONFTEST = """\
def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes long")
"""
ENDLESS = """\
import pathlib, pytest, signal

@pytest.fixture
def started():
    yield
    pathlib.Path("stopped").touch()

def test_endless(started):
    signal.raise_signal(signal.SIGALRM)  # its time is over
    while True:
        pass
"""
KILLED = {
    "return items[0] if len(items) >= 0 else None",
    "return items[1] if len(items) > 0 else None",
}
SURVIVING = {"return count * 3"}


def changed(code: str) -> list[str]:
    return [mutant.changed for mutant in Changes("snippets/a/b.py", f"{code}\n".encode()).all()]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("a == b", ["a != b"]),
        ("a < b <= c", ["a <= b <= c", "a < b < c"]),
        ("a is not b", ["a is b"]),
        ("a and b or c", ["a and b and c", "a or b or c"]),
        ("a + b", ["a - b"]),
        ("a //= b", ["a *= b"]),
        ("x = not a", ["x = a"]),
        ("-a", ["+a"]),
        ("f = 0x10", ["f = 17"]),
        ("f = False", ["f = True"]),
        ("f = 'Ä', b'b'", ["f = 'ÄX', b'b'", "f = 'Ä', b'bX'"]),
        ("a()", ["pass"]),
        ("if a:\n    b", ["if True:", "if False:"]),
        ("while a:\n    b", ["while False:"]),
        ("a if (b) else c", ["a if (True) else c", "a if (False) else c"]),
        ("[a for a in b if c]", ["[a for a in b if True]"]),
        ("f'{a:>{b + c}}'", ["f'{a:>{b - c}}'"]),
    ],
)
def test_operators_constants_conditions_and_calls_are_changed(
    code: str, changes: list[str]
) -> None:
    assert changed(code) == changes


@pytest.mark.parametrize(
    "code",
    [
        '"""A docstring."""',
        "a: list[1] | None",
        "@dataclass(frozen=True)\nclass A: ...",
        "b = cast('str', a)",
        "__all__ = ['a']",
        "if __name__ == '__main__':\n    start(main)",
        "if TYPE_CHECKING:\n    a = 1",
        "if a == 1:  # pragma: no cover\n    b()",
        "say = 'what a person reads'",
        "add(file, help='file', metavar='FILE')[a]",
        "f'{a} is {b}'",
    ],
)
def test_what_decides_nothing_is_not_changed(code: str) -> None:
    assert changed(code) == []


def test_every_change_is_another_program() -> None:
    file = Path("snippets/streams/positions.py")
    source = (ROOT / file).read_bytes()
    for mutant in Changes(file.as_posix(), source).all():
        compile(mutant.source, file, "exec")
        assert mutant.source != source


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A subject with a module, a good test and a weak one."""
    made = tmp_path / "repository"
    for name, text in {
        "conftest.py": CONFTEST,
        "snippets/subject/module.py": MODULE,
        "tests/subject/test_module.py": TESTS,
    }.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text, "utf-8")
    return made


def texts(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.slow
def test_a_good_test_kills_and_a_weak_one_does_not(repository: Path, tmp_path: Path) -> None:
    before = texts(repository)
    chosen = [mutant for mutant in mutants(repository) if mutant.changed in KILLED | SURVIVING]
    assert len(chosen) == len(KILLED | SURVIVING)
    with contextlib.closing(Runs(repository, tmp_path / "copies")) as runs:
        done = dict(runs.survive(chosen, runs.likeliest))
    left = {mutant.changed for mutant, survives in done.items() if survives}
    assert left == SURVIVING
    assert texts(repository) == before


@pytest.mark.slow
def test_an_endless_loop_is_interrupted_and_has_not_passed(tmp_path: Path) -> None:
    (tmp_path / "test_endless.py").write_text(ENDLESS, "utf-8")
    with contextlib.closing(Copy(tmp_path)) as copy:
        assert copy.run(600, "test_endless.py") not in (0, NO_TESTS)
    assert (tmp_path / "stopped").exists()


@pytest.mark.slow
def test_without_a_test_that_passes_there_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "repository" / "snippets").mkdir(parents=True)
    with pytest.raises(Impossible, match="no test passes without a change"):
        Runs(tmp_path / "repository", tmp_path / "copies")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--only", "snippets/nowhere"], "mutants: --only: snippets/nowhere: no code of snippets/"),
        (["--only", "tests"], "mutants: --only: tests: no code of snippets/"),
        (["--sample", "0"], "mutants: --sample: at least 1"),
    ],
)
def test_a_run_that_cannot_be_made_is_refused_in_one_line(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == line + "\n"


def test_what_is_called_harmless_is_a_mutant_of_today() -> None:
    files = {file for file, *_ in harmless()}
    known = {mutant.key for file in files for mutant in mutants(ROOT, file)}
    assert harmless().keys() <= known, "delete what is gone"


def test_of_the_recorded_mutants_97_percent_are_killed_and_every_survivor_is_harmless() -> None:
    run = json.loads(RESULT.read_text("utf-8"))
    assert run["mutants"] >= 300
    assert rate(run) >= LEAST
    survivors = run["survivors"]
    assert len(survivors) == run["harmless"] == run["mutants"] - run["killed"]
    assert [survivor for survivor in survivors if not survivor["harmless"]] == []
