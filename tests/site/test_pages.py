"""What is added to pages at build: descriptions, related pages, the glossary's terms."""

import markdown
import pytest
from bs4 import BeautifulSoup
from mkdocs.config import load_config
from mkdocs.exceptions import Abort
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation

from tests.docs.guide import DOCS, ROOT, labs
from theme import glossary, hooks, pages

TEXT = """# Glossary

## Streams

Current stream ID
:   How far a reader may go: the *last* ID. [More](x.md). Also *token*.

Fact
:   One change.

## Reverse proxies

Backend
:   Where a proxy forwards to.
"""


class _Links:
    """Stands where MkDocs keeps the page that it renders."""

    def __init__(self, page: str) -> None:
        self.file = File(page, "", "", True)

    def run(self, root: object) -> None: ...


def render(text: str, page: str = "streams/writing.md") -> BeautifulSoup:
    md = markdown.Markdown(extensions=[glossary.GlossaryExtension(), "def_list"])
    md.treeprocessors.register(_Links(page), "relpath", 0)
    return BeautifulSoup(md.convert(text), "html.parser")


def test_a_term_is_explained_by_its_first_sentence_as_plain_text() -> None:
    assert glossary.read_glossary(TEXT) == {
        "streams": {
            "Current stream ID": "How far a reader may go: the last ID.",
            "Fact": "One change.",
        },
        "reverse-proxies": {"Backend": "Where a proxy forwards to."},
    }


def test_a_term_is_linked_at_its_first_use_only_and_not_in_code_links_or_headings() -> None:
    soup = render("# Gap\n\n`gap` and [gap](x.md), then a gap, gaps.\n\n- *Gap*")
    assert [(a["href"], a.get_text()) for a in soup.select("a.term")] == [
        ("../glossary.md#gap", "gap")
    ]


def test_a_term_is_linked_from_a_folder_below_its_subject_too() -> None:
    (link,) = render("A gap.", "streams/below/x.md").select("a.term")
    assert link["href"] == "../../glossary.md#gap"


def test_a_term_is_linked_on_the_pages_of_its_subject_and_on_no_other() -> None:
    text = "A gap, a listener and a destination."
    linked = {
        page: [a.get_text() for a in render(text, page).select("a.term")]
        for page in ("streams/x.md", "reverse-proxies/x.md", "federation-backoff/x.md", "x.md")
    }
    assert linked == {
        "streams/x.md": ["gap"],
        "reverse-proxies/x.md": ["listener"],
        "federation-backoff/x.md": ["destination"],
        "x.md": [],
    }


def test_every_section_of_the_glossary_is_for_the_pages_of_a_subject() -> None:
    subjects = glossary.read_glossary(glossary.GLOSSARY.read_text("utf-8"))
    assert [subject for subject in subjects if not (DOCS / subject).is_dir()] == []


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


def test_code_has_elements_only_for_what_has_a_colour_of_its_own() -> None:
    code = '<span></span><code><span class="k">if</span> <span class="n">a</span></code>'
    assert pages.lighten(code) == '<code><span class="k">if</span> a</code>'


def test_a_page_leads_on_in_its_task_and_not_from_one_choice_to_another() -> None:
    assert pages.in_order([["a", "b", ["c", "d"], "e"], ["f"]]) == {
        "a": (None, "b"),
        "b": ("a", None),
        "c": ("b", "e"),
        "d": ("b", "e"),
        "e": ("b", None),
        "f": (None, None),
    }


# They stand outside of every task: to look something up, or to choose a task.
ERRORS = {path.relative_to(DOCS).as_posix() for path in (DOCS / "errors").glob("*.md")}
ERRORS = {page.relative_to(DOCS).as_posix() for page in (DOCS / "errors").glob("*.md")}
NO_TASK = {"index.md", "parts.md", "get-the-tools.md", "glossary.md", *ERRORS}


def test_every_page_of_a_task_exists_and_every_page_is_in_one_task() -> None:
    options = load_config(str(ROOT / "mkdocs.yml"), plugins=[])
    stages = [stage for task in options.extra["tasks"] for stage in task]
    named = [page for stage in stages for page in ([stage] if isinstance(stage, str) else stage)]
    sources = (*DOCS.rglob("*.md"), *labs())
    assert sorted([*named, *NO_TASK]) == sorted(p.relative_to(DOCS).as_posix() for p in sources)


def test_a_task_with_a_page_that_is_not_there_stops_the_build_with_its_name() -> None:
    options = load_config(str(ROOT / "mkdocs.yml"), plugins=[])
    options.extra["tasks"] = [["gone.md"]]
    with pytest.raises(Abort, match=r"mkdocs.yml: tasks: no page of the navigation is gone.md"):
        hooks.on_nav(Navigation([], []), config=options, files=Files([]))


def test_pages_that_link_to_each_other_are_related_unless_they_are_near() -> None:
    contents = {
        "a/": '<a href="../b/#x">b</a> <a href="../c/">c</a> <a href="https://example.com/d/">d</a>',
        "b/": '<a href="../c/">c</a>',
        "c/": '<a href="../a/">a</a>',
        "d/": "",
    }
    found = pages.related(contents, {"a/": ["b/"], "b/": [], "c/": [], "d/": []})
    assert found == {"a/": ["c/"], "b/": ["a/", "c/"], "c/": ["a/", "b/"], "d/": []}


def test_other_names_are_for_pages_that_exist_and_are_no_questions() -> None:
    words = pages.read_search_words()
    assert [page for page in words if not (DOCS / page).exists()] == []
    assert [name for names in words.values() for name in names if len(name.split()) > 2] == []
