"""The page *Claims* lists each claim in plain words, with a link to its place."""

import pytest

from snippets.shared.claims import claims_by_page, claims_figures, every_claim

COUNTS = {"run": 2, "recorded": 1, "no claim": 3}


def published(*passages: str) -> dict[str, object]:
    claims = {
        f"label-{number}": {"page": "streams/index.md", "says": says, "kind": "run"}
        for number, says in enumerate(passages)
    }
    return {"pages": {"streams/index.md": COUNTS}, "claims": claims}


@pytest.mark.parametrize(
    ("passage", "words"),
    [
        ("- **The rule:** `a_*` is *one*.", r"The rule: a\_\* is one."),
        ("**`null` or `{}`** with [a link](other.md#x).", "null or {} with a link."),
        ("| `<name>` | 1 of [2] |", r"\<name\> · 1 of \[2\]"),
        ("2. Second.", "Second."),
    ],
)
def test_a_claim_is_listed_in_plain_words(passage: str, words: str) -> None:
    fold = every_claim(published(passage))
    assert fold.splitlines() == [
        "/// contributors | streams/index: 1",
        "",
        f"- run: [{words}](streams/index.md#label-0)",
        "",
        "///",
    ]


def test_the_figures_and_the_table_count_passages_by_kind() -> None:
    first, share, read = claims_figures(published()).splitlines()
    assert first.startswith("- **3** passages")
    assert share.startswith("- **100 %** ")
    assert read.startswith("- **0** ")
    row = claims_by_page(published()).splitlines()[-1]
    assert row == "| [streams/index](streams/index.md) | 2 | 1 |  | 3 |"
