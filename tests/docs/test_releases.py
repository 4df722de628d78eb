"""Compares the releases that pages name with the source of each release.

Every run reads the live releases; EVERY_RELEASE=1 reads all others too.
"""

import os
import re
from types import SimpleNamespace
from typing import Any

import pytest
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.structure.files import Files

from tests.docs.facts import FACTS, RECORDED
from tests.docs.guide import DOCS
from tests.real import source, synapse
from tests.real.fixtures import need
from theme.hooks import on_page_markdown
from theme.releases import NAMED, read_facts, with_releases

SENTENCES = [
    (subject, name) for subject, facts in FACTS.items() for name in facts if facts[name].page
]
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


@pytest.mark.parametrize(("subject", "name"), SENTENCES)
def test_a_file_names_the_releases_that_the_packages_show(subject: str, name: str) -> None:
    fact = FACTS[subject][name]
    sentence = source.sentence(RECORDED[subject], name, fact)
    assert source.says(fact.page, sentence), f"{fact.page} has not: {sentence}"


def test_each_fact_has_a_name_of_its_own_and_is_named_by_a_page_or_stands_in_a_file() -> None:
    texts = [page.read_text("utf-8") for page in DOCS.rglob("*.md")]
    named = [" ".join(match[2].split()) for text in texts for match in NAMED.finditer(text)]
    facts = [name for of_subject in FACTS.values() for name in of_subject]
    assert sorted(facts) == sorted(read_facts())
    assert set(named) == set(facts) - {name for _, name in SENTENCES}
    left = [
        re.findall(r"\{ *(?:first|before|last)\b.*", with_releases(text), re.I) for text in texts
    ]
    assert [line for lines in left for line in lines] == [], "write {first: a fact}"


def test_a_page_gets_the_first_release_with_a_fact_the_last_one_and_the_one_before() -> None:
    assert (
        with_releases(
            "Since {first: only\nrecoveries}, not up to {before: only recoveries}; "
            "up to {last: the one-writer generator}. {first}"
        )
        == "Since 1.95, not up to 1.94; up to 1.108. {first}"
    )


def test_a_fact_that_no_package_was_searched_for_is_named_with_what_to_write() -> None:
    page: Any = SimpleNamespace(meta={}, file=SimpleNamespace(src_uri="wet.md"))
    with pytest.raises(Abort, match=r"wet.md: {first: rain}: no facts.py has 'rain': write one of"):
        on_page_markdown("Since {first: rain}", page=page, config=MkDocsConfig(), files=Files([]))
