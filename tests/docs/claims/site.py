"""The claims of this site, as its checker and `claims.json` need them."""

from typing import Any

from tests.docs.claims.check import published
from tests.docs.claims.passages import Passage, passages
from tests.docs.claims.proofs import read_proofs
from tests.docs.guide import DOCS, labs
from tests.real.provenance import read_day, read_started


def every_passage() -> list[Passage]:
    """The passages of all pages and labs of the site, in order."""
    return [
        passage
        for page in sorted([*DOCS.rglob("*.md"), *labs()])
        for passage in passages(page, page.read_text("utf-8"))
    ]


def claims() -> dict[str, Any]:
    """The content of `docs/claims.json`."""
    return published(every_passage(), read_proofs()[0], read_started(), read_day())
