"""The names of all tests, found like pytest does: functions `test_*` in files `test_*.py`."""

import ast
from collections import defaultdict
from functools import cache

from tests.docs.guide import ROOT


@cache
def named_tests() -> dict[str, list[str]]:
    """Maps the name of each test to its files, from the repository's root.

    `test_the_tests_that_are_found_are_those_that_pytest_collects` compares this with pytest.
    """
    files = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
                files[node.name].append(path.relative_to(ROOT).as_posix())
    return dict(files)
