"""Builds what runs Python in the reader's browser: an interpreter, a snapshot of its memory in which
everything that pages use is imported, and an editor.

npm's packages are those of `package-lock.json`. They and the result are kept in the user's cache, in
folders that are named after a hash of what they are made of: what has not changed is not built again.
"""

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RULE = ROOT / "tests" / "docs" / "harness" / "block.py"
LOCK = HERE / "package-lock.json"
SCRIPTS = [HERE / name for name in ("blocks.js", "interpreter.js", "worker.js")]
PYODIDE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"]
KEPT = 3  # folders of results, for the checkouts and branches of one user

_IMPORT = re.compile(r"^(?:from|import) (\w+(?:\.\w+)*)", re.MULTILINE)


class Missing(Exception):
    """What is needed cannot be had; the text says what and why."""


def cache() -> Path:
    """The folder of the user's cache in which this site keeps what it has built."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "synapse-field-guide"


def build(say: Callable[[str], object]) -> Path:
    """The folder with everything that the browser fetches; `say` gets what takes seconds.

    Its name is a hash of all that it is made of. Raises Missing.
    """
    files, modules = _files(), " ".join(_modules())
    made_of = [files, modules.encode(), *(path.read_bytes() for path in _sources())]
    folder = cache() / f"run-{hashlib.sha256(b''.join(made_of)).hexdigest()[:12]}"
    if not folder.exists():
        packages = installed(say)
        say("Making the memory snapshot of Python for the browser")
        _make(folder, lambda inside: _fill(inside, packages, files, modules))
        for old in sorted(cache().glob("run-*"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    return folder


def installed(say: Callable[[str], object]) -> Path:
    """The folder of npm's packages. Raises Missing."""
    folder = cache() / f"node-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        say("Installing Pyodide and the editor from npm (once)")
        _make(folder, _install)
    return folder / "node_modules"


def sizes(folder: Path) -> dict[str, int]:
    """How many bytes a browser fetches before the first block runs, and how many are WebAssembly."""
    parts = {name: (folder / name).stat().st_size for name in ("snapshot.gz", "pyodide.asm.wasm")}
    return {"bytes": sum(parts.values()), "wasm": parts["pyodide.asm.wasm"]}


def _make(folder: Path, fill: Callable[[Path], None]) -> None:
    """Fills a folder elsewhere, and moves it here as a whole: nobody sees half of it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as name:
        inside = Path(name, "made")
        inside.mkdir()
        fill(inside)
        try:
            inside.rename(folder)
        except OSError:  # another process was quicker
            if not folder.exists():
                raise


def _install(folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)


def _fill(folder: Path, packages: Path, files: bytes, modules: str) -> None:
    for name in PYODIDE:
        shutil.copy(packages / "pyodide" / name, folder)
    for script in SCRIPTS:
        shutil.copy(script, folder)
    (folder / "files.zip").write_bytes(files)
    snapshot = [str(HERE / "snapshot.mjs"), str(packages / "pyodide")]
    _run(["node", "--experimental-wasm-jspi", *snapshot, "files.zip", modules, "snapshot.gz"], folder)
    options = ["--bundle", "--format=esm", "--minify", "--target=es2022", "--log-level=warning"]
    bundle = [str(packages / "esbuild" / "bin" / "esbuild"), str(HERE / "editor.js"), *options]
    _run(["node", *bundle, "--outfile=editor.js"], folder, NODE_PATH=str(packages))


def _run(command: Sequence[str], folder: Path, **variables: str) -> None:
    """Runs a program of this environment, in which a wheel brings node. Raises Missing."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"PATH": path} | variables,
            capture_output=True,
            text=True,
        )
    except OSError as error:
        raise Missing(f"{command[0]} cannot be started: {error.strerror}") from None
    if done.returncode:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if "rror" in line[:40]]
        raise Missing(f"{command[0]} fails: {lines[0] if lines else done.returncode}")


def _sources() -> list[Path]:
    """What the result is made of, beside the files for the interpreter."""
    return [*SCRIPTS, HERE / "editor.js", HERE / "snapshot.mjs", LOCK, Path(__file__)]


def _files() -> bytes:
    """A zip of what lies in the interpreter's /guide: equal bytes for equal files."""
    library = Path(yaml.__file__).parent
    files = {"runner.py": HERE / "runner.py", "block.py": RULE}
    files |= {"IPython/__init__.py": HERE / "__init__.py", "IPython/display.py": HERE / "display.py"}
    files |= {f"yaml/{path.name}": path for path in library.glob("*.py")}
    for path in (ROOT / "snippets").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            files[path.relative_to(ROOT).as_posix()] = path
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name].read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _modules() -> list[str]:
    """Every module of the snippets, and what pages import beside them."""
    ours = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in (ROOT / "snippets").rglob("*.py")
    }
    pages = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.py")]
    imported = {name for page in pages for name in _IMPORT.findall(page.read_text("utf-8"))}
    return sorted(ours | imported)
