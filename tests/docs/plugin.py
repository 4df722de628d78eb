"""Registers this site with the harness, which tests its blocks, labs and generated parts."""

import dataclasses
from typing import Any

import pytest

from snippets.shared.proof import PROOF
from tests.docs.checks import CHECKS, as_printed
from tests.docs.guide import GUIDE, ROOT
from tests.docs.harness import Site


def _figures() -> dict[str, Any]:
    from tests.docs.figures import figures  # half a second for each process of pytest

    return figures()


def _claims() -> dict[str, Any]:
    from tests.docs.claims.site import claims

    return claims()


SITE = dataclasses.replace(
    GUIDE,
    checkers=CHECKS,
    writers={"console": as_printed},
    published={PROOF.relative_to(ROOT).as_posix(): _figures, "docs/claims.json": _claims},
)


def pytest_pages_site() -> Site:
    return SITE


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: starts a real program, or takes seconds")
    config.addinivalue_line("markers", "proves(*labels): the claims on pages that the test proves")
