"""The page *Claims*: what each page says, and how it is known."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from snippets.shared.markdown import table

CLAIMS = Path(__file__).parents[2] / "docs" / "claims.json"
KINDS = ("run", "recorded", "read")

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def read_claims() -> dict[str, Any]:
    """What `make update` found: the passages of each page by kind, and the claims by label."""
    claims: dict[str, Any] = json.loads(CLAIMS.read_text("utf-8"))
    return claims


def totals(claims: dict[str, Any]) -> Counter[str]:
    """How many passages there are of each kind, on all pages."""
    counts: Counter[str] = Counter()
    for page in claims["pages"].values():
        counts.update(page)
    return counts


def claims_figures(claims: dict[str, Any]) -> str:
    """The large figures: a list whose items begin with a number in bold."""
    counts = totals(claims)
    every = sum(counts[kind] for kind in KINDS)
    return "\n".join(
        [
            f"- **{every:,}** passages claim something",
            f"- **{counts['run']:,}** of them are run with every test",
            f"- **{counts['recorded']:,}** follow from a recording of a real program",
            f"- **{counts['read']:,}** were read in the source of a release",
            f"- **{counts['not marked']:,}** have no mark yet",
        ]
    )


def claims_by_page(claims: dict[str, Any]) -> str:
    """A table: for each page, how many of its passages are known in which way."""
    columns = ("Page", "run", "recorded", "read", "no claim", "not marked")
    rows = [
        [f"[{page.removesuffix('.md')}]({page})", *(counts.get(kind, "") for kind in columns[1:])]
        for page, counts in claims["pages"].items()
    ]
    return table(columns, rows, right=columns[1:])


def every_claim(claims: dict[str, Any]) -> str:
    """A table: each claim with a label, and how it is known."""
    rows = [
        [f"[{_plain(claim['says'])}]({claim['page']}#{quote(label)})", claim["kind"]]
        for label, claim in sorted(claims["claims"].items(), key=lambda one: one[1]["page"])
    ]
    return table(("Claim", "Known by"), rows)


def _plain(passage: str) -> str:
    """A passage without links, emphasis and marks of a list or a row, to stand in a cell."""
    text = _LINK.sub(r"\1", passage).replace("**", "")
    text = re.sub(r"^(?:[-*+]|\d+\.) ", "", text)
    return " · ".join(cell.strip() for cell in text.strip("| ").split("|") if cell.strip())
