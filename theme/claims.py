"""The marks of claims, `[=label]`: each becomes a button that shows how the sentence is known.

`claims.json`, which `make update` writes, has the proof of each label. A mark that claims nothing
is left out of the page.
"""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from mkdocs.exceptions import PluginError

CLAIMS = Path(__file__).parents[1] / "docs" / "claims.json"
NO_CLAIM = ("definition", "instruction", "navigation", "opinion")
_SHOWN = {
    "above": "What stands above is run with every test, and its result is compared.",
    "below": "What stands below is run with every test, and its result is compared.",
}


class ClaimsExtension(Extension):
    """`[=label]` at the end of a paragraph, list item or table row."""

    def extendMarkdown(self, md: Markdown) -> None:
        claims = json.loads(CLAIMS.read_text("utf-8"))["claims"]
        md.inlinePatterns.register(_Marks(r"\[=([a-z0-9-]+)\]", md), "claims", 185)
        md.treeprocessors.register(_Proofs(md, claims), "claims", 15)  # after the inline patterns


class _Marks(InlineProcessor):
    def handleMatch(self, m: re.Match[str], data: str) -> tuple[ElementTree.Element, int, int]:
        return ElementTree.Element("claim", label=m[1]), m.start(0), m.end(0)


class _Proofs(Treeprocessor):
    """Puts a button at each mark, and what it opens at the end of the page."""

    def __init__(self, md: Markdown, claims: dict[str, Any]) -> None:
        super().__init__(md)
        self.claims = claims

    def run(self, root: ElementTree.Element) -> None:
        parents = {child: parent for parent in root.iter() for child in parent}
        opened = {}
        for mark in list(root.iter("claim")):
            label = mark.get("label", "")
            if label in NO_CLAIM:
                _remove(parents[mark], mark)
                continue
            kind, lines = self._proof(label)
            mark.tag = "button"
            mark.attrib = {
                "class": f"claim {kind}",
                "popovertarget": f"proof-{label}",
                "aria-label": f"How this is known: {kind}",
            }
            if label not in _SHOWN:
                mark.set("id", label)
            opened[label] = _opened(label, kind, lines)
        root.extend(opened.values())

    def _proof(self, label: str) -> tuple[str, list[str]]:
        if label in _SHOWN:
            return "run", [_SHOWN[label]]
        if label not in self.claims:
            raise PluginError(
                f'Nothing proves [={label}]: write @pytest.mark.proves("{label}") above its test, '
                "and `make update`"
            )
        return self.claims[label]["kind"], list(_lines(self.claims[label]))


def _remove(parent: ElementTree.Element, child: ElementTree.Element) -> None:
    """Removes an element, and leaves the text behind it."""
    at = list(parent).index(child)
    if child.tail and at:
        parent[at - 1].tail = (parent[at - 1].tail or "") + child.tail
    elif child.tail:
        parent.text = (parent.text or "") + child.tail
    parent.remove(child)


def _opened(label: str, kind: str, lines: list[str]) -> ElementTree.Element:
    """What opens at the press of a mark: the browser shows and hides it without a script."""
    attributes = {"class": f"proof {kind}", "id": f"proof-{label}", "popover": ""}
    opened = ElementTree.Element("div", {**attributes, "data-search-exclude": ""})
    for line in lines:
        ElementTree.SubElement(opened, "p").text = line
    return opened


def _lines(claim: dict[str, Any]) -> list[str]:
    """How a claim is known, a line for each test, recording and reading."""
    lines = []
    if tests := claim.get("tests"):
        names = ", ".join(test.partition("::")[2] for test in tests)
        started = " and ".join(claim.get("started", ())) or "our code"
        lines.append(f"Run with every test, with {started}: {names}")
    for one in claim.get("recorded", ()):
        entry = f", {' → '.join(map(str, one['entry']))}" if one["entry"] else ""
        lines.append(f"Recorded on {one['day']} with {', '.join(one['of'])}: {one['file']}{entry}")
    lines += [
        f"Read in Synapse {one['release']}: {one['file']} has {one['text']}"
        for one in claim.get("read", ())
    ]
    return lines
