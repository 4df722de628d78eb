"""The parts that pages are made of, as blocks of Markdown: `/// answer` ... `///`.

`docs/parts.md` shows each with its source, `theme/styles/3-parts.css` gives each its looks. A part
that is used wrongly stops the build with one line.
"""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from markdown import Markdown
from mkdocs.exceptions import PluginError
from pymdownx.blocks import BlocksExtension
from pymdownx.blocks.block import Block

EXAMPLES = Path(__file__).parent / "examples"
_STASHED = re.compile("\x02wzxhzdk:([0-9]+)\x03")


class Part(Block):
    """A part that is one `div`. `TITLE` says what stands above it, if the writer says nothing."""

    ARGUMENT = None  # optional, so that a missing one is refused here and not shown as text
    TITLE: str | None = None
    CLASSES = ""

    def on_create(self, parent: ElementTree.Element) -> ElementTree.Element:
        part = ElementTree.SubElement(parent, "div", {"class": self.CLASSES or self.NAME})
        if title := self.title():
            ElementTree.SubElement(part, "p", {"class": "title"}).text = title
        return part

    def title(self) -> str | None:
        return self.argument or self.TITLE

    def code(self, part: ElementTree.Element) -> list[str]:
        """The HTML of each block of code in the part."""
        kept = self.md.htmlStash.rawHtmlBlocks
        numbers = _STASHED.findall("".join(part.itertext()))
        return [kept[int(n)] for n in numbers if 'class="language-' in str(kept[int(n)])]

    def refuse(self, why: str) -> PluginError:
        return PluginError(f'A part "/// {self.NAME}" {why}')


class Answer(Part):
    """The rule of a page, or its table, right below the title."""

    NAME = "answer"


class Note(Part):
    """What is good to know."""

    NAME, CLASSES, TITLE = "note", "callout note", "Note"


class Caution(Part):
    """What can go wrong, and what was not run."""

    NAME, CLASSES, TITLE = "caution", "callout caution", "Caution"


class Danger(Part):
    """Where something can be lost or laid open."""

    NAME, CLASSES, TITLE = "danger", "callout danger", "Danger"


class KnownBad(Part):
    """A configuration that must not be copied: it says what it does, and marks the wrong line."""

    NAME = "known-bad"

    def title(self) -> str:
        if not self.argument:
            raise self.refuse("says nothing of what it does: /// known-bad | shows the admin API")
        return f"Known bad: {self.argument}"

    def on_end(self, part: ElementTree.Element) -> None:
        code = self.code(part)
        if not code:
            raise self.refuse("has no code")
        if not all('class="hll"' in block for block in code):
            raise self.refuse('marks no line as the wrong one: ```{.nginx hl_lines="2"}')


class Instead(Part):
    """What to write instead of the known bad above it."""

    NAME, TITLE = "instead", "Instead"

    def on_end(self, part: ElementTree.Element) -> None:
        if not self.code(part):
            raise self.refuse("has no code")


class Session(Part):
    """Files in tabs, commands, and what they print."""

    NAME = "session"

    def on_end(self, part: ElementTree.Element) -> None:
        if not any('class="language-console' in block for block in self.code(part)):
            raise self.refuse("has no ```console block with its command")


class Steps(Part):
    """A numbered list to follow step by step."""

    NAME = "steps"

    def on_end(self, part: ElementTree.Element) -> None:
        if part.find("ol") is None:
            raise self.refuse("has no numbered list")


class Figures(Part):
    """Large figures in a row: a list whose items begin with one in bold."""

    NAME = "figures"


class Change(Part):
    """What was, and what is: one `before` and one `after`."""

    NAME = "change"

    def on_end(self, part: ElementTree.Element) -> None:
        if [side.get("class") for side in part] != [Before.NAME, After.NAME]:
            raise self.refuse("has something else than one //// before and one //// after")


class Before(Part):
    NAME, TITLE = "before", "Before"


class After(Part):
    NAME, TITLE = "after", "After"


class Compare(Part):
    """A table whose columns answer the same: it shows one of them, or only where they differ."""

    NAME = "compare"

    def title(self) -> None:
        if not self.argument:
            raise self.refuse("does not say what a column is: /// compare | Proxy")

    def on_end(self, part: ElementTree.Element) -> None:
        table = part.find(".//table")
        if table is None:
            raise self.refuse("has no table")
        table.set("data-columns", self.argument)  # for theme/tables.py


class Contributors(Part):
    """Folded: what only those want who read or change the code. The search leaves it out."""

    NAME = "contributors"

    def on_create(self, parent: ElementTree.Element) -> ElementTree.Element:
        if not self.argument:
            raise self.refuse("has no title: /// contributors | The proof")
        attributes = {
            "class": self.NAME,
            "id": self._id(re.sub(r"\W+", "-", self.argument.lower())),
            "data-search-exclude": "",
        }
        part = ElementTree.SubElement(parent, "details", attributes)
        ElementTree.SubElement(part, "summary").text = self.argument
        return part

    def _id(self, name: str) -> str:
        """The second one of this name on a page is `name-2`."""
        count = self.tracker[name] = self.tracker.get(name, 0) + 1
        return name if count == 1 else f"{name}-{count}"


PARTS = (
    Answer, Note, Caution, Danger, KnownBad, Instead, Session, Steps, Figures, Change, Before,
    After, Compare, Contributors,
)  # fmt: skip


def shown_with_source() -> str:
    """For each part that has an example: what it is, its source, and how it looks."""
    shown = []
    for part in PARTS:
        example = EXAMPLES / f"{part.NAME}.md"
        if example.exists():
            source = example.read_text("utf-8").rstrip()
            title = part.NAME.replace("-", " ").capitalize()
            shown.append(
                f"## {title}\n\n{part.__doc__}\n\n````markdown\n{source}\n````\n\n{source}"
            )
    return "\n\n".join(shown)


class PartsExtension(BlocksExtension):
    """All parts, for Python-Markdown."""

    def extendMarkdownBlocks(self, md: Markdown, block_mgr: Any) -> None:
        for part in PARTS:
            block_mgr.register(part, self.getConfigs())
