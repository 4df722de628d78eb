"""Every code is explained, and each example is what the checker and Synapse say it is."""

import json

import pytest
import yaml

from snippets.configuration.__main__ import main
from snippets.configuration.check import check_files
from snippets.configuration.codes import CODES, Severity
from snippets.configuration.explained import FILE, Explanation, explanations, findings
from snippets.configuration.options import OPTIONS
from snippets.configuration.tables import BAD, written
from snippets.shared.document import Document
from tests.configuration.configurations import ours, synapses
from tests.configuration.starting import WORKERS
from tests.configuration.test_known import LOOKUPS
from tests.docs.guide import DOCS
from tests.real import synapse
from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED

ALL = list(explanations().values())
# The others are given to Synapse by `test_registrations.py`.
READ = [one for one in ALL if not one.registrations and one.code.name not in WORKERS]
each = pytest.mark.parametrize("explanation", ALL, ids=lambda one: str(one.code.name))

# The values of these are read by the guide's own code, too.
OURS = {option.section or option.name for option in OPTIONS}
# Codes of names that Synapse does not look up.
NAMES = {"unknown-option", "removed-option", "later-option", "wrong-level"}


def files(explanation: Explanation) -> dict[str, Document]:
    texts = filter(None, (explanation.example, explanation.then))
    return {str(number): Document(text) for number, text in enumerate(texts)}


def codes(documents: dict[str, Document], release: str) -> list[str]:
    return [problem.code for problem in check_files(documents, release=release).problems]


def test_the_explanations_are_those_of_the_codes_in_their_order() -> None:
    assert list(yaml.safe_load(FILE.read_text("utf-8"))) == list(CODES)


@each
def test_the_example_of_a_code_has_this_finding_and_no_other(explanation: Explanation) -> None:
    assert [problem.code for problem in explanation.found()[0]] == [explanation.code.name]


@each
def test_the_corrected_example_has_no_finding(explanation: Explanation) -> None:
    assert explanation.left() == []


def test_every_code_of_a_finding_is_in_the_list() -> None:
    problems = [
        problem
        for option in OPTIONS
        for value in BAD[option.kind]
        for problem in check_files({"": Document(written(option, value))}).problems
    ]
    assert {problem.code for problem in problems} <= CODES.keys()
    assert {problem.severity for problem in problems} == {Severity.ERROR, Severity.WARNING}


@pytest.mark.proves("errors-stop-the-start")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_the_examples_of_errors_are_refused_and_the_others_are_read_as_it_is_said(
    release: str,
) -> None:
    python = synapse_python(release)
    merged = [
        {key: value for file in files(one).values() for key, value in file.values.items()}
        for one in READ
    ]
    answers = synapse.ask(python, LOOKUPS, merged)
    texts = [yaml.safe_dump(config) for config in merged if config.keys() <= OURS]
    assert synapses(python, texts) == [ours(text, release) for text in texts]
    for explanation, answer in zip(READ, answers, strict=True):
        code = explanation.code
        found = check_files(files(explanation), release=release).problems
        refused = any(problem.severity is Severity.ERROR for problem in found)
        assert bool(answer["error"]) is refused, code
        if code.name in NAMES:
            assert not {problem.option for problem in found} & set(answer["looked_up"]), code


@pytest.mark.proves("errors-stop-the-start")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_each_corrected_example_is_read(release: str) -> None:
    corrected = [Document(explanation.instead).values for explanation in READ]
    answers = synapse.ask(synapse_python(release), LOOKUPS, corrected)
    assert [answer["error"] for answer in answers] == [None] * len(READ)


# -- The page, and the command --


def test_the_page_has_a_section_for_every_code() -> None:
    page = (DOCS / "configuration" / "findings.md").read_text("utf-8")
    assert [line[3:] for line in findings().splitlines() if line.startswith("## ")] == list(CODES)
    assert findings() in page


@pytest.mark.proves("explain-prints-the-section")
@each
def test_the_command_explains_a_code_in_the_words_of_the_page(
    explanation: Explanation, capsys: pytest.CaptureFixture[str]
) -> None:
    name = explanation.code.name
    page = (DOCS / "configuration" / "findings.md").read_text("utf-8")  # which has `findings()`
    assert main(["check", "--explain", name]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{name} ({explanation.code.severity}): {explanation.code.summary}\n")
    words = " ".join(out.split())
    for text in (explanation.why, explanation.synapse, explanation.fix, explanation.example):
        assert " ".join(text.split()) in words
        assert text in page
    assert max(map(len, out.splitlines())) <= 100


def test_an_explanation_as_json_has_its_parts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--explain", "too-long", "--json"]) == 0
    explained = json.loads(capsys.readouterr().out)
    assert explained["code"]["name"] == "too-long"
    assert explained["fix"] == "Write a shorter duration."


def test_an_unknown_code_is_one_line_with_the_nearest_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "--explain", "unknwon_opt\x1b"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "check: there is no finding `unknwon_opt\\x1b`; the nearest is `unknown-option`\n"
    )
    assert main(["check", "--explain", "x", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"].startswith("there is no finding `x`; ")


@pytest.mark.parametrize("arguments", [[], ["--explain", "too-long", "a.yaml"]])
def test_the_command_needs_files_or_a_code(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["check", *arguments])
    assert "FILE" in capsys.readouterr().err
