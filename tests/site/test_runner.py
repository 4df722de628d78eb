"""What runs Python in the page, alone: the same file, in the Python of the tests."""

import json
import sys
from types import ModuleType
from typing import Any

import pytest

from tests.docs.harness import block
from theme.run import display


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module, which finds its companions by the names that they have in the page."""
    ipython = ModuleType("IPython")
    monkeypatch.setattr(ipython, "display", display, raising=False)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setitem(sys.modules, "block", block)
    from theme.run import runner

    return runner


class Posts(list[tuple[str, str]]):
    """What was posted."""

    def __call__(self, kind: str, text: str) -> None:
        self.append((kind, text))

    def of(self, kind: str) -> str:
        return "".join(text for each, text in self if each == kind)


def _run(runner: Any, *sources: str) -> tuple[Posts, dict[str, Any]]:
    posts = Posts()
    blocks = [
        {"name": f"block {number}", "source": f"{source}\n", "module": None}
        for number, source in enumerate(sources, 1)
    ]
    return posts, json.loads(runner.run(json.dumps(blocks), posts))


def test_each_line_is_posted_as_it_comes(runner: Any) -> None:
    posts, answer = _run(runner, "print('a')\nprint('b', end='')")
    assert posts == [("text", "a\n"), ("text", "b")]
    assert answer == {"raised": False, "cut": 0}


def test_only_the_last_block_of_a_chain_prints(runner: Any) -> None:
    posts, _ = _run(runner, "a = 1\nprint('first')", "print(a)")
    assert posts.of("text") == "1\n"


def test_an_error_in_an_earlier_block_ends_the_run_and_is_shown(runner: Any) -> None:
    posts, answer = _run(runner, "print('x' * 200_000)\n1 / 0", "print('never')")
    assert posts.of("text").splitlines()[:2] == [
        "Traceback (most recent call last):",
        '  File "block 1", line 2, in <module>',
    ]
    assert answer == {"raised": True, "cut": 0}


def test_what_is_more_than_a_page_shows_is_counted(runner: Any) -> None:
    posts, answer = _run(
        runner, "import sys\nprint('x' * 100_005)\nprint('y' * 100_006, file=sys.stderr)"
    )
    assert posts.of("text") == "x" * runner.MOST
    assert posts.of("error") == "y" * runner.MOST
    assert answer["cut"] == 5 + 1 + 6 + 1


def test_an_error_is_shown_even_if_the_output_was_cut_off(runner: Any) -> None:
    posts, answer = _run(runner, "print('x' * 100_005)\n1 / 0")
    assert posts.of("text").endswith("ZeroDivisionError: division by zero\n")
    assert answer == {"raised": True, "cut": 6}


def test_what_a_lab_displays_is_passed_on_whole_or_not_at_all(runner: Any) -> None:
    show = "from IPython.display import HTML, display\n"
    posts, answer = _run(runner, f"{show}display(HTML('<b>a</b>'))\ndisplay(HTML('x' * 100_000))")
    assert posts == [("html", "<b>a</b>")]
    assert answer["cut"] == 100_000


def test_a_traceback_has_no_frames_of_the_runner(runner: Any) -> None:
    for source in ("import sys\nsys.stdout.write(b'x')", "import sys\nsys.stdout.close()\nprint()"):
        posts, _ = _run(runner, source)
        assert "runner.py" not in posts.of("text")
        assert posts.of("text").count("File") == 1
    posts, _ = _run(runner, "print('a'")
    assert posts.of("text").startswith('  File "block 1", line 1\n')


def test_a_closed_output_is_open_again_in_the_next_run(runner: Any) -> None:
    posts, _ = _run(runner, "import sys\nsys.stdout.close()\nprint('more')")
    assert "ValueError: I/O operation on closed file" in posts.of("text")
    posts, _ = _run(runner, "print('more')")
    assert posts.of("text") == "more\n"


def test_output_is_compared_by_the_rule_of_the_pages(runner: Any) -> None:
    def compared(shown: str, actual: str) -> dict[str, Any]:
        return dict(json.loads(runner.compare(shown, actual, Posts())))

    assert compared("a ... c\n", "a b c  \n") == {"verified": True, "differences": []}
    assert compared("a\nb\n", "a\nc\n") == {"verified": False, "differences": ["  a", "- b", "+ c"]}
    many = compared("a\n", "".join(f"{n}\n" for n in range(runner.MOST_LINES + 1234)))
    assert many["differences"][-1] == "  (1,234 more lines were not compared)"
