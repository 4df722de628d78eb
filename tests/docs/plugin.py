"""Registers this site with the harness, which tests its blocks, labs and generated parts."""

import dataclasses
from typing import Any

import pytest

from snippets.shared.claims import CLAIMS
from snippets.shared.proof import PROOF
from tests.docs.checks import CHECKS, as_printed
from tests.docs.guide import GUIDE, ROOT
from tests.docs.harness import Site


def _figures() -> dict[str, Any]:
    from tests.docs.figures import figures  # half a second for each process of pytest

    return figures()


def _started() -> dict[str, list[str]]:
    from snippets.upgrade_notes.notes import read_notes
    from tests.real.provenance import read_releases

    by_name: dict[str, list[str]] = {}
    for test, releases in read_releases().items():
        by_name.setdefault(test.partition("::")[2], []).extend(releases)
    named = sorted({test for note in read_notes() for test in note.proof.tests})
    return {test: by_name[test] for test in named if test in by_name}


def _claims() -> dict[str, Any]:
    from tests.docs.claims.site import claims

    return claims()


SITE = dataclasses.replace(
    GUIDE,
    checkers=CHECKS,
    writers={"console": as_printed},
    published={
        PROOF.relative_to(ROOT).as_posix(): _figures,
        CLAIMS.relative_to(ROOT).as_posix(): _claims,
        "snippets/upgrade_notes/started.json": _started,
    },
)


def pytest_pages_site() -> Site:
    return SITE


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: starts a real program, or takes seconds")
    config.addinivalue_line("markers", "proves(*labels): the claims on pages that the test proves")
