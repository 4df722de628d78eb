"""What is refused for what it says, compared with real Synapses; and files of other programs."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from snippets.configuration.__main__ import main
from snippets.configuration.check import check
from snippets.configuration.codes import Severity
from tests.configuration.treatments import asked
from tests.real.releases import COMPARED

SENDER, LEVELS = "email.notif_from", "default_power_level_content_override"
# An option, a value, and whether Synapse refuses it.
CASES: list[tuple[str, Any, bool]] = [
    *((SENDER, text, True) for text in ("", "<>", "me@", "Our server <>", "Our server <me@>", " ")),
    *(
        (SENDER, text, False)
        for text in ("me", "me@one.example", "@one.example", "%(app)s <me@one.example>", "100%")
    ),
    *((LEVELS, {name: {"ban": 50}}, True) for name in ("events", "ban", "chat", "")),
    *((LEVELS, {name: {"ban": 50}}, False) for name in ("private_chat", "public_chat")),
    (LEVELS, {"trusted_private_chat": {"no_such_level": 1}}, False),
    (LEVELS, {"private_chat": {}, "users": {}}, True),
]


def file(option: str, value: Any) -> str:
    section, _, name = option.partition(".")
    return yaml.safe_dump({section: {name: value} if name else value})


@pytest.mark.parametrize(("option", "value", "refused"), CASES)
def test_an_error_is_found_where_a_text_or_a_name_is_refused(
    option: str, value: Any, refused: bool
) -> None:
    found = [one for one in check(file(option, value)) if one.severity is Severity.ERROR]
    assert [one.code for one in found] == ["refused-value"] * refused


@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_each_release_refuses_the_same_texts_and_names(release: str) -> None:
    pairs: list[tuple[str, Any, Any]] = [
        (option, value, {option.partition(".")[0]: {}}) for option, value, _ in CASES
    ]
    outcomes = [outcome for _, outcome in asked(release, pairs)]
    assert [bool(one.error) for one in outcomes] == [refused for _, _, refused in CASES]


DENDRITE = """\
version: 2
global:
  server_name: one.example
  private_key: matrix_key.pem
client_api:
  registration_disabled: true
"""


def test_a_configuration_of_dendrite_is_named_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dendrite.yaml"
    path.write_text(DENDRITE)
    assert main(["check", str(path)]) == 2
    printed = capsys.readouterr()
    assert "dendrite.yaml" in printed.err
    assert "is a configuration of Dendrite, not of Synapse" in printed.err


@pytest.mark.parametrize(
    "text", ["global: {}\n", "client_api: {}\n", f"server_name: a\n{DENDRITE}"]
)
def test_a_file_with_a_part_of_it_is_checked(text: str, tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(text)
    assert main(["check", str(path)]) == 1
