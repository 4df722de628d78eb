"""The table of contents in `snippets/streams/__init__.py`."""

import ast
import re
from pathlib import Path

import snippets.streams

HOUSE = Path(snippets.streams.__file__).parent
MODULES = {path.stem for path in HOUSE.glob("[!_]*.py")}
# "- `sqlite`, `postgresql`: the two databases" gives sqlite and postgresql.
LISTED = [
    name
    for line in re.findall(r"^- (`[a-z_]+`.*?):", snippets.streams.__doc__ or "", re.M)
    for name in re.findall(r"`([a-z_]+)`", line)
]


def imported(module: str) -> set[str]:
    """The modules of the package that a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((HOUSE / f"{module}.py").read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in MODULES if f"snippets.streams.{name}" in names}


def test_every_module_of_the_streams_is_listed_once() -> None:
    assert sorted(LISTED) == sorted(MODULES)


def test_a_module_of_the_streams_is_listed_after_those_that_it_imports() -> None:
    early = {
        module: late
        for number, module in enumerate(LISTED)
        if (late := imported(module) - set(LISTED[:number]))
    }
    assert early == {}
