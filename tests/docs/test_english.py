"""The checker of English names a wrong word and a long sentence, and lets good ones pass."""

import pytest

from tests.docs.claims.passages import passages
from tests.docs.english import LONGEST, average, problems, prose, sentences
from tests.docs.guide import DOCS

pytestmark = pytest.mark.slow  # the dictionary takes a second


def wrong(text: str) -> list[str]:
    return list(problems(passages(DOCS / "page.md", text)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("This is recieved. [=opinion]", "recieved is in no dictionary"),
        ("Nobody but for you. [=opinion]", 'write "except for"'),
        ("word " * (LONGEST + 1) + "[=opinion]", f"a sentence of {LONGEST + 1} words"),
        ("- An item.\n- A wrod.", "docs/page.md:2: wrod"),
    ],
)
def test_a_wrong_word_and_a_long_sentence_are_named_with_page_and_line(
    text: str, said: str
) -> None:
    (line,) = wrong(text)
    assert said in line


@pytest.mark.parametrize(
    "text",
    [
        "Synapse's homeserver isn't `recieved`. [=a-b]",
        "See [the page](recieved.md), or https://example.com/recieved.",
        "word " * (LONGEST - 1) + "end: " + "word " * LONGEST,
        "| " + "word " * LONGEST + "| " + "word " * LONGEST + "|",
    ],
)
def test_code_links_names_and_sentences_that_a_colon_or_a_cell_ends_are_right(text: str) -> None:
    assert wrong(text) == []


def test_a_sentence_ends_at_a_full_stop_before_a_capital_or_code() -> None:
    (passage,) = passages(DOCS / "page.md", "Since 1.90 it waits. `a` is **one.** Then two. [=a-b]")
    assert sentences(prose(passage)) == ["Since 1.90 it waits.", "`code` is **one.", "Then two."]
    assert average([passage]) == pytest.approx(9 / 3)
