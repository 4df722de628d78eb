"""Finds the fenced code blocks of a page: in tabs, admonitions, lists and quotes alike."""

import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_OPENING = re.compile(r"^(?P<indent>[ \t>]*)(?P<ticks>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
_ATTRIBUTE = re.compile(r"""([\w-]+)=(?:"([^"]*)"|'([^']*)'|(\S+))""")
_INCLUDE = re.compile(r'^-+8<-+ "(?P<path>[^":]+)(?::(?P<section>[\w.-]+))?"$')
_PYTHON = ("py", "python", "python3")


@dataclass
class Fence:
    """One fenced block: where it stands, what its info string says, and its text, dedented."""

    page: Path
    line: int  # of the opening fence, counted from 1
    end: int  # line of the closing fence
    indent: str
    info: str
    text: str
    output: "Fence | None" = None  # the `text` block right below a Python block
    before: "Fence | None" = None  # the block that a `.continuation` goes on from
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
        """The page and line, as editors and terminals link them."""
        page = self.page.relative_to(ROOT) if self.page.is_relative_to(ROOT) else self.page
        return f"{page}:{self.line}"

    @property
    def not_run(self) -> bool:
        """Whether the page shows this block without running or checking it."""
        return "notest" in self.classes

    @property
    def include(self) -> tuple[str, str | None] | None:
        """The path and section of `snippets/` that this block shows, where it is an include."""
        match = _INCLUDE.match(self.text.strip())
        return (match["path"], match["section"]) if match else None


def scan(page: Path, text: str | None = None) -> list[Fence]:
    """The fences of a page, in order. An unclosed fence ends with the page, as in MkDocs."""
    lines = (page.read_text("utf-8") if text is None else text).splitlines()
    fences: list[Fence] = []
    number = 0
    while number < len(lines):
        if lines[number].rfind("<!--") > lines[number].rfind("-->"):
            number += 1  # no reader sees what stands in a comment
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
        fence = Fence(page, number + 1, end + 1, indent, opening["info"].strip(), "")
        # An output's spaces were printed; code may stand deeper than its fence.
        body = textwrap.dedent(body) if fence.language == "python" else body
        fence.text = body + "\n" if body else ""
        _relate(fence, fences, lines)
        fences.append(fence)
        number = end + 1
    return fences


def _unindent(line: str, indent: str) -> str:
    if ">" in indent:  # a quotation: its marks may be followed by fewer spaces on blank lines
        return re.sub(rf"^[ \t>]{{0,{len(indent)}}}", "", line)
    return line.removeprefix(indent)


def _relate(fence: Fence, fences: list[Fence], lines: list[str]) -> None:
    """Notes which block this one is the output of, or goes on from."""
    earlier = [other for other in fences if other.language == "python" and not other.not_run]
    if fence.language == "python" and "continuation" in fence.classes:
        fence.before = earlier[-1] if earlier else None
    elif fence.language == "text" and fences and fences[-1] in earlier:
        between = lines[fences[-1].end : fence.line - 1]
        if fence.indent == fences[-1].indent and not "".join(between).strip(" \t>"):
            fences[-1].output = fence


def pages() -> list[Path]:
    """Every Markdown page that readers see: the site's, and those of the repository."""
    return [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


def labs() -> list[Path]:
    """Every notebook, kept as a py:percent file."""
    return sorted((DOCS / "labs").glob("*.py"))
