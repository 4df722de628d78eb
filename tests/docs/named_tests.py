"""The tests that there are, found as pytest finds them: functions `test_*` in files `test_*.py`."""

import ast
from collections import defaultdict
from functools import cache

from tests.docs.guide import ROOT


@cache
def named_tests() -> dict[str, list[str]]:
    """By the name of a test the files that have it, from the repository's root.

    `test_the_tests_that_are_found_are_those_that_pytest_collects` compares with pytest.
    """
    found = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
                found[node.name].append(path.relative_to(ROOT).as_posix())
    return dict(found)
