"""What the tests of the built site share."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.real import website
from tests.site import PATIENCE_MS

if TYPE_CHECKING:  # quick tests need no browser
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def address(built_site: Path) -> Iterator[str]:
    """Where the site is served."""
    with website.serve(built_site) as url:
        yield url


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A page in a browser that keeps nothing of the tests before."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context.new_page()
    finally:
        context.close()
