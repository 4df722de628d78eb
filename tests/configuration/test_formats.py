"""The formats of the checker's result: what each says, and what none of them shows."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from snippets.configuration.__main__ import FORMATS, main
from snippets.configuration.codes import CODES
from snippets.configuration.formats import RESULTS
from snippets.shared.release import NEWEST
from tests.docs.guide import ROOT

SARIF = json.loads(Path(__file__).with_name("sarif.json").read_text("utf-8"))
TEXT = """\
turn-shared-secret: x
track_appservice_user_ips: 50%, or so
federation: {client_timeout: 1h30m}
our_option: 1 # synapse-guide: ignore[unknown-option] because our module reads it
server_name: x # synapse-guide: ignore[too-long] because it was
"""
each_format = pytest.mark.parametrize("form", FORMATS)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["check", *arguments])
    return status, capsys.readouterr().out


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "homeserver.yaml"
    path.write_text(TEXT, "utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files whose names and values try everything that a format has to escape."""
    path = tmp_path / "conf, a:b%\x1b[31m.d"
    path.mkdir()
    name = '"k\\e]0;x\\a\\n::error::x\\r\\u202e"'
    (path / "a\n::error::.yaml").write_text(f"{name}: 1\ntrack_appservice_user_ips: '\u202e%0A'\n")
    (path / "b\x1b[0m.yml").write_text("")
    return path


def test_the_formats_of_the_command_are_those_that_exist() -> None:
    assert list(RESULTS) == FORMATS


# -- Text --


@pytest.mark.proves("comment-silences-one-finding")
def test_the_summary_counts_findings_by_severity_and_what_is_silenced(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = f"1 error, 2 warnings, 1 note in 5 options for Synapse {NEWEST}, 1 silenced"
    assert f"{file}: {summary}" in run(capsys, str(file))[1].splitlines()
    file.write_text("server_name: x\nreport_stats: false\n")
    line = f"{file}: nothing found in 2 options for Synapse {NEWEST}"
    assert line in run(capsys, str(file))[1].splitlines()


def test_of_many_files_the_summary_has_the_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(4):
        (tmp_path / f"{number}.yaml").write_text("server_name: x")
    assert "\n4 files: nothing found in 1 option for" in run(capsys, str(tmp_path))[1]


@pytest.mark.proves("status-of-findings")
def test_the_status_is_1_for_errors_and_warnings_but_not_for_notes(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for text, status in (
        ("federation:", 1),
        ("a: 1", 1),
        ("server_name: x # synapse-guide: ignore[too-long] because x", 0),
        ("a: 1 # synapse-guide: ignore[unknown-option] because x", 0),
    ):
        file.write_text(text)
        assert run(capsys, str(file))[0] == status
        assert run(capsys, str(file), "--exit-zero")[0] == 0
    file.write_text("[")
    for unreadable in (file, file.with_name("missing.yaml"), file.parent):
        assert run(capsys, str(unreadable))[0] == 2
        assert run(capsys, str(unreadable), "--exit-zero")[0] == 2


# -- JSON --


def test_json_is_the_short_form_of_the_format(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, str(file), "--json") == run(capsys, str(file), "--format", "json")


@pytest.mark.proves("formats-for-programs")
def test_json_has_codes_severities_and_what_is_silenced(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = json.loads(run(capsys, str(file), "--json")[1])
    assert [(problem["code"], problem["severity"]) for problem in result["problems"]] == [
        ("unknown-option", "warning"),
        ("not-true-or-false", "warning"),
        ("not-a-duration", "error"),
        ("unused-ignore", "note"),
    ]
    (silenced,) = result["silenced"]
    assert (silenced["option"], silenced["line"]) == ("our_option", 4)
    assert silenced["reason"] == "our module reads it"


@pytest.mark.parametrize("how", [["--json"], ["--format", "json"], ["--format=json"]])
def test_a_wrong_argument_is_json_where_json_is_asked_for(
    how: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["check", *how, "--no-such-option"])
    assert "--help" in json.loads(capsys.readouterr().out)["error"]


# -- GitHub --


def unescaped(text: str) -> str:
    for code, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def commands(out: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands, read as GitHub's runner reads them."""
    read = []
    for line in out.splitlines():
        if command := re.match("::(.*?)::(.*)", line):
            name, _, given = command[1].partition(" ")
            pairs = (pair.split("=", 1) for pair in given.split(",") if pair)
            properties = {key: unescaped(value) for key, value in pairs}
            read.append((name, properties, unescaped(command[2])))
    return read


@pytest.mark.proves("formats-for-programs")
def test_github_gets_a_command_for_each_finding_with_its_place(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run(capsys, str(file), "--format=github")[1]
    read = commands(out)
    assert [(name, given["title"], given["line"]) for name, given, _ in read] == [
        ("warning", "unknown-option", "1"),
        ("warning", "not-true-or-false", "2"),
        ("error", "not-a-duration", "3"),
        ("notice", "unused-ignore", "5"),
    ]
    assert read[1][1] == {
        "file": str(file), "line": "2", "col": "28", "title": "not-true-or-false"
    }  # fmt: skip
    assert read[1][2] == (
        "track_appservice_user_ips `50%, or so` is text, not true or false. "
        "Synapse reads it as true. Write true or false, without quotes; false is the default."
    )
    assert out.endswith(
        f"\n1 error, 2 warnings, 1 note in 5 options for Synapse {NEWEST}, 1 silenced\n"
    )


def test_no_text_of_a_file_is_a_command_of_its_own_for_github(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run(capsys, str(folder), "--format=github")[1]
    first, second, third = commands(out)
    assert len(out.splitlines()) == 4
    assert first[1]["file"].endswith(r"conf, a:b%\x1b[31m.d/a\n::error::.yaml")
    assert first[2].startswith(r"k\x1b]0;x\x07\n::error::x\r\u202e is not an option")
    assert r"`'\u202e%0A'` is text" in second[2]
    assert (third[0], third[2]) == ("notice", "Synapse ignores it: its name does not end in .yaml")


def test_a_file_that_cannot_be_read_is_an_error_for_github(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text("a: [1\n")
    status, out = run(capsys, str(file), "--format=github")
    ((name, given, message),) = commands(out)
    assert (status, name) == (2, "error")
    assert given == {"file": str(file), "line": "1", "col": "6"}
    assert message.startswith("while parsing a flow sequence, expected ',' or ']'")


@pytest.mark.parametrize(("text", "command"), [("a: 1", "::warning line=1"), ("", "::error line")])
def test_standard_input_has_no_file_name_for_github(text: str, command: str) -> None:
    line = [sys.executable, "-m", "snippets.configuration", "check", "-", "--format=github"]
    done = subprocess.run(line, input=text, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout.startswith(command)


# -- SARIF --


def sarif(out: str) -> dict[str, Any]:
    """The run of a log that has the form which the specification demands."""
    log = json.loads(out)
    jsonschema.validate(log, SARIF)
    (only,) = log["runs"]
    return dict(only)


@pytest.mark.proves("formats-for-programs")
def test_sarif_has_a_rule_for_each_code_and_a_result_for_each_finding(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = sarif(run(capsys, str(file), "--format=sarif")[1])
    assert [rule["id"] for rule in log["tool"]["driver"]["rules"]] == list(CODES)
    assert [(result["ruleId"], result["level"]) for result in log["results"]] == [
        ("unknown-option", "warning"),
        ("not-true-or-false", "warning"),
        ("not-a-duration", "error"),
        ("unused-ignore", "note"),
        ("unknown-option", "warning"),
    ]
    assert [result.get("suppressions") for result in log["results"]] == [
        None, None, None, None, [{"kind": "inSource", "justification": "our module reads it"}]
    ]  # fmt: skip
    (location,) = log["results"][1]["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": f"file://{file}"},
        "region": {"startLine": 2, "startColumn": 28},
    }
    assert log["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_sarif_says_which_file_is_ignored_or_cannot_be_read(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    log = sarif(run(capsys, folder.name, "--format=sarif")[1])
    (notification,) = log["invocations"][0]["toolExecutionNotifications"]
    uri = notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "conf%2C%20a%3Ab%25%1B%5B31m.d/b%1B%5B0m.yml"
    (tmp_path / "bad.yaml").write_text("a: [1")
    status, out = run(capsys, "bad.yaml", "--format=sarif")
    invocation = sarif(out)["invocations"][0]
    assert (status, invocation["executionSuccessful"]) == (2, False)
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["level"] == "error"
    assert notification["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 1, "startColumn": 6
    }  # fmt: skip


def test_our_schema_refuses_what_sarif_does_not_have(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = json.loads(run(capsys, str(file), "--format=sarif")[1])
    log["runs"][0]["results"][0]["level"] = "notice"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, SARIF)


# -- All --

SECRET = "geheim"
PLACES = [
    f"turn-shared-secret: {SECRET}",
    f"email: {{smtp_pass: {SECRET}, smtp_hosts: x}}",
    f"email: {{smtp_hosts: x, smtp_pass: {SECRET}}}",
    f"email: {{smtp_hosts: x}} # {SECRET}",
    f"macaroon_secret_key: '{SECRET}'\nmacaroon_secret_key: \"{SECRET}\" # {SECRET}",
    f"x: {{a: {SECRET}, b: [{SECRET}, '{SECRET}']}}",
    f"federation: {{client_timeout: 10:00, x: {SECRET}, y: [{SECRET}]}} # {SECRET}",
    f"federation: {{x: {SECRET}, client_timeout: }} # {SECRET}",
    f"federation: # {SECRET}",
    f"turn-shared-secret: # {SECRET}\n  {SECRET}",
    f"turn-shared-secret: | # {SECRET}\n  {SECRET}",
    f"turn-shared-secret: >-\n  {SECRET}",
    f'turn-shared-secret: "x\n  {SECRET}"',
    f'redis: {{"password": "x\n  {SECRET}", pasword: x}}',
    f"a: &a {SECRET}\nturn-uri: *a",
    f"\ufeffredis: {{password: {SECRET}, pasword: x}}",
    f"server_name: x\n\ufeffredis: {{password: {SECRET}, pasword: {SECRET}}}",
    f"turn_shared_secret: {SECRET} # synapse-guide: ignore[x] because y",
    f"redis: {{password: {SECRET}}} # synapse-guide: ignore[too-long] because y",
    f"a: {SECRET} # synapse-guide: ignore[unknown-option] because y",
    f"turn_shared_secret: *{SECRET}",
    f"turn_shared_secret: !{SECRET}",
    f"turn_shared_secret: @{SECRET}",
    f"turn_shared_secret: %{SECRET}",
    f"turn_shared_secret: '{SECRET}' {SECRET}",
    f"turn_shared_secret: {SECRET}: {SECRET}",
    f"turn_shared_secret: !!int {SECRET}",
    f"turn_shared_secret: !!binary {SECRET}é",
    f"turn_shared_secret: {SECRET}\x01",
    f'turn_shared_secret: "\\{SECRET}"',
    f"turn_shared_secret: {{[{SECRET}]: x}}",
    f"- {SECRET}",
    SECRET,
]


@pytest.mark.proves("secret-is-not-printed", "no-format-shows-other-values")
@each_format
@pytest.mark.parametrize("text", PLACES)
def test_no_format_shows_a_value_that_the_finding_is_not_about(
    form: str, text: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text, "utf-8")
    main(["check", str(file), f"--format={form}"])
    captured = capsys.readouterr()
    assert captured.out + captured.err
    assert SECRET not in captured.out + captured.err


# By option, the rest of the file.
SECRETS = [
    "form_secret: {}", "macaroon_secret_key: {}", "registration_shared_secret: {}",
    "recaptcha_private_key: {}", "turn_shared_secret: {}", "turn_password: {}", "signing_key: {}",
    "worker_replication_secret: {}", "email: {{smtp_pass: {}}}", "redis: {{password: {}}}",
    "password_config: {{pepper: {}}}", "sentry: {{dsn: {}}}", "jwt_config: {{secret: {}}}",
    "manhole_settings: {{password: {}}}", "database: {{name: psycopg2, args: {{password: {}}}}}",
    "matrix_authentication_service: {{secret: {}}}",
    "oidc_providers: [{{client_secret: {}}}]",
    "oidc_providers: [{{client_secret_jwt_key: {{key: {}}}}}]",
    "experimental_features: {{msc3861: {{enabled: true, client_secret: {0}, admin_token: {0}}}}}",
    "old_signing_keys: {{'ed25519:a': {{key: {}}}}}",
]  # fmt: skip


@pytest.mark.proves("secret-is-not-printed", "no-format-shows-other-values")
@each_format
@pytest.mark.parametrize("option", SECRETS)
def test_no_format_shows_a_secret_whose_value_is_wrong(
    form: str, option: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in (
        "918273",
        "9:18273",
        "918273.5",
        "'918273'",
        "[918273]",
        "{x: 918273}",
        "0x918273",
    ):
        file.write_text(option.format(value))
        assert "18273" not in run(capsys, str(file), f"--format={form}")[1]


@each_format
def test_a_secret_that_a_later_file_replaces_is_not_shown(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text(f"redis: {{password: {SECRET}}}\nmodules: [{SECRET}]")
    (tmp_path / "b.yaml").write_text(f"redis: {{host: {SECRET}}}\nmodules: []")
    status, out = run(capsys, str(tmp_path), f"--format={form}")
    assert status == 1
    assert SECRET not in out


@each_format
def test_no_format_has_control_characters(
    form: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out = run(capsys, str(folder), f"--format={form}")
    assert status == 1
    assert all(character.isprintable() for character in out.replace("\n", ""))
    main(["check", str(folder / "none\x1b[0m"), f"--format={form}"])
    captured = capsys.readouterr()
    refusal = captured.out + captured.err
    assert "cannot be opened" in refusal
    assert all(character.isprintable() for character in refusal.replace("\n", ""))


@pytest.mark.proves("colours-for-a-terminal")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("terminal", "variables", "coloured"),
    [
        (False, {}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (True, {}, True),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": "", "FORCE_COLOR": ""}, True),
    ],
)
def test_text_has_colours_in_a_terminal_or_if_they_are_asked_for(
    terminal: bool, variables: dict[str, str], coloured: bool, file: Path
) -> None:
    line = [sys.executable, "-m", "snippets.configuration", "check", str(file)]
    environment = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "NO_COLOR")}
    read, write = pty.openpty() if terminal else os.pipe()
    with open(read, "rb", buffering=0) as output:
        subprocess.run(line, stdout=write, cwd=ROOT, env=environment | variables, check=False)
        shown = output.read(65536).decode()
        os.close(write)
    assert shown.startswith("\x1b[33m") is coloured
    assert ("\x1b[31m" in shown) is coloured
    assert f"1 error, 2 warnings, 1 note in 5 options for Synapse {NEWEST}" in shown
