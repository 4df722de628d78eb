"""Lets the tests that could notice a mutant meet it, in a copy of the repository."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

import coverage

from tests.mutants import Impossible
from tests.mutants.change import Mutant

WORKERS = 2
TIMED, FORKS = (Path(__file__).with_name(name) for name in ("timed.py", "forks.py"))
NOT_COPIED = {".git", ".venv", ".cache", ".hypothesis", ".mypy_cache", ".ruff_cache", "site"}
NO_SUCH_TEST, NO_TESTS = 4, 5  # how pytest ends


OPTIONS = ["-q", "-p", "no:cacheprovider", "--hypothesis-seed=0"]


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if "BYTECODE" not in name}
    return {**inherited, "PYTHONHASHSEED": "0"}


class Copy:
    """A copy of the repository, in which a mutant is tested after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._forks = subprocess.Popen(
            [sys.executable, "-P", str(FORKS)],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """Ends what runs there."""
        self._forks.communicate()

    def passes(self, tests: set[str], seconds: dict[str, float]) -> bool:
        """Whether all of the tests pass, in ten times the seconds that they took."""
        limit = 60 + round(10 * sum(seconds[test] for test in tests))
        chosen = sorted(tests, key=lambda test: (seconds[test], test))
        # A change may rename what a test is given: then the test runs with all that it has.
        for names in (chosen, list(dict.fromkeys(test.split("[")[0] for test in chosen))):
            (self.folder / ".tests").write_text("\n".join(names), "utf-8")
            end = self.run(limit, "-x", "@.tests") if names else 0
            if end != NO_SUCH_TEST:
                break
        return end in (0, NO_TESTS)

    def run(self, seconds: int, *arguments: str) -> int:
        """How pytest ends; in another way than it does by itself where it takes longer."""
        assert self._forks.stdin
        assert self._forks.stdout
        self._forks.stdin.write(json.dumps([seconds, [*OPTIONS, *arguments]]) + "\n")
        self._forks.stdin.flush()
        return int(self._forks.stdout.readline())


class Clean:
    """What passes without a change: each test's seconds, and the tests that execute each line."""

    def __init__(self, copy: Path, *arguments: str) -> None:
        contexts = ["--cov", "--cov-context=test", "--cov-report=", "--cov-fail-under=0"]
        command = [sys.executable, "-P", str(TIMED), ".passed.json", *OPTIONS, *contexts]
        command += ["-n", str(WORKERS), *arguments]
        subprocess.run(command, cwd=copy, env=_environment(), stdout=subprocess.DEVNULL)
        self.copy = copy
        self.seconds: dict[str, float] = json.loads((copy / ".passed.json").read_text("utf-8"))
        self._lines = coverage.CoverageData(str(copy / ".coverage"))
        self._lines.read()
        self._lock = threading.Lock()

    def execute(self, mutant: Mutant) -> set[str]:
        """The tests that execute a mutant's line; those of its file where it runs on import."""
        with self._lock:
            lines = self._lines.contexts_by_lineno(str(self.copy / mutant.file))
        its = set() if mutant.function == "module" else self._tests(lines.get(mutant.line, []))
        return its or self._tests(itertools.chain.from_iterable(lines.values()))

    def _tests(self, contexts: Iterable[str]) -> set[str]:
        return {context.split("|")[0] for context in contexts} & self.seconds.keys()


Chance = Callable[[Mutant], Iterator[tuple[set[str], Clean]]]


class Runs:
    """Copies of a repository in a folder, the clean run, and which mutants survive.

    Raises Impossible where no test passes without a change.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        copies = [folder / name for name in ("clean", *map(str, range(WORKERS)))]
        for copy, entry in itertools.product(copies, root.iterdir()):
            if entry.is_dir() and entry.name not in NOT_COPIED:
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(entry, copy / entry.name, ignore=ignored, symlinks=True)
            elif entry.is_file() and entry.name not in NOT_COPIED:
                copy.mkdir(parents=True, exist_ok=True)
                shutil.copy2(entry, copy)
        self._copy = copies[0]
        self._quick = Clean(self._copy, "-m", "not slow")
        if not self._quick.seconds:
            raise Impossible("no test passes without a change: run `make quick` first")
        self._slow: dict[str, Clean] = {}
        self._lock = threading.Lock()
        self._times = itertools.count(1)
        self._copies: SimpleQueue[Copy] = SimpleQueue()
        for folder_ in copies[1:]:
            self._copies.put(Copy(folder_))

    def close(self) -> None:
        """Ends what runs in the copies."""
        for _ in range(WORKERS):
            self._copies.get().close()

    def survive(self, mutants: Iterable[Mutant], chance: Chance) -> Iterator[tuple[Mutant, bool]]:
        """Each mutant as it is done, and whether it survives the tests that are chosen for it."""
        with ThreadPoolExecutor(WORKERS) as pool:
            runs = {pool.submit(self._survives, mutant, chance): mutant for mutant in mutants}
            try:
                yield from ((runs[run], run.result()) for run in as_completed(runs))
            finally:
                pool.shutdown(cancel_futures=True)

    def likeliest(self, mutant: Mutant) -> Iterator[tuple[set[str], Clean]]:
        """The quick tests that execute its line."""
        yield self._quick.execute(mutant), self._quick

    def others(self, mutant: Mutant) -> Iterator[tuple[set[str], Clean]]:
        """The other quick tests of its subject, then the slow ones, after a clean run of these."""
        folders = [name for name in _folders(mutant.subject) if (self._copy / name).exists()]
        quick = {test for test in self._quick.seconds if test.startswith(tuple(folders))}
        yield quick - self._quick.execute(mutant), self._quick
        with self._lock:
            if mutant.subject not in self._slow:
                self._slow[mutant.subject] = Clean(self._copy, "-m", "slow", *folders)
        slow = self._slow[mutant.subject]
        yield slow.execute(mutant) or set(slow.seconds), slow

    def _survives(self, mutant: Mutant, chance: Chance) -> bool:
        copy = self._copies.get()
        file, original = copy.folder / mutant.file, copy.folder / ".original"
        shutil.copy2(file, original)
        file.write_bytes(mutant.source)
        # Python compares this time with that of what it compiled: seconds, and a size.
        os.utime(file, (0, next(self._times)))
        try:
            return all(copy.passes(tests, clean.seconds) for tests, clean in chance(mutant))
        finally:
            shutil.copy2(original, file)
            shutil.rmtree(copy.folder / ".hypothesis", ignore_errors=True)
            self._copies.put(copy)


def _folders(subject: str) -> tuple[str, ...]:
    """Where a subject's tests are."""
    return f"tests/{subject}/", f"docs/{subject.replace('_', '-')}/"
