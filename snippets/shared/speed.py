"""What the page `Speed` shows of the benchmarks, as Markdown: ratios, and never a time."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from snippets.shared.curves import curves_svg, highest
from snippets.shared.markdown import picture, provenance, table

Curve = Mapping[str, Any]  # of, operation, size, sizes and costs, as tests/benchmarks.py records it


def recording(subject: str) -> Path:
    """Where a subject's benchmark is recorded."""
    return Path(__file__).parents[1] / subject / "bench.json"


def read_bench(subject: str) -> dict[str, Any]:
    """A subject's benchmark, as it was recorded."""
    found: dict[str, Any] = json.loads(recording(subject).read_text("utf-8"))
    return found


def rows_table(bench: Mapping[str, Any]) -> str:
    """How many times as fast ours is."""
    cells = [(row["what"], row["against"], f"{row['times_as_fast']:g}") for row in bench["rows"]]
    return table(["What", "Against", "Times as fast"], cells, right=["Times as fast"])


def measured(bench: Mapping[str, Any]) -> str:
    """When, where and how it was measured."""
    return provenance(
        f"Recorded on {bench['recorded']} by `make record`, in {bench['rounds']} rounds: "
        f"{bench['machine']}."
    )


def curves(bench: Mapping[str, Any], operations: Iterable[str], *, of: str) -> str:
    """These operations of a class, side by side and on one scale: each a picture and its figures.

    Raises KeyError for an operation that was not measured.
    """
    by_operation = {curve["operation"]: curve for curve in bench["curves"] if curve["of"] == of}
    chosen = [by_operation[operation] for operation in operations]
    high = max(highest(curve["costs"]) for curve in chosen)
    return "\n".join(['<div class="grid" markdown>', *(_curve(c, high) for c in chosen), "</div>"])


def in_words(curve: Curve) -> str:
    """The two ends of each line."""
    first, last = curve["sizes"][0], curve["sizes"][-1]
    ends = [
        f"{name} from {_number(line[0])} to {_number(line[-1])}"
        for name, line in curve["costs"].items()
    ]
    return (
        f"{curve['operation']}. From {first:,} to {last:,} {curve['size']} "
        f"the cost over that of the floor goes: {'; '.join(ends)}"
    )


def as_text(bench: Mapping[str, Any]) -> str:
    """All of it, for a terminal."""
    lines = [bench["machine"], f"{bench['rounds']} rounds", ""]
    lines += [
        f"{row['times_as_fast']:8} times as fast: {row['what']}; against {row['against']}"
        + (f"; {row['seconds']} s" if "seconds" in row else "")
        for row in bench["rows"]
    ]
    for curve in bench["curves"]:
        lines += ["", f"{curve['of']}. {curve['operation']}: cost over that of the floor"]
        lines += ["  ".join(f"{cell:>16}" for cell in cells) for cells in _cells(curve)]
    return "\n".join(lines)


def _curve(curve: Curve, high: float) -> str:
    sizes, costs, size = curve["sizes"], curve["costs"], curve["size"]
    svg = curves_svg(sizes, costs, size, in_words(curve), high=high)
    columns, *rows = _cells(curve)
    figures = table(columns, rows, right=columns)
    indented = "\n".join(f"    {line}" for line in figures.splitlines())
    return (
        f"<div markdown>\n\n**{curve['operation']}**\n\n{picture(svg)}\n\n"
        f'??? quote "The same in figures"\n\n{indented}\n\n</div>'
    )


def _cells(curve: Curve) -> list[list[str]]:
    """The columns' names, then a row for each size; the last column is Synapse's over ours."""
    costs = curve["costs"]
    lines = list(costs.values())
    found = [[curve["size"], *costs, "Ratio"]]
    for number, size in enumerate(curve["sizes"]):
        ours, theirs, *_ = line = [costs[number] for costs in lines]
        ratio = theirs / ours if theirs else None
        found.append([f"{size:,}", *map(_number, line), _number(ratio)])
    return found


def _number(cost: float | None) -> str:
    if cost is None:
        return "not measured"
    return f"{cost:,.0f}" if cost >= 100 else f"{cost:.3g}"
