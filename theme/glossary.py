"""Links the first use of a glossary's term on a page with what the glossary says of it.

The terms of `docs/streams/glossary.md` are linked on the pages beside it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

GLOSSARY = Path(__file__).parents[1] / "docs" / "streams" / "glossary.md"
_ENTRY = re.compile(r"^(\w[^\n]*)\n:   ((?:.+\n?)+)", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_READ = ("p", "li", "em", "strong", "div")  # where a term may stand; not in code, links, headings


def address(term: str) -> str:
    """The anchor of a term: "Current stream ID" is at `current-stream-id`."""
    return re.sub(r"\W+", "-", term.lower()).strip("-")


def read_glossary(text: str) -> dict[str, str]:
    """Each term with the first sentence that explains it, as plain text."""
    terms = {}
    for term, explained in _ENTRY.findall(text):
        plain = _LINK.sub(r"\1", " ".join(explained.split()))
        terms[term] = re.split(r"(?<=[.;]) ", re.sub(r"[*`]", "", plain))[0].rstrip(".;") + "."
    return terms


class _Terms(Treeprocessor):
    def run(self, root: ElementTree.Element) -> None:
        for term in root.iter("dt"):
            term.set("id", address("".join(term.itertext())))
        if self._file().startswith("streams/") and not self._file().endswith(GLOSSARY.name):
            left = read_glossary(GLOSSARY.read_text("utf-8"))
            for element in list(_running_text(root)):
                _link(element, left)

    def _file(self) -> str:
        """The page that is being rendered, as MkDocs' own processor of links knows it."""
        known = "relpath" in self.md.treeprocessors
        return str(self.md.treeprocessors["relpath"].file.src_uri) if known else ""


def _running_text(element: ElementTree.Element) -> Iterator[ElementTree.Element]:
    if "title" not in element.get("class", "").split():
        if element.tag in _READ:
            yield element
        for child in element:
            if child.tag in (*_READ, "ul", "ol"):
                yield from _running_text(child)


def _link(element: ElementTree.Element, left: dict[str, str]) -> None:
    """Links the terms in the text right inside an element, and takes them from what is left."""
    texts = [(None, element.text or "")] + [(child, child.tail or "") for child in element]
    for child, text in texts:
        if not left:
            return
        words = "|".join(re.escape(term) for term in sorted(left, key=len, reverse=True))
        found = re.search(rf"(?<![\w-])({words})s?(?![\w-])", text, re.IGNORECASE)
        if not found or isinstance(text, AtomicString):
            continue
        term = next(term for term in left if term.lower() == found[1].lower())
        link = ElementTree.Element(
            "a",
            {
                "class": "term",
                "href": f"{GLOSSARY.name}#{address(term)}",
                "title": left.pop(term),
            },
        )
        link.text, link.tail = AtomicString(found[0]), text[found.end() :]
        if child is None:
            element.text = text[: found.start()]
            element.insert(0, link)
        else:
            child.tail = text[: found.start()]
            element.insert(list(element).index(child) + 1, link)


class GlossaryExtension(Extension):
    """The glossary, for Python-Markdown."""

    def extendMarkdown(self, md: Markdown) -> None:
        md.treeprocessors.register(_Terms(md), "glossary", 6)  # before MkDocs reads anchors
