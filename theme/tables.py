"""What every table of a page gets at build.

It stands in a `div.table` that is named after its heading. Each cell knows its column's name, by
which rows are cards below 600 pixels. A row that has only a name, in bold, begins a section, which
is folded there. A long table gets a filter; one in `/// compare` a choice of its columns, too.
`theme/styles/4-tables.css` gives all that its looks, `docs/assets/guide.js` makes it work.
"""

import html
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import HTML_PLACEHOLDER_RE, AtomicString
from mkdocs.exceptions import PluginError

FILTERED = 26  # rows from which a table has a filter
BESIDE = 28  # characters up to which a name fits beside its column's, on a phone
WHOLE = 36  # characters up to which a name is never broken
LABEL, LABEL_WORD = (
    26,
    13,
)  # characters of a column's name, and of a word in it, that fit beside a cell
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PARTS = re.compile(r"(?<=[^/]/)(?=[^/])|(?<=[^/]//)(?=[^/])|(?<=\w\.)(?=\w)")
_WORDS = re.compile(r"(?<=[^\W_]_)(?=[^\W_])")
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}


class Tables(Treeprocessor):
    """Prepares every table. Raises PluginError for a column that has no name."""

    def run(self, root: Element) -> None:
        heading, count = "", 0
        for parent, child in list(_families(root)):
            if child.tag in _HEADINGS:
                heading, count = _heading(child), 0
            elif child.tag == "table":
                count += 1
                name = f"{heading or 'Table'}{f', table {count}' if count > 1 else ''}"
                _prepare(parent, child, name)


def _families(parent: Element) -> Iterator[tuple[Element, Element]]:
    """Each element with its parent, in the order of the page."""
    for child in parent:
        yield parent, child
        yield from _families(child)


def _heading(heading: Element) -> str:
    permalinks = [link for link in heading if link.get("class") == "headerlink"]
    return _text(heading).removesuffix("".join(map(_text, permalinks)))


def _text(element: Element) -> str:
    """Its words on one line; an element of raw HTML in it, such as <br>, is a space."""
    return " ".join(HTML_PLACEHOLDER_RE.sub(" ", "".join(element.itertext())).split())


def _prepare(parent: Element, table: Element, name: str) -> None:
    header, *rows = table.iter("tr")
    sections = [row for row in rows if _is_section(row)]
    rows = [row for row in rows if row not in sections]
    columns = [_text(cell) for cell in header]
    if "" in columns:
        raise PluginError(
            f'The table below "{name}" has a column without a name ({" | ".join(columns)}), by '
            "which a phone shows its cells"
        )
    for cell in header:
        cell.set("scope", "col")
        _align(cell)
    for row in rows:
        for number, (column, cell) in enumerate(zip(columns, row, strict=True)):
            numeric = _align(cell)
            if number or numeric:
                cell.set("data-label", column)
            if number and (len(column) > LABEL or max(map(len, column.split())) > LABEL_WORD):
                _add_class(cell, "stacked")
            if _DAY.fullmatch(_text(cell)):
                _add_class(cell, "day")
            for code in cell.iter("code"):
                _let_break(code)
    compared = table.attrib.pop("data-columns", None)
    table.set("class", "rows")
    wrapper = Element("div", {"class": "table", "role": "group", "aria-label": name})
    wrapper.tail, table.tail = table.tail, None
    place = list(parent).index(table)
    parent[place] = wrapper
    wrapper.append(table)
    if compared:
        for row in rows:
            if len({_text(cell) for cell in list(row)[1:]}) == 1:
                row.set("class", "same")
    if sections:
        _divide(table, sections, bool(compared))
    if compared or len(rows) >= FILTERED:
        parent.insert(place, _tools(len(rows), compared, columns[1:]))


def _align(cell: Element) -> bool:
    """Whether it is right-aligned, as numbers are. HTML no longer has `align`."""
    numeric = cell.attrib.pop("align", "left") == "right"
    if numeric:
        _add_class(cell, "number")
    return numeric


def _add_class(element: Element, name: str) -> None:
    element.set("class", f"{element.get('class', '')} {name}".strip())


def _is_section(row: Element) -> bool:
    name, *others = row
    return name.find("strong") is not None and not any(map(_text, others))


def _divide(table: Element, sections: list[Element], compared: bool) -> None:
    """Gives each section a body of its own, below a row that says how much is in it."""
    (body,) = table.findall("tbody")
    rows = list(body)
    starts = [rows.index(section) for section in sections]
    body[:] = rows[: starts[0]]
    if not len(body):
        table.remove(body)
    for section, start, end in zip(sections, starts, [*starts[1:], len(rows)], strict=True):
        own = rows[start + 1 : end]
        columns, name = len(section), section[0]
        section.set("class", "section")
        section[:] = [name]
        name.attrib = {"colspan": str(columns)}
        summary = SubElement(SubElement(name, "details"), "summary")
        summary.text = f"{len(own)} rows"
        if compared:
            differ = sum(row.get("class") != "same" for row in own)
            summary.text += (
                f", {differ} with differences" if differ else ", all without a difference"
            )
        body = SubElement(table, "tbody")
        body[:] = [section, *own]


def _let_break(code: Element) -> None:
    """A name that is too long for a phone may break into lines, after a slash or a dot; a part of
    it that is still too long, after an underscore. Copied, it is whole: a <wbr> is no character.
    """
    text = code.text or ""
    length = len(html.unescape(text))
    if length > BESIDE:
        code.set("class", "wide" if length <= WHOLE else "long")
    if length <= WHOLE:
        return
    lines = [""]
    for part in _PARTS.split(text):
        for piece in _WORDS.split(part) if len(part) > WHOLE else [part]:
            if len(lines[-1] + piece) > WHOLE:
                lines.append("")
            lines[-1] += piece
    first, *others = filter(None, lines)
    code.text = AtomicString(first)
    for line in others:
        SubElement(code, "wbr").tail = AtomicString(line)


def _tools(rows: int, compared: str | None, columns: list[str]) -> Element:
    """What stands above a table; hidden without scripts."""
    tools = Element("div", {"class": "table-tools", "data-search-exclude": ""})
    label = SubElement(tools, "label")
    label.text = "Filter "
    SubElement(label, "input", {"type": "search", "autocomplete": "off", "spellcheck": "false"})
    if compared:
        label = SubElement(tools, "label")
        label.text = f"{compared} "
        choice = SubElement(label, "select", {"autocomplete": "off"})
        for column in ("all", *columns):
            SubElement(choice, "option").text = column
        label = SubElement(tools, "label")
        box = SubElement(label, "input", {"type": "checkbox", "autocomplete": "off"})
        box.tail = " Only differences"
    SubElement(tools, "output").text = f"{rows} rows"
    return tools


class TablesExtension(Extension):
    """What all tables get, for Python-Markdown."""

    def extendMarkdown(self, md: Markdown) -> None:
        md.treeprocessors.register(Tables(md), "tables", -1)  # after all that make text final
