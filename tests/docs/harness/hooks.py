"""The one hook: it describes a project's site."""

import pytest

from .site import Site


@pytest.hookspec(firstresult=True)
def pytest_pages_site(config: pytest.Config) -> Site | None:
    """The project's site. Without this hook: `Site(config.rootpath)`."""
