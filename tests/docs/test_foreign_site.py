"""The harness is self-contained: copied into another project, it does what its README says."""

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests import unmeasured
from tests.docs import harness
from tests.docs.harness import scan

pytestmark = pytest.mark.slow

HARNESS = Path(harness.__file__).parent
MINIMAL, WHOLE = (
    fence.text for fence in scan(HARNESS, HARNESS / "README.md") if fence.language == "python"
)
FILES = {
    "mkdocs.yml": "site_name: Bread\nmarkdown_extensions:\n  - pymdownx.snippets\n",
    "kitchen/bread.py": '''
"""Bread."""

# --8<-- [start:bake]
def bake(loaves: int) -> str:
    return f"{loaves} loaves"
# --8<-- [end:bake]


def table() -> str:
    return "| Loaves |\\n|--:|\\n| 2 |"
''',
    "docs/index.md": """
# Bread

```python
--8<-- "kitchen/bread.py:bake"
```

```{.python .continuation}
print(bake(2))
```

```text
2 loaves
```

=== "In a tab"

    ```python
    print(6 * 7)
    ```

    ```text
    41
    ```

```python
import time
print(f"baked in {time.monotonic()} s")
```

```text
baked in ... s
```

```python
raise ValueError("the oven is cold")
```

```text
Traceback (most recent call last):
ValueError: the oven is cold
```

The project that the harness came from is not loaded:

```python
import sys
print([name for name in sys.modules if name.startswith(("tests", "snippets"))])
```

```text
[]
```
""",
    "docs/tables.md": """
# Tables

<!-- [[[cog
from kitchen.bread import table
print(table())
]]] -->
| Loaves |
|--:|
| 1 |
<!-- [[[end]]] -->

```csv
loaves,flour
2,1000
```

```csv
loaves,flour
2
```

```dot
flour -> dough
```

```yaml
oven: [cold
```

```{.sh .notest title="Not run: it bakes"}
bake
```

```text
Nobody printed this.
```

````markdown
```python
print("inner")
```
````
""",
    "docs/broken.md": """
# Broken

```python
open("ran", "a").write("x")
"flour" + 1
```

```python
--8<-- "kitchen/bread.py:eat"
```

<!-- [[[cog
one = 1
two = 2
three = 3
print(one, two, three)
]]] -->
1 2 3
<!-- [[[end]]] -->
""",
    "docs/misspelt.md": """
# Misspelt

<!-- [[[cog
print(tabel())
]]] -->
<!-- [[[end]]] -->
""",
    "docs/labs/oven.py": "# %%\nheat = 180\n\n# %% [markdown]\n# Hot.\n\n# %%\nheat / 0\n",
    "docs/ignored.txt": "```python\n1/0\n```\n",
}


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A project that has the harness, but nothing else from this one."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text.lstrip("\n"), "utf-8")
    shutil.copytree(
        HARNESS, tmp_path / "harness", ignore=shutil.ignore_patterns("__pycache__", "README.md")
    )
    (tmp_path / "conftest.py").write_text(WHOLE, "utf-8")
    return tmp_path


def _pytest(site: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """pytest, started in `site`, without a path to this project and without other plugins."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    environment = {name: value for name, value in unmeasured().items() if name != "PYTHONPATH"}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return subprocess.run(command, cwd=site, env=environment, capture_output=True, text=True)


def _results(site: Path, *options: str) -> dict[str, str]:
    """Maps each test to its error message; empty for one that passes."""
    done = _pytest(site, "--junit-xml=results.xml", *options)
    assert (site / "results.xml").is_file(), done
    cases = ET.parse(site / "results.xml").iter("testcase")
    return {f"{case.get('classname')}::{case.get('name')}": _message(case) for case in cases}


def _message(case: ET.Element) -> str:
    assert case.find("error") is None, ET.tostring(case)
    failure = case.find("failure")
    return "" if failure is None else failure.text or ""


INDEX = {f"docs.index.md::python:{line}": "" for line in (3, 7, 17, 25, 34, 45)}
WRONG = """docs/index.md:17: the output differs from what the page shows at line 21
--- the page shows
41

--- the run printed
42

`pytest --update-pages` writes what the run printed."""
TABLES = {
    "docs.tables.md::csv:12": "",
    "docs.tables.md::csv:17": "docs/tables.md:17: every row of a table has the same number",
    "docs.tables.md::dot:22": "docs/tables.md:22: nothing checks dot: give the site a checker",
    "docs.tables.md::yaml:26": "docs/tables.md:26: while parsing a flow sequence",
    "docs.tables.md::text:34": "docs/tables.md:34: a text block is the output of the Python block",
}
LAB = {"docs.labs.oven::cell:1": "", "docs.labs.oven::cell:2": "ZeroDivisionError"}


def _assert_results(results: dict[str, str], expected: dict[str, str]) -> None:
    assert set(results) == set(expected)
    assert {name: output for name, output in results.items() if not output} == {
        name: output for name, output in expected.items() if not output
    }
    assert [
        (expected[name], output) for name, output in results.items() if expected[name] not in output
    ] == []


@pytest.mark.proves("output-is-compared", "generated-part-is-compared")
def test_in_another_project_these_tests_pass_and_these_fail(foreign: Path) -> None:
    expected = {
        **INDEX,
        "docs.index.md::python:17": WRONG,
        **TABLES,
        "docs.tables.md::markdown:38": "docs/tables.md:39: the output differs",
        "docs.tables.md::generated": "docs/tables.md: a generated part is out of date; "
        "`pytest --update-pages` writes it\n",
        "docs.misspelt.md::generated": "NameError: name 'tabel' is not defined",
        "docs.broken.md::python:3": "docs/broken.md:5: the block raised\n"
        '     4 open("ran", "a").write("x")\n>    5 "flour" + 1\nTypeError: ',
        "docs.broken.md::python:8": "docs/broken.md:8: there is no kitchen/bread.py:eat",
        "docs.broken.md::generated": "docs/broken.md:12: a program of 4 lines stands in a comment: "
        "move it into a function of a module and call that, in 3 lines at most",
        **LAB,
    }
    _assert_results(_results(foreign), expected)
    assert (foreign / "ran").read_text() == "x", "a block runs once"


def test_in_another_project_update_writes_outputs_figures_and_generated_parts(
    foreign: Path,
) -> None:
    stopped = _pytest(foreign, "--update-pages")
    assert stopped.returncode == 1
    assert "docs/broken.md:8: there is no kitchen/bread.py:eat" in stopped.stderr
    assert "Traceback" not in stopped.stderr

    (foreign / "docs" / "broken.md").unlink()
    stopped = _pytest(foreign, "--update-pages")
    assert stopped.returncode == 1
    assert stopped.stderr.startswith("docs/misspelt.md: a part cannot be generated\n")

    (foreign / "docs" / "misspelt.md").unlink()
    (foreign / "docs" / "index.md").write_text(FILES["docs/index.md"].lstrip("\n"), "utf-8")
    done = _pytest(foreign, "--update-pages")
    assert done.returncode == 0, done
    assert "rewrote outputs in docs/index.md" in done.stdout
    index = FILES["docs/index.md"].lstrip("\n")
    assert (foreign / "docs" / "index.md").read_text("utf-8") == index.replace("41", "42")
    tables = FILES["docs/tables.md"].lstrip("\n")
    assert (foreign / "docs" / "tables.md").read_text("utf-8") == tables.replace("| 1 |", "| 2 |")
    assert json.loads((foreign / "docs" / "figures.json").read_text("utf-8")) == {"loaves": 2}

    inner = {"docs.tables.md::markdown:38": "docs/tables.md:39: the output differs"}
    expected = {**INDEX, **TABLES, **inner, "docs.tables.md::generated": "", **LAB}
    _assert_results(_results(foreign), expected)


def test_one_line_of_conftest_is_enough(foreign: Path) -> None:
    (foreign / "conftest.py").write_text(MINIMAL, "utf-8")
    results = _results(foreign, "docs/index.md", "docs/tables.md")
    assert not {name for name in results if name.startswith("docs.labs")}
    assert not results["docs.index.md::python:7"]
    assert "nothing checks csv" in results["docs.tables.md::csv:12"]


def test_a_site_without_a_page_is_named_with_its_patterns(foreign: Path) -> None:
    shutil.rmtree(foreign / "docs")
    done = _pytest(foreign, "--update-pages")
    assert done.returncode == 1
    assert done.stderr == f"{foreign}: no page matches docs/**/*.md, README.md\n"


@pytest.mark.parametrize(
    ("chosen", "second", "ran"),
    [("three", "", "123"), ("three and cell:3", "", "123"), ("three", "; 1 / 0", "1212")],
)
def test_a_cell_goes_on_where_the_one_before_ended_and_else_starts_with_the_first(
    foreign: Path, chosen: str, second: str, ran: str
) -> None:
    lab = foreign / "docs" / "labs" / "three.py"
    cells = [f'# %%\nopen("ran", "a").write("{number}")' for number in (1, 2, 3)]
    cells[1] += second
    lab.write_text("\n\n".join(cells) + "\n", "utf-8")
    results = _results(foreign, "docs/labs", "-k", chosen)
    assert (foreign / "ran").read_text() == ran
    assert all(bool(said) is bool(second) for name, said in results.items() if "cell:1" not in name)
