"""Registration files: what is found in them, alone and through `app_service_config_files`."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from snippets.configuration import namespaces
from snippets.configuration.__main__ import main
from snippets.configuration.check import Problem, check
from snippets.configuration.codes import Severity
from snippets.configuration.explained import explanations
from snippets.configuration.files import is_registration
from tests.configuration.deployments import Process
from tests.configuration.starting import WORKERS, ours, synapses
from tests.real import synapse
from tests.real.driver import LEAST
from tests.real.fixtures import need, synapse_python
from tests.real.homeserver import homeserver
from tests.real.releases import COMPARED, NEWEST

SERVICE = Path(__file__).with_name("synapse_service_driver.py")
IRC: dict[str, Any] = {
    "id": "irc",
    "url": "http://127.0.0.1:9000",
    "as_token": "b0e5d1f2c3",
    "hs_token": "1ce4c7a988",
    "sender_localpart": "irc_bot",
    "namespaces": {},
}
XMPP = {**IRC, "id": "xmpp", "as_token": "77aa01b2d3", "hs_token": "e9f0a1b2c3"}


def text(**changes: Any) -> str:
    return yaml.safe_dump({**IRC, **changes}, sort_keys=False)


def users(*expressions: str, exclusive: bool = True, kind: str = "users") -> dict[str, Any]:
    entries = [{"exclusive": exclusive, "regex": expression} for expression in expressions]
    return {"namespaces": {kind: entries}}


def found(registration: str) -> list[tuple[str, str]]:
    return [(problem.code, problem.option) for problem in check(registration)]


# -- One file --


def test_a_right_registration_has_no_finding() -> None:
    assert check(text(**users(r"^@irc_.*:example\.com$"), rate_limited=False)) == []
    assert check(text(**users(r"@.*:example\.com", exclusive=False))) == []
    assert check(text(url=None)) == []


@pytest.mark.parametrize("field", IRC)
def test_a_missing_field_is_found(field: str) -> None:
    left = {name: value for name, value in IRC.items() if name != field}
    (problem,) = check(yaml.safe_dump(left))
    assert (problem.code, problem.option, problem.wrong) == (
        "refused-registration", field, "is missing",
    )  # fmt: skip
    assert problem.effective == "Synapse does not start"


@pytest.mark.parametrize(
    ("entry", "option"),
    [
        ({"exclusive": True, "regex": "("}, "namespaces.users.0.regex"),
        ({"exclusive": "true", "regex": "@a"}, "namespaces.users.0.exclusive"),
        ({"regex": "@a"}, "namespaces.users.0"),
        ("@a", "namespaces.users"),
    ],
)
def test_a_part_of_a_namespace_that_is_refused_is_found_at_its_place(
    entry: object, option: str
) -> None:
    assert found(text(namespaces={"users": [entry]})) == [("refused-registration", option)]


def test_a_refused_namespace_is_not_looked_into() -> None:
    refused: list[Any] = [{}, {"a": {}}, ["a", {"regex": "("}]]
    for part in refused:
        registration = text(namespaces={"users": part})
        assert found(registration) == [("refused-registration", "namespaces.users")]


def test_every_reason_to_refuse_a_registration_is_found() -> None:
    problems = check("id: a|b\nas_token: 1\nhs_token: 1\nnamespaces: []\n")
    assert [(problem.line, problem.option) for problem in problems] == [
        (1, "sender_localpart"), (1, "url"), (1, "id"), (2, "as_token"), (3, "hs_token"),
        (4, "namespaces"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "token",
    ["CHANGE_ME", "<token>", "{{ token }}", "${AS_TOKEN}", "secret", "xxx", "", "as_token",
     "This value is generated when generating the registration", "your-token"],
)  # fmt: skip
@pytest.mark.parametrize("field", ["as_token", "hs_token"])
def test_a_text_to_be_replaced_is_found_in_place_of_a_token(token: str, field: str) -> None:
    assert found(text(**{field: token})) == [("placeholder-token", field)]


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("localhost:9000", ["bad-address"]), ("", ["bad-address"]), ("http://", ["bad-address"]),
        ("http://a:9000/_matrix/app/v1", ["bad-address"]), ("https://bridge.example.com/irc/", []),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_right_is_found(url: str, codes: list[str]) -> None:
    assert [problem.code for problem in check(text(url=url))] == codes


def test_a_switch_that_is_text_is_shown_with_its_value_in_effect() -> None:
    for field, value, read in [
        ("rate_limited", "false", "true"), ("rate_limited", 0, "true"),
        ("receive_ephemeral", "", "false"), ("receive_ephemeral", "no", "true"),
        ("rate_limited", [1], "true"),
    ]:  # fmt: skip
        (problem,) = check(text(**{field: value}))
        assert problem.effective == f"Synapse reads it as {read}"


def test_an_unknown_field_is_found_unless_it_stands_beside_the_known_one() -> None:
    assert found(text(de={"sorunome": 1})) == [("unknown-option", "de")]
    assert found(text(push_ephemeral=True)) == [("unknown-option", "push_ephemeral")]
    assert found(text(push_ephemeral=True, receive_ephemeral=True)) == []
    old = "de.sorunome.msc2409.push_ephemeral"
    assert found(text(**{"push_ephemeral": True, "receive_ephemeral": True, old: True})) == []
    assert [len(check(text(receive_ephemeral=True), release=r)) for r in ("1.155", "1.156")] == [
        1,
        0,
    ]
    (problem,) = check(text(rate_limit=False))
    assert problem.advice == "write `rate_limited`"
    (problem,) = check(text(**{"io.element.msc4190": True}), release="1.90")
    assert problem.wrong == "is not a field of a registration for Synapse 1.90"


@pytest.mark.parametrize(
    ("expression", "kind", "codes"),
    [
        ("irc_.*", "users", ["matches-nothing"]), ("^#irc:.*", "users", ["matches-nothing"]),
        ("@irc:.*", "aliases", ["matches-nothing"]), ("@irc.*", "rooms", ["matches-nothing"]),
        ("!abc:example.com", "rooms", []), (".*", "rooms", []), ("a?@irc:x", "users", ["open-end"]),
        (".*", "users", ["exclusive-for-all"]), ("@.*:a$", "users", ["exclusive-for-all"]),
        ("#.*", "aliases", ["exclusive-for-all"]), ("@irc_.*", "users", ["no-server-name"]),
        ("@irc_(?:a|b)", "users", ["no-server-name"]),
        ("@(irc|a):example.com$", "users", []), (r"@irc\d:example.com", "users", ["open-end"]),
        (r"#irc_.*:example\.com$", "aliases", []), ("@(a+)+:example.com$", "users", []),
    ],
)  # fmt: skip
def test_an_expression_is_judged_by_what_it_matches(
    expression: str, kind: str, codes: list[str]
) -> None:
    assert [problem.code for problem in check(text(**users(expression, kind=kind)))] == codes


def test_several_open_ends_are_one_note() -> None:
    (problem,) = check(text(**users("@irc_.*:a", "@b:a", "@c:a")))
    assert problem.wrong == "`'@irc_.*:a'`, and 2 more, has no $ at its end"
    assert problem.severity is Severity.NOTE


# -- Several files --


def written(folder: Path, **files: str) -> None:
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(content)


def listed(folder: Path, *names: str, **options: Any) -> str:
    paths = [name if "/" in name else str(folder / f"{name}.yaml") for name in names]
    return yaml.safe_dump(
        {"server_name": "example.com", "app_service_config_files": paths, **options}
    )


def together(folder: Path, *names: str) -> list[Problem]:
    return ours([str(folder / f"{name}.yaml") for name in names], "1.163")


def test_registrations_are_followed_through_the_configuration(tmp_path: Path) -> None:
    written(
        tmp_path,
        homeserver=listed(tmp_path, "irc", "xmpp"),
        irc=text(**users(r"^@irc_.*:exampel\.com$")),
        xmpp=text(**{**XMPP, "url": "xmpp:1"}),
    )
    problems = together(tmp_path, "homeserver")
    assert [(Path(one.file).name, one.code) for one in problems] == [
        ("irc.yaml", "matches-nothing"), ("xmpp.yaml", "bad-address"),
    ]  # fmt: skip


def test_expressions_overlap_if_a_name_is_found_that_both_match() -> None:
    for one, other, overlapping in [
        (r"^@a_.*:b$", r"^@b_.*:b$", False), (r"^@a(b|c):b$", r"^@a(b|d):b$", False),
        (r"^@a\d:b$", r"^@a1:b$", True), (r"@a_[a-z]+:b", r"@a_x:b", True),
        (r"@a_.*", r"@a_b.*:b", True), (r"^@a\.b:b$", r"^@a.b:b$", True),
        ("@" + "a" * 99 + ":b", "@" + "a" * 99 + ":b", False),
    ]:  # fmt: skip
        found_name = namespaces.overlap(one, other, "b")
        assert bool(found_name) is overlapping, (one, other)


def test_what_services_share_is_found_in_the_later_file(tmp_path: Path) -> None:
    written(
        tmp_path,
        one=text(**users(r"^@irc_.*:a$")),
        two=text(id="two", **users(r"^@irc_b.*:a$")),
        three=text(id="two", as_token=5, hs_token="0f", namespaces=None),
    )
    problems = together(tmp_path, "one", "two", "three")
    assert [(Path(one.file).name, one.code, one.option) for one in problems] == [
        ("two.yaml", "shared-between-services", "as_token"),
        ("two.yaml", "shared-hs-token", "hs_token"),
        ("two.yaml", "overlapping-namespaces", "namespaces.users.0.regex"),
        ("three.yaml", "shared-between-services", "id"),
        ("three.yaml", "refused-registration", "as_token"),
        ("three.yaml", "refused-registration", "namespaces"),
    ]  # fmt: skip
    assert problems[2].effective.startswith("neither service can create @irc_b")


def test_the_same_id_in_three_files_is_found_once_in_each_later_one(tmp_path: Path) -> None:
    for name, token in zip(("a", "b", "c"), ("0a", "0b", "0c"), strict=True):
        written(tmp_path, **{name: text(as_token=token, hs_token=token + "f")})
    assert [p.option for p in together(tmp_path, "a", "b", "c")] == ["id", "id"]


def test_a_path_without_a_readable_registration_is_found_where_it_is_listed(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"id: \xff")
    written(tmp_path, broken="id: [", empty="", unasked="a: 1")
    names = ["none", "latin", "broken", "empty", "none", "/not/here/x.yaml", str(tmp_path), "a\0/b"]
    written(tmp_path, homeserver=listed(tmp_path, *names))
    problems = together(tmp_path, "homeserver")
    assert [problem.wrong.partition(":")[0] for problem in problems] == [
        "is not there", "cannot be read", "cannot be read", "cannot be read", "is listed twice",
        "is not checked", "is not there", "is a relative path", "is not checked",
    ]  # fmt: skip
    assert {problem.code for problem in problems} == {
        "bad-registration-path", "registration-elsewhere", "relative-path",
    }  # fmt: skip
    assert problems[2].wrong.startswith("cannot be read: 1:6: ")


def test_a_relative_path_is_looked_for_here_and_beside_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, homeserver=listed(tmp_path, "./irc.yaml"), irc=text(url="irc:1"))
    assert [p.code for p in together(tmp_path, "homeserver")] == ["relative-path", "bad-address"]
    monkeypatch.chdir(tmp_path)
    problems = ours(["homeserver.yaml"], "1.163")
    assert [(p.file, p.code) for p in problems] == [
        ("homeserver.yaml", "relative-path"), ("./irc.yaml", "bad-address"),
    ]  # fmt: skip


def test_a_registration_given_by_name_stands_for_the_path_in_a_container(tmp_path: Path) -> None:
    config = listed(tmp_path, "/data/irc.yaml", media_store_path="/data/media")
    written(
        tmp_path,
        homeserver=config,
        irc=text(url="http://localhost:9000"),
        xmpp=text(**{**XMPP, "url": "http://xmpp:9000"}),
    )
    problems = together(tmp_path, "homeserver", "irc", "xmpp")
    assert [(Path(p.file).name, p.code) for p in problems] == [
        ("irc.yaml", "loopback-address"), ("xmpp.yaml", "not-listed"),
    ]  # fmt: skip
    same = listed(tmp_path, "irc")
    written(tmp_path, homeserver=same)
    assert together(tmp_path, "homeserver", "irc") == []


def test_a_registration_in_a_folder_is_read_as_configuration(tmp_path: Path) -> None:
    written(tmp_path, a="server_name: example.com\n", irc=text())
    (problem,) = ours([str(tmp_path)], "1.163")
    assert (Path(problem.file).name, problem.code) == ("irc.yaml", "registration-in-folder")


def test_a_list_of_registrations_that_is_none_is_left_to_the_other_checks(tmp_path: Path) -> None:
    written(tmp_path, homeserver="app_service_config_files: a.yaml\n")
    assert [p.code for p in together(tmp_path, "homeserver")] == ["not-a-list"]
    written(tmp_path, homeserver="app_service_config_files: [5]\n")
    assert [p.code for p in together(tmp_path, "homeserver")] == ["not-a-path"]


@pytest.mark.proves("no-token-is-printed")
@pytest.mark.parametrize("flow", [True, False])
@pytest.mark.parametrize("format_", ["text", "json", "github", "sarif"])
def test_no_token_is_printed(
    flow: bool, format_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens = {"as_token": "geheim <x>", "hs_token": "{geheim}"}
    wrong = {"id": "a|b", "url": "irc:1", "rate_limited": "no", **tokens, **users("irc", "(")}
    for name in ("a", "b"):
        flat = yaml.safe_dump({**IRC, **wrong}, default_flow_style=flow, width=10**6)
        (tmp_path / f"{name}.yaml").write_text(flat)
    command = ["check", str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml"), "--format", format_]
    assert main(command) == 1
    out = capsys.readouterr().out
    assert "refused-registration" in out
    assert "geheim" not in out


def test_the_command_checks_a_registration_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, irc=text(sender_localpart="irc bot"))
    assert main(["check", str(tmp_path / "irc.yaml")]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == (
        f"{tmp_path / 'irc.yaml'}: 1 error in 6 options for Synapse 1.163"
    )
    assert main(["check", str(tmp_path / "irc.yaml"), "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert (result["files"], result["registrations"]) == ([], [str(tmp_path / "irc.yaml")])
    assert result["effective"] is None


# -- Against the real thing --

EXPRESSIONS = ["@irc_.*:example.com", "irc_.*", "@irc", "^@irc$", "@.*", "@irc_.*", "(?:@irc)", ""]
NAMES = ["@irc:example.com", "@irc_a:example.com", "@irc_a:example.community", "@irc_a:other.org",
         "@alice:example.com", "@xirc:example.com", "irc_a", "@irc"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.proves("expressions-are-tried-at-the-start")
@pytest.mark.parametrize("release", COMPARED)
def test_expressions_match_as_in_synapse(release: str) -> None:
    python = synapse_python(release)
    asked = [["users", name] for name in NAMES]
    requests = [{"text": text(**users(one)), "names": asked} for one in EXPRESSIONS]
    for expression, answer in zip(EXPRESSIONS, synapse.ask(python, SERVICE, requests), strict=True):
        matched = [name for name in NAMES if namespaces.matches(expression, name)]
        assert [name for _, name in answer["matched"]] == matched
        assert answer["exclusive"] == matched


@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_the_fields_that_are_reported_as_unknown_are_not_looked_up(release: str) -> None:
    python = synapse_python(release)
    known = ["rate_limited", "receive_ephemeral", "protocols", "ip_range_whitelist",
             "de.sorunome.msc2409.push_ephemeral", "org.matrix.msc3202", "io.element.msc4190",
             "io.element.msc4502.scopes", "io.element.msc4512.proxy_prefix",
             "io.element.msc4512.proxy_url", "push_ephemeral", "de", "rate_limit"]  # fmt: skip
    (answer,) = synapse.ask(python, SERVICE, [{"text": text(rate_limited="no"), "names": []}])
    assert answer["rate_limited"] is True
    reported = {
        name for name in known
        if ("unknown-option", name) in
        [(p.code, p.option) for p in check(text(**{name: True}), release=release[:-2])]
    }  # fmt: skip
    assert reported == set(known) - set(answer["looked_up"])


@pytest.mark.slow
@pytest.mark.proves("registrations-get-the-verdict-of-a-start", "errors-stop-the-start")
@pytest.mark.parametrize("release", COMPARED)
def test_the_examples_of_the_findings_stop_a_start_if_they_are_errors(
    release: str, tmp_path: Path
) -> None:
    python = synapse_python(release)
    explained = [
        one for one in explanations().values() if one.registrations or one.code.name in WORKERS
    ]
    processes = []
    for number, one in enumerate(explained):
        for text_, name in ((one.example, f"{number}"), (one.instead, f"{number}-instead")):
            folder = tmp_path / name
            folder.mkdir()
            then = one.then if text_ is one.example else None
            processes.append(_process(folder, [text_, *([then] if then else [])]))
    answers = synapses(python, processes, logging=False)
    refused = {one.code.name for one, error in zip(explained, answers[::2], strict=True) if error}
    named = {one.code.name for one in explained if one.code.severity is Severity.ERROR}
    assert refused == named | {"registration-elsewhere"}
    assert set(answers[1::2]) == {None}


def _process(folder: Path, texts: list[str]) -> Process:
    """A process with these configurations and registrations."""
    options: dict[str, Any] = {**LEAST, "database": {"name": "sqlite3"}}
    paths = []
    for number, content in enumerate(texts):
        values = yaml.safe_load(content)
        if is_registration(values):
            file = folder / f"{number}.yaml"
            file.write_text(content)
            paths.append(str(file))
        else:
            options |= values
    if paths:
        options["app_service_config_files"] = paths
    (folder / "options.yaml").write_text(yaml.safe_dump(options))
    program = "generic_worker" if "worker_app" in options else "homeserver"
    return Process((str(folder / "options.yaml"),), str(folder), program)


@pytest.mark.slow
@pytest.mark.proves("relative-paths-are-of-the-working-directory")
@pytest.mark.parametrize("release", COMPARED)
def test_synapse_takes_a_relative_path_from_the_folder_that_it_is_started_in(
    release: str, tmp_path: Path
) -> None:
    python = synapse_python(release)
    (tmp_path / "etc").mkdir()
    options = {**LEAST, "database": {"name": "sqlite3"}, "app_service_config_files": ["irc.yaml"]}
    (tmp_path / "etc" / "homeserver.yaml").write_text(yaml.safe_dump(options))
    (tmp_path / "etc" / "irc.yaml").write_text(text())
    file = (str(tmp_path / "etc" / "homeserver.yaml"),)
    here, elsewhere = synapses(
        python, [Process(file, str(tmp_path / "etc")), Process(file, str(tmp_path))], logging=False
    )
    assert here is None
    assert "FileNotFoundError" in str(elsewhere)


@pytest.mark.slow
@pytest.mark.proves("overlapping-names-are-nobodys")
def test_synapse_gives_a_name_that_two_services_claim_to_neither(tmp_path: Path) -> None:
    need(lambda: synapse.python(NEWEST))
    one = users("^@irc_.*:example.com$")
    other = users("^@irc_b.*:example.com$", "^@everybody:example.com$")
    written(tmp_path, one=text(**one), two=text(**{**XMPP, **other, "url": "irc:1"}))
    assert [p.code for p in together(tmp_path, "one", "two")] == [
        "bad-address", "overlapping-namespaces",
    ]  # fmt: skip
    files = [str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml")]
    with homeserver(NEWEST, {"app_service_config_files": files}) as running:
        for service in (IRC, XMPP):
            login = {"type": "m.login.application_service", "username": "irc_bob"}
            path = "/_matrix/client/v3/register"
            status, answer = running.request("POST", path, login, token=service["as_token"])
            assert (status, answer["errcode"]) == (400, "M_EXCLUSIVE")
        status, answer = running.request(
            "POST", "/_matrix/client/v1/appservice/xmpp/ping", {}, token=XMPP["as_token"]
        )
        assert status == 502, answer  # its address is no address
