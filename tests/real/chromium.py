"""A real browser: the system's Chromium, driven by Playwright, with access to loopback only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.real.program import Program

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]


PROGRAM = Program("Chromium", "chromium", NAMES)
executable = PROGRAM.executable
install = PROGRAM.install


def version() -> str:
    """The version that the browser reports."""
    return PROGRAM.says("--version")


def flags() -> list[str]:
    """The flags with which it is started; root has no sandbox."""
    return [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS


@contextmanager
def browser(*more: str) -> "Iterator[Browser]":
    """A running browser, with more flags if there are any; stopped at the end."""
    from playwright.sync_api import sync_playwright  # takes long, and few runs of pytest need it

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable(), args=[*flags(), *more])
        try:
            yield running
        finally:
            running.close()
