"""The claims of this site, as its checker and `claims.json` need them."""

from typing import Any

from tests.docs.claims.check import published
from tests.docs.claims.passages import Passage, passages
from tests.docs.claims.proofs import read_proofs
from tests.docs.guide import DOCS
from tests.real.provenance import read_day, read_started

# Pages that were not gone through yet: their passages may lack marks.
NOT_YET = {}


def every_passage() -> list[Passage]:
    """The passages of all pages of the site, in order."""
    return [
        passage
        for page in sorted(DOCS.rglob("*.md"))
        for passage in passages(page, page.read_text("utf-8"))
    ]


def demanded() -> list[Passage]:
    """The passages that need a mark or have one."""
    return [
        passage
        for passage in every_passage()
        if passage.mark or passage.page.relative_to(DOCS).as_posix() not in NOT_YET
    ]


def claims() -> dict[str, Any]:
    """The content of `docs/claims.json`."""
    return published(every_passage(), read_proofs()[0], read_started(), read_day())
