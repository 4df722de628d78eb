"""A real browser: the system's Chromium, driven by Playwright, with nothing but loopback."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.real import Missing, apt

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]


def executable() -> str:
    """The browser's path. Raises Missing, naming the package."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise Missing("no Chromium here: install the system's package `chromium`")


def version() -> str:
    """What the browser says it is."""
    asked = subprocess.run([executable(), "--version"], capture_output=True, text=True, check=True)
    return asked.stdout.strip()


def install() -> None:
    """Installs the system's package unless a browser is there."""
    if not any(map(shutil.which, NAMES)):
        apt.install("chromium")


@contextmanager
def browser() -> Iterator[Browser]:
    """A running browser, stopped at the end."""
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable(), args=flags)
        try:
            yield running
        finally:
            running.close()
