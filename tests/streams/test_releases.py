"""Releases that pages name, against what stands in the source of each release.

The live releases are read with every run, all others with EVERY_RELEASE=1.
"""

import json
import os

import pytest

from tests.real import source, synapse
from tests.real.fixtures import need
from tests.streams.facts import FACTS
from tests.streams.record import RELEASES_READ

RECORDED = json.loads(RELEASES_READ.read_text("utf-8"))
EVERY = "EVERY_RELEASE" in os.environ
READ = source.packages() if EVERY else synapse.LIVE


def test_the_recording_read_every_release() -> None:
    assert RECORDED["read"] == source.packages()
    assert list(RECORDED["first_and_last"]) == list(FACTS)
    assert RECORDED["gaps"] == []


@pytest.mark.slow
@pytest.mark.parametrize("release", READ)
def test_the_source_of_synapse_has_what_was_recorded(release: str) -> None:
    if EVERY:
        read = source.of_wheel
    else:
        need(lambda: synapse.python(release))
        read = source.of_live
    assert read(release, FACTS) == source.has(RECORDED, release)


@pytest.mark.parametrize("name", FACTS)
def test_a_page_names_the_releases_that_the_packages_show(name: str) -> None:
    sentence = source.sentence(RECORDED, name, FACTS[name])
    assert source.says(FACTS[name].page, sentence), f"{FACTS[name].page} has not: {sentence}"
