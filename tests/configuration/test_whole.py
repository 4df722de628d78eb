"""What is missing from a whole configuration is said, and nothing of a part of one."""

import subprocess
from pathlib import Path

import pytest

from snippets.configuration.check import check
from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED

WHOLE = {
    "server_name": "example.com",
    "report_stats": "false",
    "macaroon_secret_key": "unused",
    "log_config": "log.yaml",
    "database": "{name: sqlite3, args: {database: ':memory:'}}",
}


def without(option: str) -> str:
    return "".join(f"{name}: {value}\n" for name, value in WHOLE.items() if name != option)


def codes(text: str) -> list[tuple[str, str]]:
    return [(problem.option, problem.code) for problem in check(text)]


@pytest.mark.proves("missing-options-are-reported")
@pytest.mark.parametrize("option", ["server_name", "report_stats"])
def test_a_required_option_that_is_missing_is_an_error(option: str) -> None:
    assert codes(without(option)) == [(option, "missing-option")]


def test_a_missing_secret_is_a_note() -> None:
    assert codes(without("macaroon_secret_key")) == [("macaroon_secret_key", "derived-secret")]
    assert codes(without("macaroon_secret_key") + "registration_shared_secret: x") == []


def test_nothing_is_missing_from_a_whole_file_or_from_a_part() -> None:
    assert codes(without("")) == []
    assert codes("listeners: []") == []


OPEN = {
    "enable_registration: true": True,
    "enable_registration: false": False,
    "enable_registration: true\nregistration_requires_token: true": False,
    "enable_registration: true\nenable_registration_without_verification: true": False,
}


@pytest.mark.parametrize("text", OPEN)
def test_registration_without_a_check_of_new_users_is_an_error(text: str) -> None:
    found = ("enable_registration", "missing-option")
    assert codes(without("") + text) == [found] * OPEN[text]
    worker = "\nworker_app: synapse.app.generic_worker\nworker_name: one"
    assert found not in codes(without("") + text + worker)
    assert codes(without("") + text + "\ndisable_registration: true") == []


@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_synapse_does_not_start_with_open_registration(release: str, tmp_path: Path) -> None:
    text = without("log_config") + "enable_registration: true\nsigning_key_path: key\n"
    (tmp_path / "key").write_text(f"ed25519 key {'A' * 43}\n")
    (tmp_path / "homeserver.yaml").write_text(text)
    python: Path = synapse_python(release)
    command = [str(python), "-m", "synapse.app.homeserver", "-c", "homeserver.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "open registration" in done.stdout + done.stderr


@pytest.mark.proves("missing-options-are-reported")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
@pytest.mark.parametrize(
    ("option", "says"), [("server_name", "server_name"), ("report_stats", "report_stats")]
)
def test_synapse_does_not_start_without_a_required_option(
    option: str, says: str, release: str, tmp_path: Path
) -> None:
    (tmp_path / "homeserver.yaml").write_text(without(option))
    python: Path = synapse_python(release)
    command = [str(python), "-m", "synapse.app.homeserver", "-c", "homeserver.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert says in done.stdout + done.stderr
