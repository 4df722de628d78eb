"""What is added to pages at build: descriptions, related pages, the glossary's terms."""

import markdown
from bs4 import BeautifulSoup

from theme import glossary, pages

TEXT = """Current stream ID
:   How far a reader may go: the *last* ID. [More](x.md). Also *token*.

Fact
:   One change.
"""


class _File:
    src_uri = "streams/writing.md"


class _Links:
    """Stands where MkDocs keeps the page that it renders."""

    file = _File()

    def run(self, root: object) -> None: ...


def render(text: str) -> BeautifulSoup:
    md = markdown.Markdown(extensions=[glossary.GlossaryExtension(), "def_list"])
    md.treeprocessors.register(_Links(), "relpath", 0)
    return BeautifulSoup(md.convert(text), "html.parser")


def test_a_term_is_explained_by_its_first_sentence_as_plain_text() -> None:
    assert glossary.read_glossary(TEXT) == {
        "Current stream ID": "How far a reader may go: the last ID.",
        "Fact": "One change.",
    }


def test_a_term_is_linked_at_its_first_use_only_and_not_in_code_links_or_headings() -> None:
    soup = render("# Gap\n\n`gap` and [gap](x.md), then a gap, gaps.\n\n- *Gap*")
    assert [(a["href"], a.get_text()) for a in soup.select("a.term")] == [
        ("glossary.md#gap", "gap")
    ]


def test_a_word_that_only_contains_a_term_is_not_linked() -> None:
    assert render("An artefact, a gap-filler.").select("a.term") == []


def test_each_term_has_an_address_in_the_glossary() -> None:
    soup = render(glossary.GLOSSARY.read_text("utf-8"))
    terms = [term["id"] for term in soup.find_all("dt")]
    assert "current-stream-id" in terms
    assert len(set(terms)) == len(terms)


def test_a_page_is_described_by_its_first_paragraph_in_whole_sentences() -> None:
    long = "<h1>T</h1><p>One <code>a</code> &amp; two. " + "Three four five. " * 20 + "</p>"
    described = pages.describe(long)
    assert described is not None
    assert described.startswith("One a & two. Three four five.")
    assert described.endswith("five.")
    assert len(described) <= pages.LONGEST
    assert pages.describe("<h1>No text</h1>") is None


def test_pages_that_link_to_each_other_are_related_unless_they_are_near() -> None:
    contents = {
        "a/": '<a href="../b/#x">b</a> <a href="../c/">c</a> <a href="https://example.com/d/">d</a>',
        "b/": '<a href="../c/">c</a>',
        "c/": '<a href="../a/">a</a>',
        "d/": "",
    }
    found = pages.related(contents, {"a/": ["b/"], "b/": [], "c/": [], "d/": []})
    assert found == {"a/": ["c/"], "b/": ["a/", "c/"], "c/": ["a/", "b/"], "d/": []}
