"""The programs still print what was recorded; real ones are searched and started."""

import os

import pytest

from snippets.errors.entries import PROXIES, every_entry, read_printed
from tests.errors import proxies
from tests.errors.record import of_proxies, of_synapse
from tests.errors.texts import found, printed
from tests.real.fixtures import need, synapse_python
from tests.real.synapse import LIVE, releases

pytestmark = pytest.mark.slow

ENTRIES, PRINTED = every_entry(), read_printed()
READ = releases() if "EVERY_RELEASE" in os.environ else LIVE


@pytest.mark.parametrize("release", READ)
def test_a_release_can_print_the_texts_that_were_found_in_it(release: str) -> None:
    package = next(synapse_python(release).parents[1].glob("lib/python*/site-packages/synapse"))
    has: set[str] = set()
    for file in package.rglob("*.py"):
        has |= found(of_synapse(ENTRIES), file.read_text("utf-8"))
    order = PRINTED["releases"].index
    assert has == {
        text
        for text, (first, last) in PRINTED["synapse"].items()
        if order(first) <= order(release) <= order(last)
    }


@pytest.mark.parametrize("program", PROXIES)
def test_a_proxy_still_prints_each_text_when_the_mistake_is_made(program: str) -> None:
    need(proxies.KINDS[program].executable)
    lines = [
        line
        for mistake in proxies.MISTAKES
        if mistake.program == program
        for line in proxies.lines(mistake)
    ]
    texts = [text for text, by in of_proxies(ENTRIES).items() if by == program]
    assert [text for text in texts if printed(text, lines) is None] == []
