"""Markdown for the generated parts of pages."""

from collections.abc import Collection, Iterable, Sequence


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Collection[str] = ()
) -> str:
    """A table, without a line break at its end; the columns named in `right` are right-aligned.

    Raises ValueError for a row with more or fewer cells than there are columns.
    """
    marks = "|".join("--:" if column in right else ":--" for column in columns)
    lines = [_row(columns), f"|{marks}|"]
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"a row of {len(row)} cells in a table of {len(columns)} columns")
        lines.append(_row(row))
    return "\n".join(lines)


def code(text: str) -> str:
    """The text as code; a backtick in it needs two around it."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def picture(*drawings: str) -> str:
    """A drawing; where there are two, the second is the same for a phone, and is shown there.

    The search leaves its words out.
    """
    return "\n".join(['<div class="picture" data-search-exclude>', *drawings, "</div>"])


def provenance(sentence: str) -> str:
    """The line that says what was run, and when, as pages show it."""
    return f"{sentence}\n{{.provenance}}"


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
