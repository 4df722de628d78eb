"""No file stops the checker: no traceback, no endless work, and every place it names is there."""

import json
import random
import secrets
import string
from typing import Any

import pytest
import yaml

from snippets.configuration import OPTIONS
from snippets.configuration.check import check_files
from snippets.configuration.codes import Severity
from snippets.configuration.files import Files
from snippets.configuration.formats import as_github
from snippets.configuration.options import Kind
from snippets.configuration.report import as_text
from snippets.configuration.tables import BAD, written
from snippets.shared.command_line import shown_lines
from snippets.shared.document import Document, NoOptions, Unreadable
from snippets.shared.release import NEWEST
from tests.configuration.configurations import EXAMPLE, GOOD, SECTIONS

RUNS, FILES = 10, 10_000  # together the number of files of one test run

SEEDS = [
    EXAMPLE,
    *SECTIONS,
    *(written(option, value) for option in OPTIONS for value in BAD[option.kind]),
    "x: &x {client_timeout: 1s, <<: &y {max_long_retries: 2}}\nfederation:\n  <<: [*x, *y]\n",
    "a: !!binary aGk=\nb: 2026-11-23 10:00:00Z\nc: |\n  text\n  more\nd: >-\n  x\n? e\n: f\n",
    "app_service_config_files:\n  - /a.yaml # first\n  - '/b.yaml'\n",
]
PIECES = [
    *"\n\t :,-[]{}&*!|>'\"%@`#?=~<0\ufeff\u2028\x85\x00é🙂",
    "\r\n", "\n  ", ": ", "- ", "<<: ", "*x", "&x ", "!!int ", "!!str ", "!!set ", "!!omap ",
    "!!timestamp ", "!!float ", "!!python/none ", "---\n", "...\n", "? ", "null", "yes",
    "0x", "0b_", "1:60", ".inf", "2026-02-30", "federation:", "  client_timeout: ", "9" * 40,
    "[" * 40, "{a: " * 30, " # ", " # synapse-guide: ignore[unknown-option] because x\n",
]  # fmt: skip
VALUES = sorted({value for values in (*BAD.values(), *GOOD.values()) for value in values})


def generated(rng: random.Random) -> str:
    """A file of options with values that belong to any of them."""
    lines = ["federation:"]
    for option in rng.choices(OPTIONS, k=rng.randint(1, 5)):
        indent = "  " if rng.random() < 0.8 else ""
        lines.append(f"{indent}{option.name}: {rng.choice(VALUES)}")
    if rng.random() < 0.3:
        rng.shuffle(lines)
    return "\n".join(lines)


def harmless(rng: random.Random) -> str:
    """A file with nothing wrong: options that mean what they say, and keys of the file's own."""
    options = [option for option in OPTIONS if option.kind in (Kind.BOOLEAN, Kind.COUNT)]
    option = rng.choice(options)
    own = "".join(
        f"x-{n}: {{{rng.choice(OPTIONS).name}: {rng.choice(VALUES)}}}\n" for n in range(3)
    )
    return own + written(option, rng.choice(GOOD[option.kind]))


def mutated(rng: random.Random) -> str:
    """A file with a few places cut out, repeated, or filled with pieces of YAML."""
    text = rng.choice(SEEDS) if rng.random() < 0.7 else generated(rng)
    for _ in range(rng.randint(1, 4)):
        start = rng.randint(0, len(text))
        end = min(len(text), start + rng.choice([0, 0, 1, 2, 10]))
        piece = rng.choice(["", text[start : start + 30], rng.choice(PIECES), rng.choice(PIECES)])
        if rng.random() < 0.1:
            piece = "".join(rng.choices(string.printable, k=5))
        text = text[:start] + piece + text[end:]
    return text


def look(text: str, release: str) -> int:
    """Checks one file; the number of problems, or -1 for an unreadable one."""
    read = failed = None
    try:
        read = yaml.safe_load(text)
    except Exception as raised:
        failed = raised
    try:
        document = Document(text)
    except Unreadable as error:
        refusal = error
    else:
        return _looked_through(document, text, read, release)
    if isinstance(refusal, NoOptions):  # PyYAML reads it, as something else than a mapping
        assert not failed
        assert not isinstance(read, dict)
    else:
        assert failed or "without bounds" in str(refusal)
    _is_there(text, refusal.line, refusal.column)
    return -1


def _looked_through(document: Document, text: str, read: Any, release: str) -> int:
    assert repr(document.values) == repr(read)
    checked = check_files({"": document}, release=release)
    problems = checked.problems
    for write in (as_text, as_github):
        assert shown_lines(out := write(release, Files({"": document}), checked)) == out
    for problem in problems:
        _is_there(text, problem.line, problem.column)
        json.dumps(vars(problem))
        refuses = "does not start" in problem.effective
        assert refuses is (problem.severity is Severity.ERROR)
    assert len(set(checked.unknown)) <= checked.options * 100
    refused = any("not start" in problem.effective for problem in problems)
    assert refused or checked.effective is not None
    return len(problems)


def _is_there(text: str, line: int, column: int) -> None:
    lines = text.replace("\r\n", "\n")
    for character in "\r\x85\u2028\u2029":
        lines = lines.replace(character, "\n")
    assert 1 <= line <= lines.count("\n") + 1
    assert 1 <= column <= len(lines.split("\n")[line - 1]) + 1


@pytest.mark.proves("100000-files-are-checked", "checker-is-fuzzed")
@pytest.mark.slow
@pytest.mark.no_cover  # the other tests reach all of it, and measuring takes three times as long
@pytest.mark.parametrize("run", range(RUNS))
def test_no_file_stops_the_checker_and_every_reported_place_exists(run: int) -> None:
    seed = secrets.randbits(32)
    rng = random.Random(seed)
    counts = {"unreadable": 0, "clean": 0, "problems": 0}
    for number in range(FILES):
        make = rng.choices([mutated, generated, harmless], weights=[80, 15, 5])[0]
        text = make(rng)
        try:
            problems = look(text, rng.choice(["1.86", "1.89", "1.90", NEWEST]))
        except Exception as error:
            raise AssertionError(f"seed {seed}, file {number}: {text!r}") from error
        counts["unreadable" if problems < 0 else "problems" if problems else "clean"] += 1
    assert min(counts.values()) > FILES / 50, counts


def test_of_two_byte_order_marks_only_the_first_is_none_of_the_text() -> None:
    assert look("\ufeff\ufeff%", NEWEST) == look("\ufeff%", NEWEST) == -1
    with pytest.raises(NoOptions):
        Document("\ufeff\ufeff%")
    with pytest.raises(Unreadable, match="directive"):
        Document("\ufeff%")
