"""Which texts Python source can print."""

import pytest

from tests.errors.texts import found, printed, texts


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("log('a %s of %(kind)r, %.1f')", "a … of …, …"),
        ("f'a {b!r} of {c:>3}'", "a … of …"),
        ("'a {} of {kind!r}'.format(b)", "a … of …"),
        ("x = ('one '\n'text')", "one text"),
        ("'one ' + b + ' text'", "one … text"),
        ("log('''two\n    lines''')", "two lines"),
        ("x = {'a: 1%'}", "a: 1%"),
    ],
)
def test_a_value_that_is_filled_in_is_three_dots(source: str, text: str) -> None:
    assert text in texts(source)


def test_documentation_and_comments_are_not_printed() -> None:
    assert texts('"""A text."""\ndef f():\n    """Another."""  # a third\n') == set()


def test_a_text_may_be_a_part_between_words_of_what_is_printed() -> None:
    source = "raise ValueError('Cannot use %s: too new')"
    assert found(["Cannot use …", "too new", "not use", "an use …", "new or old"], source) == {
        "Cannot use …",
        "too new",
    }


def test_in_a_printed_line_something_stands_for_the_dots() -> None:
    lines = ["it starts", 'no file "a.pem", it stops']
    assert printed('no file "…", it', lines) == lines[1]
    assert printed('no file "…".', lines) is None
