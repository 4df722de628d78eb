"""Builds what runs Python in the reader's browser: an interpreter, a snapshot of its memory in
which everything that pages use is imported, and an editor.

npm's packages are those of `package-lock.json`. They and the result are kept in the user's cache,
in folders that are named after a hash of what they are made of: what has not changed is not built
again.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RULE = ROOT / "tests" / "docs" / "harness" / "block.py"
SCRIPTS = ("blocks.js", "interpreter.js", "worker.js")
INPUTS = (*SCRIPTS, "editor.js", "snapshot.mjs", "package-lock.json", "building.py")
PYODIDE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"]
UNUSED_S = 7 * 24 * 60 * 60  # after which a result is removed


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
    made_of = [files, modules.encode(), *((HERE / name).read_bytes() for name in INPUTS)]
    folder = cache() / f"run-{hashlib.sha256(b''.join(made_of)).hexdigest()[:12]}"
    if not folder.exists():
        packages = installed(say)
        say("Making the memory snapshot of Python for the browser")
        _make(folder, lambda inside: _fill(inside, packages, files, modules))
    os.utime(folder)
    for result in cache().glob("run-*"):
        if time.time() - result.stat().st_mtime > UNUSED_S:
            shutil.rmtree(result, ignore_errors=True)
    return folder


def installed(say: Callable[[str], object], project: Path = HERE) -> Path:
    """The folder of the packages that a folder's package-lock.json pins. Raises Missing."""
    lock = (project / "package-lock.json").read_bytes()
    folder = cache() / f"node-{hashlib.sha256(lock).hexdigest()[:12]}"

    def install(inside: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(project / name, inside)
        run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], inside)

    if not folder.exists():
        names = ", ".join(json.loads((project / "package.json").read_bytes())["dependencies"])
        say(f"Installing from npm (once): {names}")
        _make(folder, install)
    return folder / "node_modules"


def sizes(folder: Path) -> dict[str, int]:
    """The bytes that a browser fetches before the first block runs; how many are WebAssembly."""
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


def _fill(folder: Path, packages: Path, files: bytes, modules: str) -> None:
    for name in PYODIDE:
        shutil.copy(packages / "pyodide" / name, folder)
    for name in SCRIPTS:
        shutil.copy(HERE / name, folder)
    lock = json.loads((packages / "pyodide" / "pyodide-lock.json").read_bytes()) | {"packages": {}}
    (folder / "lock.js").write_text(f"export const lock = {json.dumps(lock)};\n", "utf-8")
    (folder / "files.zip").write_bytes(files)
    maker: list[str | Path] = [
        "--experimental-wasm-jspi",
        HERE / "snapshot.mjs",
        packages / "pyodide",
    ]
    run(["node", *maker, "files.zip", modules, "snapshot.gz"], folder)
    bundle(HERE / "editor.js", folder / "editor.js", packages)


def bundle(source: Path, into: Path, packages: Path) -> None:
    """Writes one file of JavaScript with all that the module imports. Raises Missing."""
    options = ["--bundle", "--format=esm", "--minify", "--target=es2022", "--log-level=warning"]
    into.parent.mkdir(parents=True, exist_ok=True)
    esbuild = packages / ".bin" / "esbuild"
    run([esbuild, source, *options, f"--outfile={into}"], into.parent, NODE_PATH=str(packages))


def run(command: Sequence[str | Path], folder: Path, **variables: str) -> str:
    """What a program prints, with node and npm of this environment. Raises Missing if it fails."""
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
    return done.stdout


def _files() -> bytes:
    """A zip of what lies in the interpreter's /guide: equal bytes for equal files."""
    library = Path(yaml.__file__).parent
    files = {"runner.py": HERE / "runner.py", "block.py": RULE}
    files |= {f"IPython/{name}": HERE / name for name in ("__init__.py", "display.py")}
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
    """Every module of the snippets, except command lines."""
    return sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in (ROOT / "snippets").rglob("*.py")
        if path.stem != "__main__"
    )
