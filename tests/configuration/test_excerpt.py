"""The line of a finding: what it shows, and where its mark is."""

import pytest

from snippets.configuration.check import Problem, check_files
from snippets.configuration.excerpt import excerpt
from snippets.shared.document import Document


def shown(text: str) -> list[str]:
    """The line and the mark of the last finding."""
    document = Document(text)
    problem = check_files({"": document}).problems[-1]
    return [line.partition("| ")[2] for line in excerpt(document, problem)]


TIMEOUT = "client_timeout: 0"


@pytest.mark.parametrize(
    ("text", "line", "at"),
    [
        ("a: x", "a: …", "a"),
        ("a:", "a:", "a"),
        ("a: # x", "a:", "a"),
        ("'a:b': x", "'a:b': …", "'a"),
        ("? a\n: x", "? a", "a"),
        ("a: &x !!str x", "a: …", "a"),
        ('redis: {"b":1\n}', 'redis: {"b": …', '"b"'),
        ("redis: {password: x, b: [x, y]}", "redis: {password: …, b: …", "b"),
        (f"federation: {{{TIMEOUT}, b: [x]}} # x", "federation: {client_timeout: …, b: …", "b"),
        (f"x-a: {{b: x, c: ''}}\nfederation: {{{TIMEOUT}}} # x", f"federation: {{{TIMEOUT}}}", "0"),
        (f'federation: {{x-c: "x\n  x x", {TIMEOUT}}}', f"…, {TIMEOUT}}}", "0"),
        (f"federation: {{b: 7, {TIMEOUT}}}", f"federation: {{b: …, {TIMEOUT}}}", "0"),
        ("server_name: x\n\ufeffa: x", "a: …", "a"),
        ("federation: {client_timeout: 'x\ty'}", "federation: {client_timeout: 'x y'}", "'x"),
    ],
)
def test_names_are_shown_and_of_the_values_only_the_one_that_is_wrong(
    text: str, line: str, at: str
) -> None:
    code, mark = shown(text)
    assert (code, mark.index("^")) == (line, line.rindex(at))


def test_of_a_long_line_the_part_around_the_mark_is_shown() -> None:
    names = ", ".join(f"x{number}: {number}" for number in range(100))
    code, mark = shown(f"federation: {{{names}, client_timeout: 0}}")
    assert code.endswith(", client_timeout: 0}")
    assert code[mark.index("^")] == "0"
    code, mark = shown(f"{'a' * 200}: 1")
    assert (len(code), mark) == (100, "^")


def test_a_value_that_must_not_be_shown_is_not_shown_at_its_own_place_either() -> None:
    document = Document("a: [hidden, hidden] # hidden")
    problem = Problem("a.0", 1, 5, "refused-value", "is wrong", "it stops", "write", by_name=True)
    assert excerpt(document, problem) == ["   1 | a: […, …]", "     |     ^"]
