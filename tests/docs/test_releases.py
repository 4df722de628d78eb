"""Compares the releases that pages name with the source of each release.

Every run reads the live releases; EVERY_RELEASE=1 reads all others too.
"""

import os

import pytest

from tests.docs.facts import FACTS, RECORDED
from tests.real import source, synapse
from tests.real.fixtures import need

NAMED = [(subject, name) for subject, facts in FACTS.items() for name in facts]
EVERY = "EVERY_RELEASE" in os.environ
READ = source.packages() if EVERY else synapse.LIVE


@pytest.mark.parametrize("subject", FACTS)
def test_the_recording_read_every_release(subject: str) -> None:
    assert RECORDED[subject]["read"] == source.packages()
    assert list(RECORDED[subject]["first_and_last"]) == list(FACTS[subject])
    assert RECORDED[subject]["gaps"] == []


@pytest.mark.slow
@pytest.mark.parametrize("subject", FACTS)
@pytest.mark.parametrize("release", READ)
def test_the_source_of_synapse_has_what_was_recorded(release: str, subject: str) -> None:
    if EVERY:
        read = source.of_wheel
    else:
        need(lambda: synapse.python(release))
        read = source.of_live
    assert read(release, FACTS[subject]) == source.has(RECORDED[subject], release)


@pytest.mark.parametrize(("subject", "name"), NAMED)
def test_a_page_names_the_releases_that_the_packages_show(subject: str, name: str) -> None:
    fact = FACTS[subject][name]
    sentence = source.sentence(RECORDED[subject], name, fact)
    assert source.says(fact.page, sentence), f"{fact.page} has not: {sentence}"
