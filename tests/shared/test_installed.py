"""The wheel, installed into an empty environment: its commands print what the pages show."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tests.docs.checks import BIN, check_session, run_commands
from tests.docs.guide import ROOT, pages, scan
from tests.docs.harness import Fence
from tests.real import Missing, nginx
from tests.real import proxy as proxies
from tests.real.fixtures import need, skip
from tests.real.postgres import Server as Postgres
from tests.real.redis import Server as Redis
from tests.reverse_proxies.configurations import GOOD, text

pytestmark = pytest.mark.slow
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
OLDEST = (3, 11)  # what `requires-python` says


def uv(*arguments: str | Path, **variables: str) -> str:
    """What uv prints. Raises Missing if it cannot fetch a package."""
    line = [sys.executable, "-m", "uv", *map(str, arguments)]
    environment = os.environ | variables
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise Missing(f"uv {arguments[0]} failed (is the network there?): {done.stderr.strip()}")
    return done.stdout


def version_of(python: Path) -> tuple[int, ...]:
    """The version of a Python; () if there is none."""
    if not python.exists():
        return ()
    line = [str(python), "-c", "import sys; print(*sys.version_info[:3])"]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    return tuple(map(int, said.split()))


def oldest_python() -> Path:
    """The oldest Python here that the tools accept. Debian 12's is too old for the site."""
    here = [Path(sys.executable), Path("/usr/bin/python3")]
    return min((python for python in here if version_of(python) >= OLDEST), key=version_of)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without a network by the backend that is pinned."""
    folder = tmp_path_factory.mktemp("wheel")
    uv(
        "build", "--offline", "--no-build-isolation", "--python", sys.executable,
        "--wheel", "--out-dir", folder, ROOT,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


def environment(folder: Path, wheel: Path, extras: str = "") -> Path:
    """The folder of an environment's commands. It has the wheel and, on the oldest Python, the
    oldest packages that the wheel accepts: a newer Python needs newer ones.
    """
    requirements = [*PROJECT["project"]["dependencies"], *chain.from_iterable(EXTRAS.values())]
    exact = [re.sub(r"\[.*\]", "", one).replace(">=", "==") for one in requirements]
    python = oldest_python()
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(exact if version_of(python)[:2] == OLDEST else []))
    uv("venv", "--python", python, folder / "environment")
    there = folder / "environment" / "bin"
    uv("pip", "install", "--python", there / "python", "-c", constraints, f"{wheel}{extras}")
    return there


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment without extras."""
    try:
        return environment(tmp_path_factory.mktemp("plain"), wheel)
    except Missing as missing:
        skip(missing)


@pytest.fixture(scope="module")
def with_extras(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with all extras."""
    try:
        return environment(tmp_path_factory.mktemp("extras"), wheel, f"[{','.join(EXTRAS)}]")
    except Missing as missing:
        skip(missing)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a repository with what this checkout has."""
    folder = tmp_path_factory.mktemp("repository")
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(
        ROOT / "snippets", folder / "snippets", ignore=shutil.ignore_patterns("__pycache__")
    )
    author = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "All"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return f"git+file://{folder}"


def run(folder: Path, line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [str(folder / "synapse-guide"), *line.split()]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.defpath])  # for this checkout's
    return subprocess.run(
        command, cwd=cwd, env={"PATH": path}, capture_output=True, text=True, timeout=120
    )


def shown() -> Iterator[Fence]:
    """The blocks of pages with commands of ours that can be run."""
    for page in pages():
        for fence in scan(page):
            if fence.not_run or fence.language not in ("console", "sh"):
                continue
            if re.search(r"^(\$ )?synapse-guide ", fence.text, re.MULTILINE):
                yield fence


@pytest.mark.proves("installed-tools-print-the-same")
@pytest.mark.parametrize("fence", [*shown()], ids=lambda fence: f"{fence.page.name}:{fence.line}")
def test_the_installed_command_prints_what_the_page_shows(fence: Fence, installed: Path) -> None:
    if fence.language == "console":
        check_session(fence, installed)
    else:
        run_commands(fence, installed)


def test_the_commands_that_get_the_tools_work_with_a_repository(
    repository: str, tmp_path: Path
) -> None:
    shown = (ROOT / "docs" / "get-the-tools.md").read_text("utf-8")
    assert re.search(r"^uvx --from git\+REPOSITORY \\\n +synapse-guide ", shown, re.M)
    assert "uv tool install git+REPOSITORY\n" in shown
    folders = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    try:
        once = uv("tool", "run", "--from", repository, "synapse-guide", "--version", **folders)
        uv("tool", "install", repository, **folders)
    except Missing as missing:
        skip(missing)
    kept = run(tmp_path / "bin", "--version", tmp_path).stdout
    assert once == kept == run(BIN, "--version", tmp_path).stdout


def test_the_wheel_has_the_package_and_nothing_else(wheel: Path) -> None:
    kept = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "snippets").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as opened:
        names = {name for name in opened.namelist() if ".dist-info/" not in name}
    assert names == kept


def test_the_build_uses_the_backend_that_is_locked() -> None:
    (backend,) = PROJECT["build-system"]["requires"]
    assert backend in PROJECT["dependency-groups"]["test"]
    assert re.search(rf"^{re.escape(backend)} ", (ROOT / "requirements-test.txt").read_text(), re.M)


@pytest.mark.proves("tools-need-python")
def test_the_tools_run_on_the_python_that_they_ask_for(installed: Path, tmp_path: Path) -> None:
    assert PROJECT["project"]["requires-python"] == f">={OLDEST[0]}.{OLDEST[1]}"
    code = "import sys, snippets; print(*sys.version_info[:2], snippets.__file__)"
    line = [str(installed / "python"), "-c", code]
    said = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    major, minor, file = said.split()
    assert (int(major), int(minor)) >= OLDEST
    assert "site-packages" in file


@pytest.mark.parametrize("line", ["--version", "--help", "check --help", "probe --help"])
def test_the_installed_command_says_the_same_as_this_checkouts(
    line: str, installed: Path, tmp_path: Path
) -> None:
    theirs, ours = (run(folder, line, tmp_path) for folder in (installed, BIN))
    assert theirs.returncode == ours.returncode == 0
    assert theirs.stdout == ours.stdout


def test_the_installed_probe_finds_what_this_checkouts_finds(
    installed: Path, tmp_path: Path
) -> None:
    need(nginx.executable)
    kind, file = GOOD["nginx"]
    (nobody,) = proxies.free_ports(1)
    with proxies.proxy(kind, text(file), nobody) as front:
        line = f"probe https://127.0.0.1:{front.ports[443]} --authority {front.authority_file}"
        theirs, ours = (run(folder, line, tmp_path) for folder in (installed, BIN))
    assert theirs.returncode == ours.returncode == 1
    assert theirs.stdout == ours.stdout
    assert "TLS: bad certificate" in theirs.stdout  # it is not one for an address


@pytest.mark.proves("missing-extra-is-named")
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--database postgresql://x", "demo: PostgreSQL needs psycopg 3: "),
        ("--readers 1 --redis redis://x", "demo: reader1: Redis needs redis-py: "),
    ],
)
def test_an_extra_that_is_missing_is_one_line_with_what_to_install(
    line: str, message: str, installed: Path, tmp_path: Path
) -> None:
    done = run(installed, f"streams demo {line}", tmp_path)
    assert (done.stdout, done.returncode, done.stderr.count("\n")) == ("", 2, 1)
    assert done.stderr.startswith(message)
    (extra,) = re.findall(r"its extra \[(\w+)\]$", done.stderr)
    assert extra in EXTRAS


@pytest.mark.proves("extras-are-for-your-servers")
def test_with_its_extras_the_demo_runs_on_postgresql_and_redis(
    with_extras: Path, tmp_path: Path, postgres: Postgres, redis: Redis
) -> None:
    url = postgres.create("installed")
    line = f"streams demo --facts 100 --database {url} --redis {redis.url} --json"
    done = run(with_extras, line, tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["database"], result["bus"]) == ("postgresql", "redis")
