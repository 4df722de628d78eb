"""The advisor's advice on a configuration agrees with what real releases do."""

import functools
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.shared.document import Document
from snippets.shared.history import ABSENT, Kind, read_history
from snippets.upgrade_notes.__main__ import main
from snippets.upgrade_notes.advisor import Advice, Upgrade, examine_upgrade
from snippets.upgrade_notes.conditions import FACTS, STATES
from snippets.upgrade_notes.durations import DURATIONS, SWITCHED_DURATIONS
from snippets.upgrade_notes.files import Configuration, Process
from snippets.upgrade_notes.notes import read_notes
from tests.docs.guide import ROOT
from tests.real import synapse
from tests.real.fixtures import need
from tests.real.homeserver import homeserver
from tests.upgrade_notes.configurations import CONFIGURATIONS

NOTES, HISTORY = read_notes(), read_history()
DRIVER = Path(__file__).with_name("synapse_release_driver.py")
STEPS = list(pairwise(HISTORY.releases))
FILE = "homeserver.yaml"


def on(start: str, end: str, values: dict[str, Any]) -> Upgrade:
    """The advice for an upgrade with one file that has these options."""
    document = Document(yaml.safe_dump({"server_name": "example.com", **values}))
    configuration = Configuration([Process([(FILE, document)])], [FILE], [])
    return examine_upgrade(NOTES, HISTORY, start, end, configuration)


def stops(upgrade: Upgrade) -> list[Advice]:
    """The notes that, according to the advisor, certainly stop Synapse."""
    return [one for one in upgrade.advice if one.applies and one.note.effect == "stops"]


def starts(name: str, release: str) -> bool:
    return HISTORY.value(Kind.READING, name, release)["error"] is None


# -- Recorded releases --

REFUSALS = [
    (name, before, after)
    for name in CONFIGURATIONS
    for before, after in STEPS
    if starts(name, before) and not starts(name, after)
]
# This refusal also depends on whether a package is installed.
DEPENDS = [("msc3861", "1.85.2", "1.86.0")]


@pytest.mark.proves("command-calls-refusals-a-stop")
@pytest.mark.parametrize(("name", "before", "after"), REFUSALS)
def test_what_a_release_began_to_refuse_is_called_a_stop_by_its_note(
    name: str, before: str, after: str
) -> None:
    result = on(before, after, CONFIGURATIONS[name])
    (advice,) = [
        advice
        for advice in result.advice
        if (Kind.READING, name) in {(one.kind, one.subject) for one in advice.note.proof.observed}
    ]
    assert advice.note.effect == "stops"
    assert advice.applies is (None if (name, before, after) in DEPENDS else True)
    assert (advice.file, bool(advice.line)) == (FILE, True)


def test_the_history_has_refusals() -> None:
    assert len(REFUSALS) == 7
    for name, _, after in DEPENDS:
        assert "is not installed" in HISTORY.value(Kind.READING, name, after)["error"]


@pytest.mark.proves("command-calls-no-good-file-a-stop")
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_file_that_starts_before_and_after_is_not_called_a_stop(name: str) -> None:
    for before, after in STEPS:
        if starts(name, before) and starts(name, after):
            assert stops(on(before, after, CONFIGURATIONS[name])) == [], after


# -- Real releases, and random files --

MAIN = {"host": "localhost", "port": 9093}
MSC3861 = CONFIGURATIONS["msc3861"]["experimental_features"]["msc3861"]
# Values that stop Synapse according to notes, and similar values that do not.
CHOICES: dict[str, list[Any]] = {
    "app_service_config_files": [[], "irc.yaml", None, {}],
    "user_ips_max_age": ["10 ", "10s", 10, None],
    "federation": [{"client_timeout": "10 "}, {"client_timeout": "30s"}, {}],
    "gc_min_interval": [["1s", "10 ", "1s"], ["1s", "10s", "30s"]],
    "caches": [{"cache_entry_ttl": "10 ", "expire_caches": False}, {"cache_entry_ttl": "10 "}],
    "registration_shared_secret": ["10 "],
    "experimental_features": [
        {},
        {"msc3861": {"enabled": False}},
        {"msc3861": {}},  # null is left out: 1.86 to 1.156 refuse it, which no note says
        {"msc2666_enabled": True},
        {"msc4108_enabled": True},
        {"msc4108_delegation_endpoint": "http://localhost:1/"},
        {"msc4108_enabled": False, "msc4108_delegation_endpoint": None},
    ],
    "send_federation": [False, True],
    "start_pushers": [False],
    "limit_profile_requests_to_users_who_share_rooms": [True, False, None],
    "require_auth_for_profile_requests": [True, False],
    "instance_map": [{}, {"main": MAIN}, {"main": MAIN, "one": MAIN}],
    "stream_writers": [{}, {"events": ["one"]}, {"quarantined_media_changes": ["one"]}],
    "worker_app": ["synapse.app.generic_worker", "synapse.app.homeserver"],
    "worker_name": ["one", None],
    "worker_replication_host": ["localhost", "", None],
    "worker_replication_http_port": [9093, 0],
    "worker_replication_http_tls": [True, False],
    "modules": [[]],
}
WAYS = [("1.90.0", "1.163.2")]
if "EVERY_RELEASE" in os.environ:
    WAYS += [("1.79.0", "1.90.0"), ("1.162.0", "1.163.2")]
files = st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in CHOICES.items()})


@pytest.mark.proves("command-calls-refusals-a-stop")
@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), WAYS)
def test_a_stop_is_announced_for_the_files_that_the_newer_release_refuses(
    before: str, after: str
) -> None:
    tried: list[dict[str, Any]] = []

    @settings(max_examples=100, database=None)
    @given(files)
    def think(values: dict[str, Any]) -> None:
        tried.append(values)

    think()
    compared = 0
    for values, old, new in zip(tried, start(before, tried), start(after, tried), strict=True):
        if old:
            compared += 1
            stopping = stops(on(before, after, values))
            assert bool(stopping) is not new, (values, stopping)
    assert compared > 10


MSC4108 = {"experimental_features": {"msc4108_enabled": True}}
BESIDE_MSC3861 = {"experimental_features": {"msc4108_enabled": True, "msc3861": MSC3861}}
BESIDE_MAS = {**MSC4108, **CONFIGURATIONS["matrix_authentication_service"]}


@pytest.mark.slow
def test_msc4108_stops_the_newest_release_unless_clients_log_in_elsewhere() -> None:
    assert start("1.90.0", [MSC4108, BESIDE_MAS]) == [True, True]
    assert start("1.163.2", [MSC4108, BESIDE_MAS]) == [False, True]


@pytest.mark.slow
@pytest.mark.skipif("EVERY_RELEASE" not in os.environ, reason="make test-releases")
def test_releases_refuse_msc4108_where_the_advisor_calls_it_a_stop() -> None:
    releases = ("1.105.1", "1.106.0", "1.136.0", "1.137.0")
    assert [start(release, [MSC4108, BESIDE_MAS]) for release in releases] == [
        [True, True],
        [False, False],
        [False, False],
        [False, True],
    ]
    assert start("1.136.0", [BESIDE_MSC3861]) == [True]  # older releases run without Authlib here


@pytest.mark.parametrize(
    ("start", "end", "values", "stopped"),
    [
        ("1.105", "1.106", MSC4108, True),
        ("1.105", "1.106", BESIDE_MSC3861, False),
        ("1.105", "1.106", BESIDE_MAS, True),
        ("1.105", "1.136", BESIDE_MAS, True),
        ("1.105", "1.137", BESIDE_MAS, False),
        ("1.105", "1.163", MSC4108, True),
        ("1.106", "1.163", MSC4108, False),
        (
            "1.105",
            "1.163",
            {"experimental_features": {"msc4108_delegation_endpoint": "https://qr.example.com"}},
            True,
        ),
    ],
)
def test_msc4108_is_a_stop_unless_another_service_logs_clients_in(
    start: str, end: str, values: dict[str, Any], stopped: bool
) -> None:
    result = [one for one in stops(on(start, end, values)) if not one.folded]
    assert [one.note.title for one in result] == ["msc4108 needs msc3861"] * stopped


def start(release: str, files: list[dict[str, Any]]) -> list[bool]:
    """Whether a server starts with each file: its main process, and a worker if it has workers."""
    need(functools.partial(synapse.python, release))
    worker = {"worker_app": "synapse.app.generic_worker", "worker_name": "one"}
    with_worker = [{**values, **worker} if has_workers(values) else values for values in files]
    answers = synapse.ask(synapse.python(release), DRIVER, [*files, *with_worker])
    starts = [answer["error"] is None for answer in answers]
    return [alone and both for alone, both in zip(starts, starts[len(files) :], strict=False)]


def has_workers(values: dict[str, Any]) -> bool:
    process = Process([(FILE, Document(yaml.safe_dump({"server_name": "a", **values})))])
    return FACTS["workers"](process).met


def test_a_duration_and_the_option_that_switches_it_are_options() -> None:
    options = HISTORY.values(Kind.OPTION, "1.123")
    assert options.keys() >= {switch for _, switch, _ in SWITCHED_DURATIONS}
    assert options.keys() >= {duration for duration, _, _ in SWITCHED_DURATIONS}
    assert {state for _, _, state in SWITCHED_DURATIONS} <= {*STATES, "is not false"}


@pytest.mark.slow
def test_these_are_the_durations_that_synapse_reads() -> None:
    older, newer = "1.90.0", "1.163.2"
    named = {*DURATIONS, *(name for name, _, _ in SWITCHED_DURATIONS)}
    names = named
    if "EVERY_RELEASE" in os.environ:  # all other options too
        names = named | {
            name
            for name in HISTORY.values(Kind.OPTION, "1.124")
            # Synapse prints something about redact_content where its answer should be.
            if not name.endswith(("server_name", "redact_content"))
        }
    names -= {"saml2_config.saml_session_lifetime"}  # needs a package that is not installed
    assert convicted(older, newer, sorted(names)) == named & names


def convicted(older: str, newer: str, names: list[str]) -> set[str]:
    """The options that stop only the newer release if their value is `'10 '`."""
    for release in (older, newer):
        need(functools.partial(synapse.python, release))
    tried = [spaced(name) for name in names]
    taken, read = (
        synapse.ask(synapse.python(release), DRIVER, tried) for release in (older, newer)
    )
    return {
        name
        for name, old, new in zip(names, taken, read, strict=True)
        if old["error"] is None and "uration" in str(new["error"])
    }


# Options that Synapse needs before it reads a duration.
EMAIL = {"notif_from": "a@example.com", "enable_notifs": True}
BESIDE: dict[str, dict[str, Any]] = {
    "account_validity": {"enabled": True, "period": "1d"},
    "email": EMAIL,
    "interval": {"interval": "1d"},
    "caches": {"cache_autotuning": {}},
    "cache_autotuning": {"max_cache_memory_usage": "9M", "target_cache_memory_usage": "9M"},
    "saml2_config": {"sp_config": {"metadata": {}}},
}


def spaced(name: str) -> Any:
    """A configuration in which this duration ends with a space."""
    value: Any = "10 "
    whole = name.split(".")
    while whole:
        part = whole.pop()
        section = whole[-1] if whole else ""
        if part == "*":
            value = [value, value, value] if isinstance(value, str) else [value]
        else:
            value = {**BESIDE.get("interval" if section == "*" else section, {}), part: value}
    return value


PREVIEWS = {"url_preview_enabled": True, "url_preview_ip_range_blacklist": ["127.0.0.0/8"]}


def missed(release: str, values: dict[str, Any]) -> str:
    """The error of a release without the package for previews in its environment."""
    need(functools.partial(synapse.python, release))
    (answer,) = synapse.ask(synapse.python(release), DRIVER, [values])
    return str(answer["error"])


@pytest.mark.slow
def test_url_previews_need_lxml_and_then_beautifulsoup4() -> None:
    assert missed("1.90.0", PREVIEWS) == "DependencyException: ['lxml']"
    assert missed("1.163.2", PREVIEWS) == "DependencyException: ['beautifulsoup4']"


@pytest.mark.slow
@pytest.mark.skipif("EVERY_RELEASE" not in os.environ, reason="make test-releases")
def test_url_previews_need_lxml_up_to_1_162() -> None:
    assert missed("1.162.0", PREVIEWS) == "DependencyException: ['lxml']"


@pytest.mark.slow
@pytest.mark.parametrize("release", synapse.COMPARED)
def test_a_server_that_may_not_reach_others_has_no_backoff(release: str) -> None:
    need(functools.partial(synapse.python, release))
    with homeserver(release, {"federation_domain_whitelist": []}) as server:
        path = "/_matrix/client/v3/profile/@a:other.example/displayname"
        status, answer = server.request("GET", path, token=server.register("alice"))
        assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
        with closing(sqlite3.connect(server.database)) as database:
            assert database.execute("SELECT * FROM destinations").fetchall() == []


@pytest.mark.slow
@pytest.mark.parametrize("release", synapse.COMPARED)
def test_without_the_list_of_rooms_nobody_can_publish_or_list_rooms(release: str) -> None:
    need(functools.partial(synapse.python, release))
    with homeserver(release, {"enable_room_list_search": False}) as server:
        token = server.register("alice")
        made = functools.partial(server.request, "POST", "/_matrix/client/v3/createRoom")
        status, _ = made({"visibility": "public"}, token=token)
        assert status == 200
        quiet = made({}, token=token)[1]["room_id"]
        path = f"/_matrix/client/v3/directory/list/room/{quiet}"
        status, answer = server.request("PUT", path, {"visibility": "public"}, token=token)
        assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
        listed = server.request("GET", "/_matrix/client/v3/publicRooms", token=token)[1]
        assert listed["chunk"] == []


# -- The setting that decides --


def verdict(release: str, title: str, text: str) -> Advice:
    """The advisor's answer on one note, for a file."""
    before = HISTORY.before(HISTORY.release(release))
    (result,) = [
        one for one in on(before, release, yaml.safe_load(text) or {}).advice
        if one.note.title.startswith(title)
    ]  # fmt: skip
    return result


@pytest.mark.parametrize(
    ("release", "title", "text"),
    [
        ("1.163", "Limited", "limit_profile_requests_to_users_who_share_rooms: false"),
        (
            "1.163",
            "Limited",
            "limit_profile_requests_to_users_who_share_rooms: true\n"
            "require_auth_for_profile_requests: true",
        ),
        ("1.90", "Application services get", "app_service_config_files: []"),
        ("1.90", "Application services are", "app_service_config_files: []"),
        (
            "1.90",
            "Application services get",
            "app_service_config_files: [irc.yaml]\nuse_appservice_legacy_authorization: true",
        ),
        ("1.82", "app_service", "app_service_config_files: []"),
        ("1.95", "Workers", "instance_map: {}\nstream_writers: {}"),
        ("1.130", "Workers", "instance_map: {}"),
        ("1.152", "Workers", "stream_writers: {}"),
        ("1.135", "on_user", "modules: []\ninstance_map: {main: {host: a, port: 1}}"),
        ("1.135", "on_user", "modules: [{module: a.B}]"),
        ("1.124", "A duration", "federation: {client_timeout: 30s}"),
        ("1.142", "SQLite", "database: {name: psycopg2}"),
        ("1.157", "msc3861", "experimental_features: {msc3861: {}}"),
        ("1.139", "Application", "matrix_authentication_service: {enabled: true}"),
        ("1.88", "worker", "instance_map: {main: {host: a, port: 1}}"),
        ("1.88", "worker", "server_name: a"),
        ("1.90", "Destinations", "federation_domain_whitelist: []"),
        ("1.90", "At the maximum", "federation_domain_whitelist: []"),
        ("1.91", "The maximum", "federation_domain_whitelist: []"),
        ("1.92", "A 404", "federation_domain_whitelist: []"),
        ("1.126", "Rooms", "enable_room_list_search: false"),
    ],
)
def test_a_value_without_effect_is_not_blamed(release: str, title: str, text: str) -> None:
    assert verdict(release, title, text).applies is False


def test_empty_values_and_disabled_switches_concern_nobody() -> None:
    values = {
        "limit_profile_requests_to_users_who_share_rooms": False,
        "app_service_config_files": [],
        "instance_map": {},
        "stream_writers": {},
        "modules": [],
        "matrix_authentication_service": {"enabled": False},
    }
    for advice in on("1.79", "1.163", values).advice:
        assert advice.applies is False or not advice.line, (advice.note.label, advice.why)


@pytest.mark.proves("verdict-names-its-line")
@pytest.mark.parametrize(
    ("release", "title", "text", "applies", "line"),
    [
        ("1.124", "A duration", "a: 1\nuser_ips_max_age: '10 '", True, 2),
        ("1.88", "worker", "instance_map: {one: {host: a, port: 1}}", True, 1),
        ("1.142", "SQLite", "database:\n  name: sqlite3", None, 1),
        ("1.142", "SQLite", "server_name: a", None, None),
        ("1.90", "Application services get", "app_service_config_files: [a]", None, 1),
        ("1.157", "msc3861", "experimental_features: {msc3861: {enabled: false}}", True, 1),
        ("1.158", "New rooms", "server_name: a", True, None),
        ("1.163", "URL previews", "a: 1\nurl_preview_enabled: true", None, 2),
        ("1.163", "URL previews", "url_preview_enabled: false", False, 1),
        ("1.88", "worker", "a: 1\nsend_federation: false", None, 2),
        ("1.84", "instance_map", "start_pushers: false", None, 1),
        ("1.95", "Workers", "send_federation: false", None, 1),
        ("1.130", "Workers", "send_federation: false", None, 1),
        ("1.135", "on_user", "start_pushers: false\nmodules: [{module: a.B}]", None, 1),
        ("1.144", "Workers", "send_federation: false", None, 1),
        ("1.152", "Workers", "send_federation: false", None, 1),
        ("1.92", "A 404", "federation_domain_whitelist:", True, None),
        ("1.92", "A 404", "federation_domain_whitelist: [a.example]", True, None),
        ("1.126", "Rooms", "enable_room_list_search: true", True, 1),
    ],
)
def test_a_value_that_decides_is_named_with_its_line(
    release: str, title: str, text: str, applies: bool | None, line: int | None
) -> None:
    result = verdict(release, title, text)
    assert result.applies is applies
    assert bool(result.line) is bool(line)


def test_of_processes_that_a_note_does_not_concern_the_first_is_named() -> None:
    option = "limit_profile_requests_to_users_who_share_rooms"
    document = Document(yaml.safe_dump({option: False}))
    processes = [Process([(file, document)]) for file in ("main.yaml", "one.yaml")]
    configuration = Configuration(processes, ["main.yaml", "one.yaml"], [])
    found = examine_upgrade(NOTES, HISTORY, "1.161", "1.162", configuration)
    (advice,) = [advice for advice in found.advice if advice.why.startswith(option)]
    assert (advice.applies, advice.file) == (False, "main.yaml")


def test_without_a_file_nobody_is_judged() -> None:
    for advice in examine_upgrade(NOTES, HISTORY, "1.79", "1.163").advice:
        assert (advice.applies, advice.why, advice.file) == (None, advice.note.who, None)


def test_the_notes_of_an_upgrade_are_those_after_the_first_release_up_to_the_last() -> None:
    result = examine_upgrade(NOTES, HISTORY, "1.90", "1.92")
    assert {advice.note.release for advice in result.advice} == {"1.91", "1.92"}
    for start, end in (("1.92", "1.90"), ("1.90", "1.90.0")):
        with pytest.raises(ValueError, match="is not before"):
            examine_upgrade(NOTES, HISTORY, start, end)


def folded(start: str, end: str, **values: Any) -> set[str]:
    return {advice.note.label for advice in on(start, end, values).advice if advice.folded}


def test_a_note_is_folded_if_a_later_one_of_the_upgrade_undoes_it() -> None:
    cap = "1.90 At the maximum, destinations are not left alone at all"
    assert folded("1.89", "1.91") == {cap}
    assert folded("1.89", "1.90") == set()
    python = {f"1.{n} Python 3.{m} is needed" for n, m in ((88, 8), (119, 9), (142, 10))}
    assert folded("1.87", "1.142") & python == python - {"1.142 Python 3.10 is needed"}
    assert folded("1.87", "1.141") & python == {"1.88 Python 3.8 is needed"}
    services = {"app_service_config_files": ["irc.yaml"]}
    assert "1.81 The token in the query is deprecated" in folded("1.80", "1.90", **services)


def test_a_note_is_not_folded_into_one_that_is_not_for_this_file() -> None:
    services = {"app_service_config_files": ["irc.yaml"]}
    allowed = {**services, "use_appservice_legacy_authorization": True}
    assert "1.81 The token in the query is deprecated" not in folded("1.80", "1.90", **allowed)


@pytest.mark.proves("option-not-looked-up-is-ignored")
def test_an_option_ends_at_the_release_that_no_longer_looks_it_up() -> None:
    values = {"experimental_features": {"msc3886_endpoint": "/a", "msc2666_enabled": True}}
    ended = on("1.118", "1.121", values).ended
    assert [(change.release, setting.name) for change, setting in ended] == [
        ("1.120.2", "experimental_features.msc3886_endpoint")
    ]
    for start, end in (("1.118", "1.119"), ("1.121", "1.123")):
        assert on(start, end, values).ended == []


# -- The command --


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        status = main(arguments)
    except SystemExit as stop:
        status = int(str(stop.code))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_answer_does_not_name_a_folded_note(capsys: pytest.CaptureFixture[str]) -> None:
    cap = "1.90 At the maximum, destinations are not left alone at all"
    answers = {end: run(capsys, "--from", "1.89", "--to", end)[1] for end in ("1.90", "1.91")}
    named = {end: cap in out.split("\n\n")[0] for end, out in answers.items()}
    assert named == {"1.90": True, "1.91": False}


def test_the_answer_comes_first_and_names_the_line_that_decides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "homeserver.yaml"
    file.write_text(
        "database: {name: psycopg2}\nuser_ips_max_age: '10 '\n"
        "room_list_publication_rules: []\nenable_authenticated_media: true\n"
    )
    status, out, _ = run(capsys, "--from", "1.119", "--to", "1.142", str(file))
    assert status == 0
    assert out.startswith(
        "From 1.119 to 1.142\n"
        "Stops Synapse: 1\n"
        "  1.124 A duration that ends with a space is refused\n"
        "You must do something: 0\n"
        "Good to know: 0\n"
        "The configuration cannot tell: "
    )
    assert "\n  1.142 Python 3.10 is needed (can stop Synapse)\n" in out
    assert f"\n  concerns you: user_ips_max_age ends with a space ({file}:2)\n" in out
    assert f"\n  1.142  SQLite 3.37.2 is needed: database.name is not sqlite3 ({file}:1)\n" in out
    assert "\n  1.120  The rendezvous of MSC3886 is gone\n" in out
    assert "\n  may concern you: servers on Python 3.9 or older\n" in out
    first, *_ = out.split("\n\n")
    short = int(first.rpartition("Not in this file: ")[2])
    (apart,) = [block for block in out.split("\n\n") if block.startswith("Not in this file:\n")]
    assert len(apart.splitlines()) == 1 + short
    assert "does not concern you" not in out


@pytest.mark.proves("command-answers-in-json")
def test_the_json_has_the_same_verdicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "homeserver.yaml"
    file.write_text("server_name: a\nexperimental_features:\n  msc3886_endpoint: /a\n")
    asked = ["--from", "1.118", "--to", "1.120", str(file)]
    result = json.loads(run(capsys, *asked, "--json")[1])
    assert (result["from"], result["to"], result["files"]) == ("1.118", "1.120", [str(file)])
    rendezvous = result["notes"][-1]
    assert rendezvous["note"]["title"] == "The rendezvous of MSC3886 is gone"
    assert rendezvous["note"]["effect"] == "act"
    assert (rendezvous["applies"], rendezvous["file"], rendezvous["line"]) == (True, str(file), 3)
    option = "experimental_features.msc3886_endpoint"
    assert result["ended_options"] == [
        {"option": option, "since": "1.120.2", "file": str(file), "line": 3}
    ]
    assert {"option": option, "release": "1.120.2", "before": None} in result["options"]
    assert result["oldest_downgrade"] == "1.100.0"
    _, out, _ = run(capsys, *asked)
    assert f"no longer looks up:\n  {option} ({file}:3), since 1.120.2\n" in out
    result = json.loads(run(capsys, *asked[:-1], "--json")[1])
    assert (result["files"], result["left_out"]) == ([], [])


def test_a_worker_is_read_with_the_shared_files_and_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "homeserver.yaml").write_text("server_name: a\n")
    (tmp_path / "conf.d" / "db.yaml").write_text("database:\n  name: psycopg2\n")
    (tmp_path / "conf.d" / "notes.txt").write_text("none\n")
    worker = tmp_path / "one.yaml"
    worker.write_text("worker_app: synapse.app.generic_worker\nworker_replication_host: a\n")
    paths = [str(tmp_path / name) for name in ("homeserver.yaml", "conf.d", "one.yaml")]
    _, out, _ = run(capsys, "--from", "1.87", "--to", "1.142", *paths)
    assert "Stops Synapse: 1\n  1.88 worker_replication_host, _http_port and" in out
    assert f"({tmp_path}/one.yaml:1)\n" in out
    assert f"({tmp_path}/conf.d/db.yaml:2)\n" in out
    assert "Not in these files: " in out
    assert f"ignores too:\n  {tmp_path}/conf.d/notes.txt: it is not a file" in out


@pytest.mark.proves("command-lists-options")
def test_each_option_that_came_went_or_changed_its_default_is_listed_on_request(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sections = {name.rpartition(".")[0] for name in HISTORY.observations[Kind.OPTION]}
    kinds = set()
    for start, end in STEPS:
        before, after = (HISTORY.values(Kind.OPTION, release) for release in (start, end))
        expected = {
            name: "came" if name not in before else "went" if name not in after else "changed"
            for name in before.keys() | after.keys()
            if before.get(name, ABSENT) != after.get(name, ABSENT) and name not in sections
        }
        _, out, _ = run(capsys, "--from", start, "--to", end, "--options")
        assert re.findall(rf"^  {re.escape(end)}  (\S+): ", out, re.M) == sorted(expected)
        assert ("default:\n  none\n" in out) is (not expected)
        kinds |= set(expected.values())
    assert kinds == {"came", "went", "changed"}
    _, out, _ = run(capsys, "--from", "1.119", "--to", "1.120", "--options")
    assert "default:\n  1.120.2  enable_authenticated_media: false, then true\n" in out


@pytest.mark.proves("command-without-a-file")
def test_without_a_file_it_says_whom_a_note_concerns(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "--from", "1.94", "--to", "1.95")
    assert out.startswith("From 1.94 to 1.95\nNotes: 1\n")
    assert "\n  concerns servers with workers" in out
    assert "in this file" not in out
    assert run(capsys, "--from", "1.93", "--to", "1.94")[1] == (
        "This guide has no note between these releases.\n\n"
        "Going back: 1.90.0 is the oldest release that can open a database\n"
        "after 1.94 has opened it. Make a backup before you upgrade.\n"
    )


def test_control_characters_of_a_file_are_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a\x1b[31m.yaml"
    file.write_text('databases: {"\\e[2J": {name: sqlite3}}\n')
    for arguments in ([], ["--json"]):
        _, out, _ = run(capsys, "--from", "1.141", "--to", "1.142", str(file), *arguments)
        assert "[2J.name is sqlite3" in out
        assert all(c.isprintable() or c == "\n" for c in out)


def test_latest_is_the_newest_release(capsys: pytest.CaptureFixture[str]) -> None:
    newest = run(capsys, "--from", "1.162", "--to", "latest")
    assert newest == run(capsys, "--from", "1.162")
    assert "From 1.162 to 1.163\n" in newest[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "1.95", "--to", "1.90"], "1.95 is not before 1.90: write the older release"),
        (["--from", "x"], "'x' is not a release of Synapse: write two numbers, such as 1.90"),
        (["--from", "1.70"], "Synapse 1.70 was not run for this guide: write one from 1.79 to"),
        (["--from", "1.90", "--to", "2.0"], "Synapse 2.0 was not run for this guide"),
        (["--from", "1.89", "none.yaml"], "cannot be opened: No such file or directory"),
        (["--to", "1.90"], "the following arguments are required: --from"),
    ],
)
def test_an_impossible_upgrade_is_one_line_and_status_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err
    status, out, err = run(capsys, *arguments, "--json")
    assert (status, err) == (2, "")
    assert message in json.loads(out)["error"]


@pytest.mark.proves("command-answers-in-json")
def test_a_file_that_cannot_be_read_is_named_with_the_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "homeserver.yaml"
    file.write_text("a: [1")
    status, _, err = run(capsys, "--from", "1.89", str(file))
    assert (status, f"upgrade_notes: {file}:1:" in err) == (2, True)
    result = json.loads(run(capsys, "--from", "1.89", str(file), "--json")[1])
    assert (result["file"], result["line"]) == (str(file), 1)


def test_without_pyyaml_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "snippets.upgrade_notes.files", raising=False)
    monkeypatch.delitem(sys.modules, "snippets.shared.document", raising=False)
    assert run(capsys, "--from", "1.89")[::2] == (
        2, "upgrade_notes: this needs PyYAML: pip install pyyaml\n",
    )  # fmt: skip


def test_the_command_has_help_with_an_example_and_ends_quietly_with_its_pipe() -> None:
    command = f"{sys.executable} -m snippets.upgrade_notes"
    help_ = subprocess.run(
        [*command.split(), "--help"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert "python3 -m snippets.upgrade_notes --from 1.89 --to latest homeserver" in help_.stdout
    piped = f"set -o pipefail; {command} --from 1.79 --options | true; echo $?"
    done = subprocess.run(
        ["bash", "-c", piped], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert done.stderr == ""
    assert done.stdout.strip() == "141"


def test_a_value_that_only_the_newer_release_refuses_is_listed_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "homeserver.yaml"
    file.write_text(
        "server_name: a.example\nuser_ips_max_age: '10 '\nmax_upload_size: 1G\n", "utf-8"
    )
    (refused,) = on("1.90", "1.163", {"user_ips_max_age": "10 ", "max_upload_size": "1G"}).refused
    assert (refused.option, refused.before[:4]) == ("user_ips_max_age", "fine")
    assert main(["--from", "1.90", "--to", "1.163", str(file)]) == 0
    assert "Values with which only 1.163 does not start:\n  user_ips_max_age (" in (
        capsys.readouterr().out
    )
    assert main(["--from", "1.90", "--to", "1.163", "--json", str(file)]) == 0
    (found,) = json.loads(capsys.readouterr().out)["refused"]
    assert (found["option"], found["line"]) == ("user_ips_max_age", 2)
