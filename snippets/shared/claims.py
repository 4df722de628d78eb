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


def claims_figures(claims: dict[str, Any]) -> str:
    """The large figures: a list whose items begin with a number in bold."""
    counts: Counter[str] = Counter()
    for page in claims["pages"].values():
        counts.update(page)
    every = sum(counts[kind] for kind in KINDS)
    return "\n".join(
        [
            f"- **{every:,}** passages claim something",
            f"- **{100 * (every - counts['read']) // every} %** of them were run or recorded",
            f"- **{counts['read']:,}** were read in Synapse's package",
        ]
    )


def claims_by_page(claims: dict[str, Any]) -> str:
    """A table: for each page, how many of its passages are known in which way."""
    columns = ("Page", *KINDS, "no claim")
    rows = [
        [f"[{page.removesuffix('.md')}]({page})", *(counts.get(kind, "") for kind in columns[1:])]
        for page, counts in claims["pages"].items()
    ]
    return table(columns, rows, right=columns[1:])


def every_claim(claims: dict[str, Any]) -> str:
    """A folded list for each page: its claims with a label, and how each is known."""
    by_page: dict[str, list[str]] = {}
    for label, claim in claims["claims"].items():
        link = f"[{_plain(claim['says'])}]({claim['page']}#{quote(label)})"
        by_page.setdefault(claim["page"], []).append(f"- {claim['kind']}: {link}")
    folds = []
    for page, items in sorted(by_page.items()):
        title = f"{page.removesuffix('.md')}: {len(items)}"
        folds.append("\n".join([f"/// contributors | {title}", "", *items, "", "///"]))
    return "\n\n".join(folds)


def _plain(passage: str) -> str:
    """The words of a passage, as the text of a link: no other link, no code, no emphasis."""
    text = re.sub(r"^(?:[-*+]|\d+\.) ", "", _LINK.sub(r"\1", passage))
    text = " · ".join(cell.strip() for cell in text.strip("| ").split("|") if cell.strip())
    parts = [
        part.strip("`") if part.startswith("`") else part.replace("*", "")
        for part in re.split(r"(`[^`]*`)", text)
    ]
    return re.sub(r"([\\<>\[\]_*])", r"\\\1", "".join(parts))
