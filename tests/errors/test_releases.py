"""The live releases can print what was recorded; EVERY_RELEASE=1 searches all others, too."""

import os

import pytest

from snippets.errors.entries import every_entry, read_printed
from tests.errors.record import of_synapse
from tests.errors.texts import found
from tests.real.fixtures import synapse_python
from tests.real.synapse import LIVE, releases

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

READ = releases() if "EVERY_RELEASE" in os.environ else LIVE


@pytest.mark.parametrize("release", READ)
def test_a_release_can_print_the_texts_that_were_found_in_it(release: str) -> None:
    package = next(synapse_python(release).parents[1].glob("lib/python*/site-packages/synapse"))
    texts, recorded = of_synapse(every_entry()), read_printed()
    has: set[str] = set()
    for file in package.rglob("*.py"):
        has |= found(texts, file.read_text("utf-8"))
    order = recorded["releases"].index
    assert has == {
        text
        for text, (first, last) in recorded["synapse"].items()
        if order(first) <= order(release) <= order(last)
    }
