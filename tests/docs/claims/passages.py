"""The passages of a page: its hand-written paragraphs, list items and table rows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MARK = re.compile(r"\[=([^\]]*)\]")
_CODE = re.compile(r"`[^`]*`")
_FENCE = re.compile(r" *(`{3,}|~{3,})")
_ITEM = re.compile(r" *(?:[-*+]|\d+\.|:) +(?=\S)")
_EXPLAINED = re.compile(r": +\S")  # the line above is a term
_SEPARATOR = re.compile(r"[|:\- ]+$")
_NO_TEXT = re.compile(r"#|/{3,}|<(?!https?:)|(?:    )*--8<--|\[\w+\]: |\*\[|    type: |    open: ")


@dataclass
class Passage:
    """A passage, and what stands right above and below it.

    `above` and `below` are the lines of the neighbouring blocks: a fence, a generated part, or an
    included file.
    """

    page: Path
    line: int
    kind: str  # paragraph, item or row
    lines: list[str] = field(default_factory=list)
    covered_by: "Passage | None" = None
    above: int | None = None  # the line of the block that is the neighbour
    below: int | None = None

    @property
    def text(self) -> str:
        """What the page says, in one line, with its mark."""
        return " ".join(line.strip() for line in self.lines)

    @property
    def words(self) -> str:
        """What the page says, in one line, without a mark."""
        return " ".join(MARK.sub("", self.text).split())

    @property
    def own_marks(self) -> list[str]:
        return MARK.findall(_CODE.sub("", self.text))

    @property
    def mark(self) -> str | None:
        """The label that stands for this passage."""
        if self.own_marks:
            return self.own_marks[0]
        return self.covered_by.mark if self.covered_by else None


def passages(page: Path, text: str) -> list[Passage]:
    """All passages of a page, in order; of a lab, those of its cells with Markdown."""
    lines = text.splitlines()
    return _covered(list(_read(page, _said(lines) if page.suffix == ".py" else lines)))


def _said(lines: list[str]) -> list[str]:
    """The Markdown of a lab, at the same lines; code is left out."""
    said, in_markdown = [], False
    for line in lines:
        if line.startswith("# %%"):
            in_markdown, line = line == "# %% [markdown]", ""
        said.append(line.removeprefix("#").removeprefix(" ") if in_markdown else "")
    return said


def _read(page: Path, lines: list[str]) -> Iterator[Passage]:
    """Reads line by line; a block is left out, and known by its first line."""
    block: int | None = None  # the last block, unless a passage came after it
    last: list[Passage] = []  # passages since that block; the first of them is below it
    current: Passage | None = None
    number = _after_front_matter(lines)
    while number < len(lines):
        line = lines[number]
        end = _end_of_block(lines, number)
        if end is not None:
            for passage in last[-1:]:
                passage.below = number + 1
            block, last, current = number + 1, [], None
            number = end
            continue
        number += 1
        if not line.strip() or _is_no_text(line) or _EXPLAINED.match("".join(lines[number:][:1])):
            current = None
            if line.startswith("#"):
                block, last = None, []
            continue
        row, item = line.lstrip().startswith("|"), _is_item(line, current)
        if row and (_SEPARATOR.match(line.strip()) or _is_header(lines, number - 1)):
            continue
        if current is None or row or item:
            kind = "row" if row else "item" if item else "paragraph"
            current = Passage(page, number, kind, above=None if last else block)
            last.append(current)
            yield current
        current.lines.append(line)


def _after_front_matter(lines: list[str]) -> int:
    if lines[:1] != ["---"]:
        return 0
    return lines.index("---", 1) + 1


def _is_no_text(line: str) -> bool:
    stripped = line.lstrip()
    return bool(_NO_TEXT.match(stripped if stripped.startswith(("/", "#", "<")) else line))


def _is_item(line: str, before: Passage | None) -> bool:
    """Whether the line begins an item: within a paragraph or an explanation, `2. …` is text."""
    inside = before is not None and (before.kind != "item" or _EXPLAINED.match(before.lines[0]))
    return bool((_EXPLAINED if inside else _ITEM).match(line))


def _is_header(lines: list[str], number: int) -> bool:
    below = lines[number + 1] if number + 1 < len(lines) else ""
    return below.lstrip().startswith("|") and bool(_SEPARATOR.match(below.strip()))


def _end_of_block(lines: list[str], start: int) -> int | None:
    """The number of the line after the block that begins here; None where none begins."""
    line = lines[start]
    if fence := _FENCE.match(line):
        closing = re.compile(rf" *{fence[1][0]}{{{len(fence[1])},}} *$")
        ends = closing.match
    elif line.lstrip().startswith("<!-- [[[cog"):
        ends = re.compile(r".*\[\[\[end\]\]\]").match
    elif line.lstrip().startswith("<!--"):
        if "-->" in line:
            return start + 1
        ends = re.compile(r".*-->").match
    else:
        return None
    for number in range(start + 1, len(lines)):
        if ends(lines[number]):
            return number + 1
    return len(lines)


def _covered(every: list[Passage]) -> list[Passage]:
    """Gives each list item and row the marked paragraph above its list that ends with a colon."""
    above: Passage | None = None
    for before, passage in zip([None, *every], every, strict=False):
        if passage.kind == "paragraph":
            above = passage if re.search(r":\**\s*\[=[^\]]*\]$", passage.text) else None
        elif before is not None and before.kind != "paragraph" and before.kind != passage.kind:
            above = None
        passage.covered_by = above if passage.kind != "paragraph" else None
    return every
