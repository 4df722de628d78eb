"""The parts of pages: what each becomes, and what is refused."""

from pathlib import Path

import markdown
import pytest
from bs4 import BeautifulSoup
from mkdocs.config import load_config
from mkdocs.exceptions import PluginError

from tests.docs.guide import ROOT
from theme.lexers import register
from theme.parts import EXAMPLES, PARTS, PartsExtension

CODE = "```nginx\nserver {}\n```"
MARKED = '```{.nginx hl_lines="1"}\nserver {}\n```'


def render(text: str) -> BeautifulSoup:
    options = load_config(str(ROOT / "mkdocs.yml"), plugins=[])
    html = markdown.markdown(
        text,
        extensions=[*options.markdown_extensions, PartsExtension()],
        extension_configs=options.mdx_configs,
    )
    return BeautifulSoup(html, "html.parser")


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.md")), ids=lambda path: path.stem)
def test_every_example_becomes_its_part_and_leaves_no_markup(example: Path) -> None:
    soup = render(example.read_text("utf-8"))
    assert soup.find(class_=example.stem)
    assert "///" not in soup.get_text()


def test_every_part_is_in_an_example() -> None:
    examples = "".join(path.read_text("utf-8") for path in EXAMPLES.glob("*.md"))
    assert [part.NAME for part in PARTS if f"/// {part.NAME}" not in examples] == []


@pytest.mark.proves("wrong-part-stops-the-build")
@pytest.mark.parametrize(
    ("part", "message"),
    [
        (f"/// known-bad\n{MARKED}\n///", '"/// known-bad" says nothing of what it does'),
        ("/// known-bad | breaks it\nNo code.\n///", '"/// known-bad" has no code'),
        (f"/// known-bad | breaks it\n{CODE}\n///", '"/// known-bad" marks no line as the wrong'),
        ("/// instead\nNo code.\n///", '"/// instead" has no code'),
        (f"/// session\n{CODE}\n///", '"/// session" has no ```console block'),
        ("/// steps\n- one\n///", '"/// steps" has no numbered list'),
        ("/// change\n//// before\nx\n////\n///", '"/// change" has something else than one'),
        ("/// compare\nx\n///", '"/// compare" does not say what a column is'),
        ("/// compare | Proxy\nx\n///", '"/// compare" has no table'),
        ("/// contributors\nx\n///", '"/// contributors" has no title'),
    ],
)
def test_a_part_that_is_used_wrongly_is_refused_with_what_to_write(part: str, message: str) -> None:
    with pytest.raises(PluginError, match=message):
        render(part)


def test_what_a_known_bad_does_stands_above_it() -> None:
    soup = render(f"/// known-bad | breaks it\n{MARKED}\n///")
    titles = [title.get_text() for title in soup.select(".known-bad > .title")]
    assert titles == ["Known bad: breaks it"]


def test_matter_for_contributors_has_an_address_and_is_left_out_of_the_search() -> None:
    details = render("/// contributors | The proof\nx\n///").details
    assert details is not None
    assert details["id"] == "the-proof"
    assert details.has_attr("data-search-exclude")


def test_matter_for_contributors_with_one_title_has_an_address_each() -> None:
    soup = render("/// contributors | The proof\nx\n///\n\n/// contributors | The proof\ny\n///")
    assert [details["id"] for details in soup.select("details")] == ["the-proof", "the-proof-2"]


def test_haproxy_is_coloured_as_haproxy() -> None:
    register()
    code = render("```haproxy\nfrontend clients # all\n    timeout client 10m\n```").code
    assert code is not None
    kinds = [(span["class"], span.get_text()) for span in code.select("span[class]")]
    assert kinds == [
        (["kn"], "frontend"),
        (["nn"], "clients"),
        (["c"], "# all"),
        (["k"], "timeout"),
        (["m"], "10m"),
    ]
