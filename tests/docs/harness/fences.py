"""Finds the fenced code blocks of a page, also in tabs, admonitions, lists and quotes."""

import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from .errors import PageFailed

_OPENING = re.compile(r"^(?P<indent>[ \t>]*)(?P<ticks>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
_ATTRIBUTE = re.compile(r"""([\w-]+)=(?:"([^"]*)"|'([^']*)'|(\S+))""")
_INCLUDE = re.compile(r'^[ \t>]*-+8<-+ "([^":]+)(?::([\w.-]+))?"[ \t]*$', re.MULTILINE)
_PYTHON = ("py", "python", "python3")


@dataclass
class Fence:
    """One fenced block: its place, its info string, and its dedented text."""

    root: Path  # pages are named from here, and includes are read from here
    page: Path
    line: int  # of the opening fence, counted from 1
    end: int  # line of the closing fence
    indent: str
    info: str
    text: str
    output: "Fence | None" = None  # the `text` block right below a Python block
    before: "Fence | None" = None  # the block that a `.continuation` continues
    attributes: dict[str, str] = field(init=False)
    classes: list[str] = field(init=False)
    language: str = field(init=False)

    def __post_init__(self) -> None:
        info = self.info.strip().removeprefix("{").removesuffix("}")
        self.attributes = {
            name: a or b or c for name, a, b, c in _ATTRIBUTE.findall(info) if a or b or c
        }
        words = [word.removeprefix(".") for word in _ATTRIBUTE.sub("", info).split()]
        self.language = words[0] if words else ""
        self.classes = words[1:]
        if self.language in _PYTHON:
            self.language = "python"

    @property
    def where(self) -> str:
        """The page and line, in a form that editors and terminals turn into a link."""
        inside = self.page.is_relative_to(self.root)
        page = self.page.relative_to(self.root) if inside else self.page
        return f"{page}:{self.line}"

    @property
    def not_run(self) -> bool:
        """Whether the page shows this block without running or checking it."""
        return "notest" in self.classes

    @property
    def include(self) -> tuple[str, str | None] | None:
        """The path from the root, and the section, if this block is an include."""
        included = includes(self.text)
        alone = len(self.text.strip().splitlines()) == 1
        return included[0][1:] if included and alone else None

    def source(self) -> str:
        """The text that readers see, with includes resolved. Raises PageFailed."""

        def included(match: re.Match[str]) -> str:
            path, section = match[1], match[2]
            text = section_text(self.root, path, section)
            if text is None:
                raise PageFailed(
                    f"{self.where}: there is no {path}{f':{section}' if section else ''}"
                )
            return text

        return _INCLUDE.sub(included, self.text)


def includes(text: str) -> list[tuple[int, str, str | None]]:
    """The lines that include a file or a section of one: line number, path and section."""
    return [
        (text.count("\n", 0, match.start()) + 1, match[1], match[2])
        for match in _INCLUDE.finditer(text)
    ]


def section_text(root: Path, path: str, section: str | None) -> str | None:
    """The lines of a section, dedented; without a section, of the whole file; None if it is
    missing.

    A section is between `# --8<-- [start:name]` and `# --8<-- [end:name]`.
    """
    file = root / path
    if not file.is_file():
        return None
    lines = file.read_text("utf-8").splitlines()
    if section:
        marks = [f"# --8<-- [{edge}:{section}]" for edge in ("start", "end")]
        stripped = [line.strip() for line in lines]
        if not all(mark in stripped for mark in marks):
            return None
        lines = lines[stripped.index(marks[0]) + 1 : stripped.index(marks[1])]
    return textwrap.dedent("\n".join(lines)).strip("\n") + "\n"


def scan(root: Path, page: Path, text: str | None = None) -> list[Fence]:
    """The fences of a page, in order. As in MkDocs, an unclosed fence ends with the page."""
    lines = (page.read_text("utf-8") if text is None else text).splitlines()
    fences: list[Fence] = []
    number = 0
    while number < len(lines):
        if lines[number].rfind("<!--") > lines[number].rfind("-->"):
            number += 1  # readers do not see comments
            while number < len(lines) and "-->" not in lines[number]:
                number += 1
            continue
        opening = _OPENING.match(lines[number])
        if not opening:
            number += 1
            continue
        indent, ticks = opening["indent"], opening["ticks"]
        closing = re.compile(rf"^[ \t>]*{ticks[0]}{{{len(ticks)},}}[ \t]*$")
        end = number + 1
        while end < len(lines) and not closing.match(lines[end]):
            end += 1
        body = "\n".join(_unindent(line, indent) for line in lines[number + 1 : end])
        fence = Fence(root, page, number + 1, end + 1, indent, opening["info"].strip(), "")
        # Leading spaces of an output were printed; code may be indented deeper than its fence.
        body = textwrap.dedent(body) if fence.language == "python" else body
        fence.text = body + "\n" if body else ""
        _relate(fence, fences, lines)
        fences.append(fence)
        number = end + 1
    return fences


def _unindent(line: str, indent: str) -> str:
    if ">" in indent:  # a quotation: on blank lines its marks may have fewer spaces after them
        return re.sub(rf"^[ \t>]{{0,{len(indent)}}}", "", line)
    return line.removeprefix(indent)


def _relate(fence: Fence, fences: list[Fence], lines: list[str]) -> None:
    """Links a block to the one that it continues, or that it is the output of."""
    earlier = [other for other in fences if other.language == "python" and not other.not_run]
    if fence.language == "python" and "continuation" in fence.classes:
        fence.before = earlier[-1] if earlier else None
    elif fence.language == "text" and fences and fences[-1] in earlier:
        between = lines[fences[-1].end : fence.line - 1]
        if fence.indent == fences[-1].indent and not "".join(between).strip(" \t>"):
            fences[-1].output = fence
