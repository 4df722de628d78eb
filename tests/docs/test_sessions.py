"""A console session is run, in a folder with the files of its tabs, and its output is compared."""

from pathlib import Path

import pytest

from tests.docs.checks import treatment
from tests.docs.guide import GUIDE
from tests.docs.harness import Fence, PageFailed
from tests.docs.harness.update import updated
from tests.docs.plugin import SITE

COMMAND = "synapse-guide upgrade --from 1.123 --to 1.124 homeserver.yaml"
SAYS = "user_ips_max_age ends with a space (homeserver.yaml:1)"
SESSION = f"""\
/// session

//// tab | homeserver.yaml

```yaml
user_ips_max_age: '10 '
```

////

```console
$ {COMMAND}
...{SAYS}...
```

///
"""


def console(folder: Path, text: str) -> Fence:
    """The last block of a page with this text."""
    page = folder / "page.md"
    page.write_text(text, "utf-8")
    return GUIDE.scan(page)[-1]


def test_a_session_runs_its_commands_with_the_files_of_its_tabs(tmp_path: Path) -> None:
    fence = console(tmp_path, SESSION)
    SITE.check(fence)
    assert treatment(fence) == "run"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("(homeserver.yaml:1)", "(homeserver.yaml:9)", "prints something else"),
        ("'10 '", "'10m'", "prints something else"),
        ("/// session", "/// answer", "homeserver.yaml: cannot be opened"),
        ("tab | homeserver.yaml", "tab | other.yaml", "homeserver.yaml: cannot be opened"),
        (f"$ {COMMAND}", COMMAND, "begin with `\\$ ` and a command"),
        (COMMAND, "curl http://127.0.0.1", "`curl http://127.0.0.1` cannot be run here"),
    ],
)
def test_a_session_that_shows_something_else_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in SESSION
    fence = console(tmp_path, SESSION.replace(old, new))
    with pytest.raises(PageFailed, match=message):
        SITE.check(fence)


def test_the_output_of_a_session_is_written_and_what_agrees_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(SESSION, "utf-8")
    assert updated(SITE, page, SESSION) == SESSION
    written = updated(SITE, page, SESSION.replace(f"...{SAYS}...\n", "an old output\n\n"))
    assert SAYS in written
    assert "an old output" not in written
    page.write_text(written, "utf-8")
    SITE.check(GUIDE.scan(page)[-1])


def test_a_session_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    page, text = tmp_path / "page.md", SESSION.replace(COMMAND, "curl http://127.0.0.1")
    page.write_text(text, "utf-8")
    with pytest.raises(PageFailed, match=r"page\.md:\d+: `curl"):
        updated(SITE, page, text)
