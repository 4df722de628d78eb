"""Registers this site with the harness, which tests its blocks, labs and generated parts."""

import dataclasses

import pytest

from snippets.shared.proof import PROOF
from tests.docs.checks import CHECKS
from tests.docs.figures import figures
from tests.docs.guide import GUIDE, ROOT
from tests.docs.harness import Site

SITE = dataclasses.replace(
    GUIDE, checkers=CHECKS, published={PROOF.relative_to(ROOT).as_posix(): figures}
)


def pytest_pages_site() -> Site:
    return SITE


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: starts a real program, or takes seconds")
