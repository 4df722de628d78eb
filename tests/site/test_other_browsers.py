"""Python in the page in Firefox and in WebKit, as in Chromium."""

import time
from types import ModuleType

import pytest

from tests.real import firefox, webkit
from tests.real.fixtures import need
from tests.site import PATIENCE_MS

pytestmark = pytest.mark.slow

# WebKit on Linux takes ten times as long as the others.
PAGES = {
    firefox: ["/streams/", "/federation-backoff/", "/labs/out-of-order/", "/configuration/"],
    webkit: ["/streams/"],
}
Browser = firefox.Firefox | webkit.WebKit

_RUN_ALL = "document.querySelector('.runner-all button').click();"
_VERDICTS = """
const outputs = [...document.querySelectorAll('.runner:has(button) output')];
return outputs.map(({ className, textContent }) => [className, textContent]);
"""


def verdicts(browser: Browser) -> list[str]:
    """What is said of each block, when all of them have been run."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while True:
        found = browser.run(_VERDICTS)
        if all(verdict for verdict, _ in found):
            return [text for _, text in found]
        assert time.monotonic() < end, found
        time.sleep(0.05)


@pytest.mark.proves("runs-in-three-browsers")
@pytest.mark.parametrize("program", PAGES, ids=["Firefox", "WebKit"])
def test_every_block_of_some_pages_runs_as_verified(program: ModuleType, address: str) -> None:
    need(program.executable)
    with program.browser() as browser:
        for path in PAGES[program]:
            browser.open(address + path)
            browser.run(_RUN_ALL)
            assert set(verdicts(browser)) == {"as verified"}, path
