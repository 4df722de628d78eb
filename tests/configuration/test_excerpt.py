"""The line of a finding: what it shows, and where its mark is."""

import pytest

from snippets.configuration.check import Problem, check_files
from snippets.configuration.excerpt import excerpt, is_secret
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
        ("redis: {password: x, b: [x, y]}", "redis: {password: …, b: …", "b"),
        (f"federation: {{{TIMEOUT}, b: [x]}} # x", "federation: {client_timeout: …, b: …", "b"),
        (f"x-a: {{b: x, c: ''}}\nfederation: {{{TIMEOUT}}} # x", f"federation: {{{TIMEOUT}}}", "0"),
        (f'federation: {{x-c: "x\n  x x", {TIMEOUT}}}', f"…, {TIMEOUT}}}", "0"),
        (f"federation: {{b: 7, {TIMEOUT}}}", f"federation: {{b: …, {TIMEOUT}}}", "0"),
        ("server_name: x\n\ufeffa: x", "a: …", "a"),
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


@pytest.mark.parametrize(
    "option",
    [
        "email.smtp_pass", "turn_shared_secret", "macaroon_secret_key", "redis.password",
        "password_config.pepper", "sentry.dsn", "database.args.password", "signing_key",
        "oidc_providers.0.client_secret", "oidc_providers.0.client_secret_jwt_key.key",
        "experimental_features.msc3861.admin_token", "recaptcha_private_key",
    ],
)  # fmt: skip
def test_a_wrong_value_is_not_shown_if_it_is_a_secret(option: str) -> None:
    document = Document("a: {b: hidden, c: hidden} # hidden")
    problem = Problem(option, 1, 8, "refused-value", "is wrong", "it does not start", "write text")
    assert excerpt(document, problem) == ["   1 | a: {b: …, c: …}", "     |        ^"]


@pytest.mark.parametrize(
    "option",
    ["turn_shared_secret_path", "refresh_token_lifetime", "password_config.enabled", "server_name"],
)
def test_what_only_resembles_a_secret_is_none(option: str) -> None:
    assert not is_secret(option)
