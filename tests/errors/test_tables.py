"""The generated pages about errors."""

from typing import Any

import pytest

from snippets.errors.entries import SUBJECTS, Entry, read_entries
from snippets.errors.tables import addresses, blocks, errors, overview, titles

PRINTED: dict[str, Any] = {
    "releases": ["1.79.0", "1.80.0", "1.81.0"],
    "synapse": {
        "all": ["1.79.0", "1.81.0"],
        "new": ["1.80.0", "1.81.0"],
        "old": ["1.79.0", "1.80.0"],
        "once": ["1.80.0", "1.80.0"],
    },
}


def entry(text: str) -> Entry:
    return Entry(text, "Why.", "What.", "streams/writing.md#starting")


@pytest.mark.parametrize(
    ("text", "releases"),
    [("all", ""), ("new", "Since 1.80: "), ("old", "Up to 1.80: "), ("once", "Only 1.80: ")],
)
def test_an_entry_names_the_releases_of_its_text_where_not_all_have_it(
    text: str, releases: str
) -> None:
    assert list(blocks([entry(text)], PRINTED)) == [
        f"### `{text}` {{#{text}}}",
        f"{releases}Why. **Fix:** What. More: [Writing](../streams/writing.md#starting).",
    ]


def test_a_text_that_some_releases_in_the_middle_have_names_both_ends() -> None:
    printed = {
        "releases": ["1.79.0", *PRINTED["releases"], "1.82.0"],
        "synapse": {"a": ["1.80.0", "1.81.0"]},
    }
    assert next(reversed(list(blocks([entry("a")], printed)))).startswith("1.80 to 1.81: Why.")


def test_texts_that_begin_alike_have_anchors_of_their_own() -> None:
    again = [entry("all"), Entry("ALL!", "", "", "streams/writing.md", "guide")]
    assert [block.partition(" {#")[2] for block in blocks(again, PRINTED)][::2] == [
        "all}",
        "all-2}",
    ]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_page_has_a_heading_for_each_text(subject: str) -> None:
    page, texts = errors(subject), [one.text for one in read_entries(subject)]
    assert page.count("\n### `") == len(texts) == len(set(addresses(subject).values()))
    assert "Found on " in page.rpartition("\n\n")[2]


def test_the_overview_counts_the_texts_of_each_subject() -> None:
    for subject in SUBJECTS:
        link = f"| [{titles()[f'errors/{subject}.md']}]({subject}.md) | "
        assert f"{link}{len(read_entries(subject))} |" in overview()
