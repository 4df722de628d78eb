"""Links the first use of a glossary's term on a page with what the glossary says of it.

A section of `docs/glossary.md` is for the pages of one subject: "Reverse proxies" for those in
`docs/reverse-proxies/`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

GLOSSARY = Path(__file__).parents[1] / "docs" / "glossary.md"
_SECTION = re.compile(r"^## (.+)\n", re.MULTILINE)
_ENTRY = re.compile(r"^(\w[^\n]*)\n:   ((?:.+\n?)+)", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_READ = ("p", "li", "em", "strong", "div")  # where a term may stand; not in code, links, headings


def address(term: str) -> str:
    """The anchor of a term: "Current stream ID" is at `current-stream-id`."""
    return re.sub(r"\W+", "-", term.lower()).strip("-")


def read_glossary(text: str) -> dict[str, dict[str, str]]:
    """For each subject's folder its terms, each with the first sentence on it, as plain text."""
    _, *parts = _SECTION.split(text)
    return {
        address(heading): dict(_read(section))
        for heading, section in zip(parts[::2], parts[1::2], strict=True)
    }


def _read(section: str) -> Iterator[tuple[str, str]]:
    for term, explained in _ENTRY.findall(section):
        plain = _LINK.sub(r"\1", " ".join(explained.split()))
        yield term, re.split(r"(?<=[.;]) ", re.sub(r"[*`]", "", plain))[0].rstrip(".;") + "."


class _Terms(Treeprocessor):
    def run(self, root: ElementTree.Element) -> None:
        for term in root.iter("dt"):
            term.set("id", address("".join(term.itertext())))
        folder, *below = self._file().split("/")
        if left := read_glossary(GLOSSARY.read_text("utf-8")).get(folder):
            for element in list(_running_text(root)):
                _link(element, left, f"{'../' * len(below)}{GLOSSARY.name}")

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


def _link(element: ElementTree.Element, left: dict[str, str], glossary: str) -> None:
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
                "href": f"{glossary}#{address(term)}",
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
