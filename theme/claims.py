"""The marks of claims, `[=label]`: each becomes a button that shows how the sentence is known.

`claims.json`, which `make update` writes, has the proof of each label. A mark that claims nothing
is left out of the page.
"""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from mkdocs.exceptions import PluginError

from snippets.shared.claims import read_claims

NO_CLAIM = ("definition", "instruction", "navigation", "opinion")
MARK = r"\[=([a-z0-9-]+)\]"
SHOWN = {
    "above": "What stands above is run with every test, and its result is compared.",
    "below": "What stands below is run with every test, and its result is compared.",
}


class ClaimsExtension(Extension):
    """`[=label]` at the end of a paragraph, list item or table row.

    `repository` is the address of the source, to which the names of tests lead, if there is one.
    """

    def __init__(self, repository: str | None) -> None:
        super().__init__()
        self.repository = repository

    def extendMarkdown(self, md: Markdown) -> None:
        proofs = _Proofs(md, read_claims(), self.repository)
        md.inlinePatterns.register(_Marks(MARK, md), "claims", 185)
        md.treeprocessors.register(proofs, "claims", 15)  # after the inline patterns


class _Marks(InlineProcessor):
    def handleMatch(self, m: re.Match[str], data: str) -> tuple[ElementTree.Element, int, int]:
        return ElementTree.Element("claim", label=m[1]), m.start(0), m.end(0)


class _Proofs(Treeprocessor):
    """Puts a button at each mark, and what it opens at the end of the page."""

    def __init__(self, md: Markdown, published: dict[str, Any], repository: str | None) -> None:
        super().__init__(md)
        self.claims, self.day = published["claims"], published.get("started")
        self.repository = repository

    def run(self, root: ElementTree.Element) -> None:
        parents = {child: parent for parent in root.iter() for child in parent}
        opened = {}
        for mark in list(root.iter("claim")):
            label = mark.get("label", "")
            _strip_before(parents[mark], mark)
            if label in NO_CLAIM:
                _remove(parents[mark], mark)
                continue
            kind = "run" if label in SHOWN else self._claim(label)["kind"]
            mark.tag = "button"
            mark.attrib = {
                "class": f"claim {kind}",
                "popovertarget": f"proof-{label}",
                "aria-label": f"How this is known: {kind}",
            }
            if label not in SHOWN:
                mark.set("id", label)
            opened[label] = self._opened(label, kind)
        root.extend(opened.values())

    def _claim(self, label: str) -> dict[str, Any]:
        if label not in self.claims:
            raise PluginError(
                f'Nothing proves [={label}]: write @pytest.mark.proves("{label}") above its test, '
                "and `make update`"
            )
        claim: dict[str, Any] = self.claims[label]
        return claim

    def _opened(self, label: str, kind: str) -> ElementTree.Element:
        """What a press of the mark opens: the browser shows and hides it without a script."""
        attributes = {"class": f"proof {kind}", "id": f"proof-{label}", "popover": ""}
        opened = ElementTree.Element("div", {**attributes, "data-search-exclude": ""})
        if label in SHOWN:
            ElementTree.SubElement(opened, "p").text = SHOWN[label]
            return opened
        claim = self._claim(label)
        if tests := claim.get("tests"):
            started = " and ".join(claim.get("started", ())) or "our code"
            says = f"Run with every test, last noted on {self.day}, with {started}:"
            ElementTree.SubElement(opened, "p").text = says
            for test in tests:
                self._name(ElementTree.SubElement(opened, "p"), test)
        for line in _other(claim):
            ElementTree.SubElement(opened, "p").text = line
        return opened

    def _name(self, place: ElementTree.Element, test: str) -> None:
        """The name of a test; it leads to the source where that is published."""
        file, _, name = test.partition("::")
        if self.repository:
            address = f"{self.repository.rstrip('/')}/blob/main/{file}"
            place = ElementTree.SubElement(place, "a", {"href": address})
        ElementTree.SubElement(place, "code").text = name


def in_lab(html: str, repository: str | None) -> str:
    """The HTML of a lab, with a button at each mark; Markdown's extensions do not see labs."""
    proofs = _Proofs(Markdown(), read_claims(), repository)
    opened: list[str] = []

    def button(mark: re.Match[str]) -> str:
        place = ElementTree.Element("p")
        ElementTree.SubElement(place, "claim", label=mark[1])
        proofs.run(place)
        parts = [ElementTree.tostring(part, "unicode", method="html") for part in place]
        opened.extend(parts[1:])
        return "".join(parts[:1])

    return re.sub(rf"\s*{MARK}", button, html) + "".join(opened)


def _strip_before(parent: ElementTree.Element, child: ElementTree.Element) -> None:
    """Removes the white space in front of an element, where a line could end."""
    if at := list(parent).index(child):
        parent[at - 1].tail = (parent[at - 1].tail or "").rstrip()
    else:
        parent.text = (parent.text or "").rstrip()


def _remove(parent: ElementTree.Element, child: ElementTree.Element) -> None:
    """Removes an element, and leaves the text behind it."""
    at = list(parent).index(child)
    if child.tail and at:
        parent[at - 1].tail = (parent[at - 1].tail or "") + child.tail
    elif child.tail:
        parent.text = (parent.text or "") + child.tail
    parent.remove(child)


def _other(claim: dict[str, Any]) -> Iterator[str]:
    """How a claim is known without a test: a line for each recording and each reading."""
    for one in claim.get("recorded", ()):
        entry = " → ".join(map(str, one["entry"]))
        programs = ", ".join(one["of"])
        yield f"Recorded on {one['day']} with {programs}: {one['file']}, {entry}"
    for one in claim.get("read", ()):
        yield f"Read in Synapse {one['release']}: {one['file']} has {one['text']}"
