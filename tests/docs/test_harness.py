"""The tests of pages can fail: they catch each mistake that a writer can make."""

import asyncio
import re
import shutil
import textwrap
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.docs.checks import treatment
from tests.docs.guide import ROOT, scan
from tests.docs.harness import Fence, PageFailed
from tests.docs.harness.block import differences, same_output
from tests.docs.harness.run import check_fence
from tests.docs.harness.update import updated
from tests.docs.plugin import SITE
from tests.real import chromium
from tests.real.fixtures import need
from tests.real.mkdocs import BuildFailed, build


def page(text: str) -> list[Fence]:
    """The blocks of a page that exists only in memory."""
    return scan(ROOT / "docs" / "page.md", textwrap.dedent(text).lstrip("\n"))


CHECK = "synapse-guide check"
INCLUDED = '--8<-- "snippets/reverse_proxies/nginx.conf"'
NESTED = {
    "plain": "```python\n1/0\n```\n",
    "attributes": "``` {.python .continuation title='x'}\n1/0\n```\n",
    "tildes": "~~~~ py\n1/0\n~~~~\n",
    "tab": '=== "Tab"\n\n    ```python\n    1/0\n    ```\n',
    "block tab": "/// tab | Tab\n```python\n1/0\n```\n///\n",
    "admonition": "!!! note\n\n    ```python\n    1/0\n    ```\n",
    "details in a tab": '=== "Tab"\n\n    ??? tip\n\n        ```python\n        1/0\n        ```\n',
    "list": "1. First\n\n    ```python\n    1/0\n    ```\n",
    "quotation": "> ```python\n> 1/0\n> ```\n",
}


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_a_block_is_found_anywhere_on_a_page(text: str) -> None:
    (fence,) = page(text)
    assert (fence.language, fence.text) == ("python", "1/0\n")


def test_a_block_in_a_comment_is_ignored_and_one_after_it_is_not() -> None:
    fences = page("<!-- one --> <!--\n```python\n1\n```\n-->\n```python\n2\n```\n")
    assert [fence.text for fence in fences] == ["2\n"]


def test_a_block_inside_a_longer_fence_is_text_of_that_fence() -> None:
    (fence,) = page("````markdown\n```python\n1/0\n```\n````\n")
    assert fence.language == "markdown"


def test_a_block_that_raises_is_named_by_page_and_line() -> None:
    (fence,) = page('Text.\n\n```python\nx = 1\nraise OSError("gone")\n```\n')
    with pytest.raises(PageFailed) as failed:
        check_fence(fence)
    assert str(failed.value).startswith("docs/page.md:5: the block raised")
    assert "OSError: gone" in str(failed.value)
    assert '>    5 raise OSError("gone")' in str(failed.value)


def test_a_block_that_python_cannot_read_is_named_by_its_line() -> None:
    (fence,) = page("```python\nx = 1\ny = = 2\n```\n")
    with pytest.raises(PageFailed, match=r"docs/page\.md:3: the block raised[^$]*SyntaxError"):
        check_fence(fence)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [("```text\n2\n```\n", "1"), ("", "1"), ("```text\n1\n```\n", "")],
    ids=["other text", "no output shown", "nothing printed"],
)
def test_an_output_that_differs_is_shown_beside_what_was_printed(shown: str, printed: str) -> None:
    fence = page(f"```python\nprint({printed!r}) if {printed!r} else None\n```\n\n{shown}")[0]
    with pytest.raises(PageFailed) as failed:
        check_fence(fence)
    assert "--- the page shows" in str(failed.value)
    assert "--- the run printed" in str(failed.value)


def test_an_output_may_begin_with_spaces_on_every_line() -> None:
    (block, _) = page("```python\nprint('  1\\n 22')\n```\n\n```text\n  1\n 22\n```\n")
    check_fence(block)


def test_a_traceback_counts_by_its_last_line() -> None:
    text = """
        ```python
        print("before")
        raise ValueError("no")
        ```

        ```text
        before
        Traceback (most recent call last):
          File "somewhere", line 1, in <module>
        ValueError: {}
        ```
        """
    check_fence(page(text.format("no"))[0])
    with pytest.raises(PageFailed):
        check_fence(page(text.format("yes"))[0])


def test_dots_stand_for_any_text_and_for_nothing_else() -> None:
    assert same_output("took ... ms\n", "took 3.25 ms\n")
    assert not same_output("took ... ms\n", "took 3.25 s\n")


def test_differences_name_each_line_of_either_output_once() -> None:
    assert differences("one\ntwo\nthree\n", "one\n2\nthree \n") == [
        "  one",
        "- two",
        "+ 2",
        "  three",
    ]


def test_a_continuation_runs_after_the_block_before_and_prints_only_its_own_output() -> None:
    text = """
        ```python
        x = 1
        print("first")
        ```

        ```text
        first
        ```

        ```{.python .continuation}
        print(x + 1)
        ```

        ```text
        2
        ```
        """
    for fence in page(text):
        if fence.language == "python":
            check_fence(fence)


def test_update_writes_adds_and_removes_outputs_in_place() -> None:
    path = ROOT / "docs" / "page.md"
    text = """
        - A list:

            ```python
            print("one")
            ```

        ```python
        print("two")
        ```

        ```text
        wrong
        ```

        ```python
        three = 3
        ```

        ```text
        gone
        ```
        """
    new = updated(SITE, path, textwrap.dedent(text).lstrip("\n"))
    assert new == textwrap.dedent("""\
        - A list:

            ```python
            print("one")
            ```

            ```text
            one
            ```

        ```python
        print("two")
        ```

        ```text
        two
        ```

        ```python
        three = 3
        ```
        """)
    assert updated(SITE, path, new) == new


def test_update_fences_an_output_that_contains_a_fence_and_keeps_a_quotation() -> None:
    text = "> ```python\n> print('```')\n> print()\n> print('end')\n> ```\n\nAfter.\n"
    new = updated(SITE, ROOT / "docs" / "page.md", text)
    assert new.endswith("> ```\n>\n> ````text\n> ```\n>\n> end\n> ````\n\nAfter.\n")
    assert updated(SITE, ROOT / "docs" / "page.md", new) == new


@pytest.mark.parametrize(
    ("language", "right", "wrong", "message"),
    [
        ("yaml", "a: [1]", "a: [1", "while parsing a flow sequence"),
        ("json", '{"a": 1}', "{'a': 1}", "property name enclosed in double quotes"),
        ("toml", "a = 1", "a = ", "Invalid value"),
        ("sh", "make test", "make nonsense", "no target 'nonsense'"),
        ("sh", "if true; then true; fi", "if true", "bash -n fails: "),
        ("sh", f"{CHECK} homeserver.yaml", f"{CHECK} nowhere.yaml", "nowhere.yaml fails: "),
        (
            "nginx",
            INCLUDED,
            '--8<-- "README.md"',
            "include a file that tests/reverse_proxies/ starts",
        ),
        (
            "nginx",
            "proxy_buffering off;",
            "server {}",
            "no good configuration that the tests start",
        ),
        ("markdown", "Text.", '```python\nprint("x")\n```', "the output differs"),
        ("text", None, "nobody printed this", "is the output of the Python block right above"),
    ],
)
def test_a_block_in_another_language_is_checked_by_its_own_rules(
    language: str, right: str | None, wrong: str, message: str
) -> None:
    for text, fails in ((right, False), (wrong, True)):
        if text is not None:
            (fence,) = page(f"````{language}\n{text}\n````\n")
            fence.page = ROOT / "README.md"
            with pytest.raises(PageFailed, match=message) if fails else nullcontext():
                SITE.check(fence)


@pytest.mark.parametrize(
    ("text", "how"),
    [
        (f"```sh\n{CHECK} homeserver.yaml\n```\n", "run"),
        (f"```sh\n{CHECK} homeserver.yaml\ncurl http://127.0.0.1\n```\n", "read"),
        ("```sh\nmake test\n```\n", "read"),
        ("```yaml\na: 1\n```\n", "read"),
        (f"```nginx\n{INCLUDED}\n```\n", "started"),
        ("```markdown\nText.\n```\n", "run"),
        ('```{.sh .notest title="Not run: it asks your server"}\nmake test\n```\n', "not run"),
    ],
)
def test_a_block_counts_as_run_only_if_all_of_it_is_run(text: str, how: str) -> None:
    (fence,) = page(text)
    assert treatment(fence) == how


BROKEN_BUILDS = {
    "missing snippet": '```python\n--8<-- "snippets/streams/nowhere.py"\n```',
    "missing section": '```python\n--8<-- "snippets/streams/trace.py:nowhere"\n```',
    "dead link": "[there](nowhere.md)",
    "dead anchor": "[there](#nowhere)",
}


@pytest.mark.slow
@pytest.mark.parametrize("text", BROKEN_BUILDS.values(), ids=BROKEN_BUILDS)
def test_the_build_fails_on_a_dead(text: str, tmp_path: Path) -> None:
    config, index = tmp_path / "mkdocs.yml", tmp_path / "docs" / "index.md"
    whole = (ROOT / "mkdocs.yml").read_text("utf-8")
    alone = re.sub(r"^nav:\n(?: +.*\n)+", "", whole, flags=re.MULTILINE)
    alone = re.sub(r"^  tasks:\n(?: {4}.*\n)+", "  tasks: []\n", alone, flags=re.MULTILINE)
    config.write_text(alone)
    for folder in ("snippets", "theme", "docs/assets", "tests/docs/harness"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "docs" / "claims.json", tmp_path / "docs")
    (tmp_path / "docs" / "glossary.md").write_text("# Glossary\n")
    index.write_text("# Page\n\nFine.\n")
    build(tmp_path / "good", config)
    index.write_text(f"# Page\n\n{text}\n")
    with pytest.raises(BuildFailed, match="nowhere"):
        build(tmp_path / "bad", config)


@pytest.mark.slow
def test_a_browser_that_was_closed_leaves_no_event_loop_behind() -> None:
    need(chromium.executable)
    with chromium.browser():
        pass
    asyncio.run(asyncio.sleep(0))
