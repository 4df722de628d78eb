"""Configurations of several files: which are read, in which order, and what a later one hides."""

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from snippets.configuration.__main__ import main
from snippets.configuration.check import Checked, check_files
from snippets.configuration.files import MOST_BYTES, CannotRead, Files, read_files
from snippets.shared.release import NEWEST
from tests.docs.guide import ROOT
from tests.real import synapse
from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED

DRIVER = Path(__file__).with_name("synapse_files_driver.py")


def written(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


# As in Debian's package.
DEBIAN = {
    "homeserver.yaml": "pid_file: /run/x.pid\nlisteners: []\nserver_name: old.example.com\n",
    "conf.d/server_name.yaml": "server_name: example.com\n",
    "conf.d/report_stats.yaml": "report_stats: false\n",
    "conf.d/10-first.yaml": "federation: {client_timeout: 10s, max_long_retries: 1}\n",
    "conf.d/9-last.yaml": "federation: {client_timeout: 9s}\n",
    "conf.d/Upper.yaml": "enable_search: true\n",
    "conf.d/empty.yaml": "# nothing\n",
    "conf.d/list.yaml": "- a\n",
    "conf.d/not-read.yml": "federation: {client_timeout: 1s}\n",
    "conf.d/inside/not-read.yaml": "federation: {client_timeout: 2s}\n",
    "more.d/1.yaml": "federation: {client_timeout: 3s}\n",
    "more.d/report_stats.yaml": "report_stats: true\n",
}


@pytest.mark.proves("files-in-the-order-of-synapse")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
@pytest.mark.parametrize(
    "paths",
    [
        ["homeserver.yaml", "conf.d"],
        ["conf.d", "homeserver.yaml"],
        ["homeserver.yaml", "conf.d", "homeserver.yaml"],
        ["conf.d"],
        ["homeserver.yaml", "conf.d", "more.d"],
        ["more.d", "homeserver.yaml", "conf.d", "more.d"],
        ["homeserver.yaml", "conf.d/report_stats.yaml", "homeserver.yaml"],
    ],
)
def test_the_files_are_those_that_synapse_reads_and_their_values_too(
    release: str, paths: list[str], tmp_path: Path
) -> None:
    written(tmp_path, DEBIAN)
    given = [str(tmp_path / path) for path in paths]
    python: Path = synapse_python(release)
    (answer,) = synapse.ask(python, DRIVER, [given])
    files = read_files(given)
    order = [file for file in answer["files"] if Path(file).name not in ("empty.yaml", "list.yaml")]
    last_of_each = list(dict.fromkeys(reversed(order)))[::-1]
    assert list(files.documents) == last_of_each
    ours = {key: value for file in files.documents.values() for key, value in file.values.items()}
    assert ours == answer["config"]


def test_ignored_files_are_named_with_the_reason(tmp_path: Path) -> None:
    written(tmp_path, DEBIAN)
    files = read_files([str(tmp_path / "conf.d")])
    assert {Path(file).name: why for file, why in files.passed_over.items()} == {
        "not-read.yml": "its name does not end in .yaml",
        "inside": "it is a folder inside a folder",
        "empty.yaml": "it has no options",
        "list.yaml": "it has no options",
    }


def checked(folder: Path, *texts: str) -> Checked:
    names = [str(folder / f"{number}.yaml") for number in range(len(texts))]
    written(folder, dict(zip(names, texts, strict=True)))
    return check_files(read_files(names).documents)


@pytest.mark.proves("hidden-keys-are-reported")
def test_what_a_later_file_hides_is_reported_at_its_place(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path,
        "federation:\n  client_timeout: 10s\n  max_long_retries: 1\n",
        "server_name: x\nfederation:\n  client_timeout: 20s\n",
    )
    (problem,) = outcome.problems
    assert (problem.file, problem.line) == (str(tmp_path / "0.yaml"), 1)
    assert problem.wrong == f"is repeated in {tmp_path / '1.yaml'}"
    assert problem.effective == ("the one on line 2 there replaces it, without max_long_retries")
    assert outcome.effective
    assert outcome.effective["federation.client_timeout"] == 20_000
    assert outcome.effective["federation.max_long_retries"] == 10
    assert outcome.options == 2


def test_lost_registration_files_are_counted(tmp_path: Path) -> None:
    (problem,) = checked(
        tmp_path, "app_service_config_files: [a, b]", "app_service_config_files: [b, c]"
    ).problems
    assert problem.effective.endswith("replaces it, without 1 of the 2 items here")


@pytest.mark.parametrize(
    ("earlier", "later", "lost"),
    [
        ("server_name: a", "server_name: b", None),
        ("presence: {enabled: true}", "presence: {enabled: false}", None),
        ("presence: {enabled: true}", "presence:", "enabled"),
        ("modules: [1]", "modules: [1, 2]", None),
        ("modules: [1]", "modules:", "1 of the 1 items here"),
        ("modules: &a [*a]", "modules: &a [*a]", None),
        (
            "email: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1}",
            "email: {}",
            "a, b, c, d, e and 2 more",
        ),
    ],
)
def test_a_value_that_is_replaced_on_purpose_is_not_a_problem(
    earlier: str, later: str, lost: str | None, tmp_path: Path
) -> None:
    problems = [p for p in checked(tmp_path, earlier, later).problems if "is repeated" in p.wrong]
    assert [p.effective.partition(" without ")[2] for p in problems] == ([lost] if lost else [])


def test_a_value_that_is_not_in_effect_is_not_judged(tmp_path: Path) -> None:
    assert checked(tmp_path, "federation: 1", "federation: {client_timeout: 1s}").problems == []
    (problem,) = checked(tmp_path, "server_name: x", "federation: {client_timeout: 1x}").problems
    assert problem.file == str(tmp_path / "1.yaml")


def test_a_worker_is_checked_with_the_shared_file(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path,
        "server_name: x\ninstance_map: {main: {host: a, port: 1}}\nredis: {enabled: true}\n",
        "worker_app: synapse.app.generic_worker\nworker_name: w1\nworker_listners: []\n",
    )
    (problem,) = outcome.problems
    assert (problem.option, problem.line, problem.advice) == (
        "worker_listners", 3, "write `worker_listeners`",
    )  # fmt: skip


@pytest.mark.parametrize("collects", [True, False])
def test_a_check_leaves_the_collection_of_garbage_as_it_was(
    collects: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = gc.isenabled()
    (gc.enable if collects else gc.disable)()
    try:
        assert run(capsys, str(tmp_path / "missing.yaml"))[0] == 2
        assert gc.isenabled() is collects
    finally:
        (gc.enable if before else gc.disable)()


def test_a_file_that_is_too_large_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    file = tmp_path / "homeserver.yaml"
    for size, refused in [(MOST_BYTES, False), (5_000_000, True)]:
        file.write_text("server_name: a.example\n#".ljust(size, "x"))
        if not refused:
            assert list(read_files([str(file)]).documents) == [str(file)]
            continue
        with pytest.raises(CannotRead, match="is larger than 500 kB"):
            read_files([str(file)])


# -- The command --


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["check", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.proves("checker-prints-line-effect-and-advice", "status-json-release-and-stdin")
def test_the_command_shows_the_line_and_marks_the_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "homeserver.yaml"
    file.write_text("federation:\n  client_timeout: 10:00\nserver_name: x\n")
    status, out, _ = run(capsys, str(file))
    assert status == 1
    lines = out.splitlines()
    assert lines[:5] == [
        f"{file}:2:19: federation.client_timeout `10:00` is a number to base 60 in YAML 1.1 "
        "[misread-number]",
        "   2 |   client_timeout: 10:00",
        "     |                   ^",
        "     Synapse uses 600 ms.",
        "     Write a whole number and one of s, m, h, d, w, y; 60s is the default.",
    ]
    assert "  federation.client_timeout                    600 ms" in lines
    assert lines[-1] == f"{file}: 1 warning in 2 options for Synapse {NEWEST}"


@pytest.mark.proves("unknown-values-are-named")
def test_options_whose_value_is_not_known_are_named_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        "federation: {client_timeout: 1m}\nreport_stats: true\ngc_thresholds: [5, 5, 5]\n"
    )
    _, out, _ = run(capsys, str(file))
    assert out.splitlines()[-2:] == [
        f"{file}: nothing found in 3 options for Synapse {NEWEST}",
        "Not known: what Synapse does with the values of gc_thresholds.",
    ]
    result = json.loads(run(capsys, str(file), "--json")[1])
    assert (result["options"], result["unknown"]) == (3, ["gc_thresholds"])
    file.write_text("federation: {client_timeout: 1m}\n")
    assert run(capsys, str(file))[1].splitlines()[-1] == (
        f"{file}: nothing found in 1 option for Synapse {NEWEST}"
    )


@pytest.mark.proves("secret-is-not-printed")
def test_a_secret_next_to_a_wrong_name_is_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text("turn-shared-secret: geheim\nx: {a: geheim, a: geheim}\n")
    for arguments in ([], ["--json"]):
        status, out, _ = run(capsys, str(tmp_path / "a.yaml"), *arguments)
        assert status == 1
        assert "geheim" not in out


def test_a_section_that_is_empty_counts_as_one_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text("federation:\n")
    out = run(capsys, str(tmp_path / "a.yaml"))[1]
    assert "1 error in 1 option for" in out


def test_of_a_line_with_a_wrong_name_the_name_is_shown_and_that_it_has_a_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text("turn-shared-secret: geheim\nturn-uri:\n")
    lines = run(capsys, str(tmp_path / "a.yaml"))[1].splitlines()
    assert {"   1 | turn-shared-secret: …", "   2 | turn-uri:"} <= set(lines)


def test_control_characters_in_a_configuration_are_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "conf\x1b[31m.d"
    written(folder, {
        "a\x07.yaml": '"k\\e[2J\\u202e": 1\nfederation: {"client_timeout": "1\\e[5mx", "\\a": 2}\n',
        "b\x1b]0;title\x07.yml": "", "c\u202e.yaml": "federation: {}\n",
        "d.yaml": "track_appservice_user_ips: \u202eyes\u2066x\n",
    })  # fmt: skip
    for arguments in ([], ["--json"]):
        status, out, _ = run(capsys, str(folder), *arguments)
        assert status == 1
        assert all(character.isprintable() for character in out.replace("\n", ""))
    out = run(capsys, str(folder))[1]
    assert "   1 | track_appservice_user_ips: \ufffdyes\ufffdx\n" in out, "one column for each"
    status, _, err = run(capsys, str(folder / "none\x1b[0m"))
    assert status == 2
    assert err.rstrip("\n").isprintable()
    assert "none\\x1b[0m: cannot be opened: No such file or directory" in err


@pytest.mark.proves("status-json-release-and-stdin")
def test_a_clean_file_shows_the_values_in_effect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "homeserver.yaml"
    file.write_text("federation: {destination_max_retry_interval: 12h}")
    assert run(capsys, str(file), "--release", "1.90")[0] == 0
    status, out, _ = run(capsys, str(file), "--json", "--release", "latest")
    assert status == 0
    result = json.loads(out)
    assert (result["problems"], result["release"]) == ([], NEWEST)
    assert result["effective"]["federation.destination_max_retry_interval"] == 43_200_000


@pytest.mark.proves("status-json-release-and-stdin")
def test_values_that_json_cannot_represent_are_described(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "homeserver.yaml"
    many = "f" * 5000
    file.write_text(
        f"federation: {{max_long_retries: 0x{many}, destination_retry_multiplier: .nan, "
        f"max_short_retries: 1.5, client_timeout: {'9' * 4299}y, "
        f"max_long_retry_delay: {2**63}, max_short_retry_delay: {2**63 - 1}}}\n"
        "track_appservice_user_ips: {a: 1}\nuse_appservice_legacy_authorization: x\n"
    )
    status, out, _ = run(capsys, str(file), "--json")
    assert status == 1
    assert json.loads(out)["effective"] == {
        "federation.client_timeout": "beyond 2**63",
        "federation.max_short_retry_delay": 2**63 - 1,
        "federation.max_long_retry_delay": "beyond 2**63",
        "federation.max_short_retries": 1.5,
        "federation.max_long_retries": "beyond 2**63",
        "federation.destination_min_retry_interval": 600000,
        "federation.destination_retry_multiplier": "nan",
        "federation.destination_max_retry_interval": 604800000,
        "app_service_config_files": [],
        "track_appservice_user_ips": "a dict",
        "use_appservice_legacy_authorization": "x",
    }
    assert run(capsys, str(file))[0] == 1


def test_a_refused_file_has_no_values_in_effect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "homeserver.yaml"
    file.write_text("federation:\n")
    assert json.loads(run(capsys, str(file), "--json")[1])["effective"] is None
    assert "in effect" not in run(capsys, str(file))[1]


@pytest.mark.proves("status-json-release-and-stdin", "broken-yaml-has-a-place")
def test_a_file_that_cannot_be_read_is_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "homeserver.yaml"
    assert run(capsys, str(file)) == (
        2, "", f"check: {file}: cannot be opened: No such file or directory\n",
    )  # fmt: skip
    (tmp_path / "folder").mkdir()
    assert run(capsys, str(tmp_path / "folder"))[2] == (
        f"check: {tmp_path / 'folder'}: contains no *.yaml file\n"
    )
    file.write_bytes(b"a: 1\nb: \xff\n")
    assert run(capsys, str(file)) == (2, "", f"check: {file}:2:1: is not UTF-8\n")
    file.write_text("a: [1")
    status, out, _ = run(capsys, str(file), "--json")
    assert status == 2
    assert json.loads(out) == {
        "error": "while parsing a flow sequence, expected ',' or ']', but got '<stream end>'",
        "file": str(file), "line": 1, "column": 6,
    }  # fmt: skip
    file.write_text("")
    assert run(capsys, str(file))[2].startswith(f"check: {file}:1:1: it has no options")


def test_an_unreadable_folder_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Path) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "iterdir", refused)  # root may list any folder
    with pytest.raises(CannotRead, match="cannot be opened: Permission denied"):
        read_files([str(tmp_path)])


def test_no_file_at_all_is_an_empty_configuration() -> None:
    assert read_files([]) == Files()


@pytest.mark.proves("status-json-release-and-stdin")
def test_the_command_reads_standard_input() -> None:
    command = [sys.executable, "-m", "snippets.configuration", "check", "-"]
    done = subprocess.run(
        command, input=b"client_timeout: 1s", capture_output=True, cwd=ROOT, check=False
    )
    assert done.returncode == 1
    assert b"-:1:1: client_timeout is at the top level" in done.stdout


def test_without_pyyaml_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    for module in ("check", "files", "replaced"):
        monkeypatch.delitem(sys.modules, f"snippets.configuration.{module}", raising=False)
    monkeypatch.delitem(sys.modules, "snippets.shared.document", raising=False)
    assert run(capsys, "-") == (2, "", "check: this needs PyYAML: pip install pyyaml\n")
    assert json.loads(run(capsys, "-", "--json")[1]) == {
        "error": "this needs PyYAML: pip install pyyaml"
    }
