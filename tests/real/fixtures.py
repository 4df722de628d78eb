"""One fixture for each real program; each program is started once and shared."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from filelock import FileLock

from tests.real import Missing, chromium, mkdocs, synapse
from tests.real import postgres as postgresql
from tests.real import redis as redis_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def skip(missing: Missing) -> NoReturn:
    """Skips a test because a program is missing; on CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(str(missing), pytrace=False)
    pytest.skip(str(missing))


def need(find: Callable[[], object]) -> None:
    """Skips the test unless the program is found."""
    try:
        find()
    except Missing as missing:
        skip(missing)


def synapse_python(release: str) -> Path:
    """The Python of an environment with a release of Synapse; skips the test if there is none."""
    need(lambda: synapse.python(release))
    return synapse.python(release)


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgresql.Server]:
    """A running PostgreSQL."""
    need(postgresql.folder)
    with postgresql.server() as running:
        yield running


@pytest.fixture(scope="session")
def redis() -> Iterator[redis_server.Server]:
    """A running Redis."""
    need(redis_server.executable)
    with redis_server.server() as running:
        yield running


@pytest.fixture(scope="module")  # while it runs, so does an event loop: none may run beside it
def browser() -> "Iterator[Browser]":
    """A running Chromium."""
    need(chromium.executable)
    with chromium.browser() as running:
        yield running


@pytest.fixture(scope="session")
def built_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as built by `make build`, once for all processes of pytest."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    site = shared / "site"
    with FileLock(shared / "site.lock"):
        if not site.exists():
            mkdocs.build(site)
    return site
