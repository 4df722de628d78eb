"""A comment silences one finding, with a reason; a comment that cannot is a finding itself."""

import pytest

from snippets.configuration.check import Checked, Problem, check, check_files
from snippets.configuration.codes import CODES
from snippets.shared.document import Document

WRONG = "federation: {client_timeout: 10:00}"
COMMENT = "# synapse-guide: ignore[misread-number] because it is meant"


def checked(text: str) -> Checked:
    return check_files({"": Document(text)})


def one(text: str) -> Problem:
    (problem,) = check(text)
    return problem


@pytest.mark.proves("comment-silences-one-finding")
@pytest.mark.parametrize(
    "text",
    [
        f"{WRONG} {COMMENT}",
        f"{COMMENT}\n{WRONG}",
        f"{COMMENT}\n# another comment\n{WRONG}",
        f"federation:\n    {COMMENT}\n    client_timeout: 10:00",
        f"{WRONG} # Synapse-Guide : Ignore [misread-number]: it is meant",
        f"{WRONG} # synapse-guide: ignore[below-zero, misread-number] it is meant".replace(
            "client", "max_long_retries: -1, client"
        ),
    ],
)
def test_a_comment_with_a_reason_silences_the_finding_of_its_line_or_the_next(text: str) -> None:
    outcome = checked(text)
    assert outcome.problems == []
    assert {reason for _, reason in outcome.silenced} == {"it is meant"}
    assert outcome.silenced[-1][0].code == "misread-number"


@pytest.mark.proves("comment-silences-one-finding")
@pytest.mark.parametrize(
    "text",
    [
        f"a: 1 {COMMENT}\n{WRONG}",  # behind something else it is for its own line
        f"{COMMENT}\n\n{WRONG}",
        f"{WRONG}\n{COMMENT}",
        f"{COMMENT.replace('misread-number', 'below-zero')}\n{WRONG}",
    ],
)
def test_other_lines_and_other_codes_are_not_silenced(text: str) -> None:
    outcome = checked(text)
    assert {"misread-number", "unused-ignore"} <= {problem.code for problem in outcome.problems}
    assert outcome.silenced == []


@pytest.mark.proves("number-sign-in-quotes")
def test_a_comment_within_a_text_silences_nothing() -> None:
    assert [problem.code for problem in check(f"a: '{COMMENT}'\nb: '{COMMENT}'")] == [
        "unknown-option"
    ] * 2


@pytest.mark.proves("bad-comment-is-a-finding")
@pytest.mark.parametrize(
    ("comment", "wrong", "written"),
    [
        ("ignore", "names no code", "# synapse-guide: ignore[CODE] because REASON"),
        ("ignore[]", "names no code", "# synapse-guide: ignore[CODE] because REASON"),
        ("ignore because x", "names no code", "# synapse-guide: ignore[CODE] because REASON"),
        ("ignore[misred] x", "names `misred`, which is no code", "misread-number"),
        ("ignore[too-long]", "gives no reason", "# synapse-guide: ignore[too-long] because REASON"),
        (
            "ignore[too-long] because",
            "gives no reason",
            "# synapse-guide: ignore[too-long] because REASON",
        ),
    ],
)
def test_a_comment_without_a_code_that_exists_or_without_a_reason_is_a_finding(
    comment: str, wrong: str, written: str
) -> None:
    finding, comment_ = check(f"{WRONG} # synapse-guide: {comment}")
    assert finding.code == "misread-number"
    assert (comment_.code, comment_.line, comment_.column) == ("bad-ignore", 1, 37)
    assert (comment_.wrong, comment_.effective) == (wrong, "it silences nothing")
    assert comment_.advice == f"write `{written}`"


def test_a_comment_without_the_colon_is_a_finding() -> None:
    assert one("server_name: x # synapse-guide ignore[bad-ignore] x").wrong == "names no code"
    assert check("server_name: x # the synapse-guide says so") == []


@pytest.mark.proves("unused-comment-is-a-finding")
def test_a_code_that_silences_nothing_is_a_finding() -> None:
    problem = one(f"server_name: x {COMMENT}")
    assert (problem.code, problem.line, problem.column) == ("unused-ignore", 1, 16)
    assert problem.wrong == "silences no `misread-number`"
    assert problem.effective == "line 1 has no such finding"
    both = COMMENT.replace("misread-number", "misread-number, below-zero")
    assert one(f"{WRONG} {both}").wrong == "silences no `below-zero`"


def test_a_comment_is_for_its_own_file_and_is_reported_there() -> None:
    first, second = Document(f"{COMMENT}\nserver_name: x"), Document(f"x-a: 1\n{WRONG}")
    unused, wrong = check_files({"a.yaml": first, "b.yaml": second}).problems
    assert (unused.file, unused.line, unused.code) == ("a.yaml", 1, "unused-ignore")
    assert (wrong.file, wrong.line, wrong.code) == ("b.yaml", 2, "misread-number")


def test_any_finding_can_be_silenced_except_those_of_comments() -> None:
    for code in ("bad-ignore", "unused-ignore"):
        comment = f"# synapse-guide: ignore[{code}] because x"
        assert code in CODES
        assert [problem.code for problem in check(f"{comment}\n{comment}\na: 1")][:1] == [
            "unused-ignore"
        ]
