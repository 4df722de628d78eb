"""The comments of a file are found where YAML reads them as such."""

import pytest

from snippets.shared.comments import comments
from snippets.shared.document import Document

NONE = [
    "a: 'x # no'",
    'a: "x # no\n  # no"',
    "a: x#no",
    "a: http://example.com/#no",
    "a: |\n  # no\n  x # no\n",
    "a: >-\n  # no\n",
    "'a # no': 1",
]


@pytest.mark.proves("number-sign-in-quotes")
@pytest.mark.parametrize("text", NONE)
def test_a_number_sign_in_a_text_or_a_name_begins_no_comment(text: str) -> None:
    assert list(comments(Document(text))) == []


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("# c", None),
        ("# c\na: 1", [(1, 1, True)]),
        ("a: 1 # c", [(1, 6, False)]),
        ("a: 1\n  # c", [(2, 3, True)]),
        ("a: [1, # c\n  2] # c", [(1, 8, False), (2, 6, False)]),
        ("a: | # c\n  x # no\n# c", [(1, 6, False), (3, 1, True)]),
        ("a: >2- # c\n  x\n", [(1, 8, False)]),
        ("a:\n- |\n  x # no\n- | # c", [(4, 5, False)]),
        ("a: 'x' # c\n? b # c\n: c # c", [(1, 8, False), (2, 5, False), (3, 5, False)]),
        ("%YAML 1.1 # c\n--- # c\na: 1\n... # c", [(1, 11, False), (2, 5, False), (4, 5, False)]),
        (
            "\ufeff# c\r\na: 1 # c\r# c\u2028b: 2 # c\x85",
            [(1, 1, True), (2, 6, False), (3, 1, True), (4, 6, False)],
        ),
        ("\ufeff\ufeff%a: 1 # c", [(1, 8, False)]),
        ("a: &b !!str x # c", [(1, 15, False)]),
    ],
)
def test_each_comment_is_found_at_its_place(
    text: str, places: list[tuple[int, int, bool]] | None
) -> None:
    found = list(comments(Document(text if places else f"{text}\na: 1")))
    assert {comment.text for comment in found} == {"# c"}
    if places:
        assert [(comment.line, comment.column, comment.alone) for comment in found] == places
