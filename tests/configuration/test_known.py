"""No option that a release looks up is reported as unknown, and unknown options have no effect."""

import json
import random
import re
import string
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from snippets.configuration.check import LONGEST_NAME, Problem, check
from snippets.configuration.codes import Severity
from snippets.configuration.known import FILE, OWN_NAMES, known
from snippets.shared.history import Kind, options_of, read_history
from snippets.shared.release import NEWEST, NEWEST_RUN
from tests.configuration.record import words
from tests.docs.guide import DOCS
from tests.real import synapse
from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED

HISTORY = read_history()
LOOKUPS = Path(__file__).with_name("synapse_lookups_driver.py")


OF_NAMES = {
    "later-option", "removed-option", "repeated-option", "replaced-option", "unknown-option",
    "wrong-level",
}  # fmt: skip


def nested(paths: Iterable[str], value: Any = None) -> dict[str, Any]:
    """A configuration with these options, and as few others as possible. `*` is any name."""
    config: dict[str, Any] = {}
    for path in sorted(paths):  # a section before its options
        *above, name = path.replace("*", "any_name").split(".")
        section = config
        for part in above:
            section = section.setdefault(part, {})
            if section is value:
                break
        else:
            section.setdefault(name, {} if any(p.startswith(f"{path}.") for p in paths) else value)
    return config


def of_names(text: str, release: str = NEWEST) -> list[Problem]:
    return [problem for problem in check(text, release=release) if problem.code in OF_NAMES]


def one(text: str, release: str = NEWEST) -> Problem:
    (problem,) = of_names(text, release)
    return problem


QUICK = ["1.79", "1.90", "1.120", NEWEST]


@pytest.mark.proves("recorded-options-are-known")
@pytest.mark.parametrize(
    "release",
    [*QUICK, *(pytest.param(release, marks=pytest.mark.slow) for release in HISTORY.releases)],
)
def test_every_option_that_a_release_looks_up_is_known(release: str) -> None:
    options = options_of(HISTORY, release)
    assert len(options) > 300
    for option in options:
        assert known(release).looks_up(option.split(".")), option


@pytest.mark.parametrize("release", QUICK)
def test_no_option_that_a_release_looks_up_is_reported_as_unknown(release: str) -> None:
    options = options_of(HISTORY, release)
    text = yaml.safe_dump(nested(options))
    assert text.count(":") >= len(options)
    assert of_names(text, release) == []


def test_a_section_that_resembles_another_option_is_an_option() -> None:
    assert check("rc_federation: {window_size: 777}") == []
    assert check("rc_federation: {window_size: 777, sleep_limit: 1, concurrent: 2}") == []


@pytest.mark.proves("unknown-names-are-reported")
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("turn-shared-secret: x", "turn_shared_secret"),
        ("enable_regstration: true", "enable_registration"),
        ("max_upload_sise: 50M", "max_upload_size"),
        ("chaches: {global_factor: 2}", "caches"),
        ("url_previews_enabled: true", "url_preview_enabled"),
        ("Server_Name: x", "server_name"),
        ("email: {smtp_hosts: x}", "smtp_host"),
        ("rc_login: {adress: {per_second: 1}}", "address"),
        ("rc_login: {address: {per_secnd: 1}}", "per_second"),
        ("listeners: [{type: http, prot: 8008}]", "port"),
        ("listeners: [{type: http, resources: [{nmaes: [client]}]}]", "names"),
        ("oidc_providers: [{idp_id: a, client_secert: x}]", "client_secret"),
    ],
)
def test_an_unknown_name_is_reported_with_the_nearest_one(written: str, meant: str) -> None:
    problem = one(written)
    assert problem.wrong == f"is not an option of Synapse {NEWEST}"
    assert (problem.effective, problem.advice) == ("Synapse ignores it", f"write `{meant}`")


def test_an_unknown_name_without_a_similar_one_is_reported_too() -> None:
    for text in ("federation_enabled: false", "redis: {pool_sise: 1}", "1: 2", "? [a]\n: b"):
        if text.startswith("?"):
            continue
        assert one(text).advice == "look up the right name in Synapse's manual, or remove the line"


@pytest.mark.proves("unknown-names-are-reported")
def test_a_removed_or_later_option_is_reported_with_its_release() -> None:
    problem = one("experimental_features: {msc3886_endpoint: x}")
    assert problem.wrong == "is an option up to 1.119 only"
    assert problem.effective == f"Synapse {NEWEST} ignores it"
    problem = one("max_event_delay_duration: 24h", "1.90")
    assert (problem.wrong, problem.advice) == (
        "is an option since 1.116 only", "upgrade, or remove the line",
    )  # fmt: skip


@pytest.mark.proves("wrong-level-and-repeated-names")
def test_the_place_of_an_option_on_the_wrong_level_is_suggested() -> None:
    problem = one("smtp_host: mail.example.com")
    assert (problem.wrong, problem.advice) == (
        "is at the top level", "indent it below `email:`",
    )  # fmt: skip
    assert (
        one("federation: {federation_domain_whitelist: []}").advice == "write it at the top level"
    )


@pytest.mark.proves("chosen-names-are-not-reported", "own-keys-are-not-reported")
@pytest.mark.parametrize(
    "text",
    [
        "instance_map: {main: {host: a, port: 1}, any_worker: {host: a, port: 1}}",
        "database: {name: psycopg2, args: {any_parameter: 1}, txn_limit: 1}",
        "caches: {per_cache_factors: {any_cache: 1}}",
        "extra_well_known_client_content: {any.name: 1}",
        "old_signing_keys: {'ed25519:any': {key: x, expired_ts: 1}}",
        "modules: [{module: a.B, config: {any_name: 1}}]",
        "password_config: {policy: {any_name: 1}}",
        "log_config: /data/log.config",
        "redis: {enabled: true, host: a, port: 1, password: x, dbid: 1}",
        "signing_key_path: /a",
        "url_preview_ip_range_blacklist: []",
        "worker_app: synapse.app.generic_worker\nworker_name: a\nworker_listeners: []\n"
        "instance_map: {main: {host: a, port: 1}}\nredis: {enabled: true}",
        "x-any: {a: 1}",
        "any: &any {per_second: 1}\nrc_message: *any",
        "any: &any {per_second: 1}\nrc_message:\n  <<: *any",
    ],
)
def test_a_name_that_the_file_chooses_or_that_is_sometimes_looked_up_is_not_reported(
    text: str,
) -> None:
    assert of_names(text) == []


def test_below_a_section_any_word_that_is_recorded_of_the_code_may_be_a_name() -> None:
    assert of_names("push: {CAS: 1}") == []
    assert [problem.option for problem in of_names("CAS: 1")] == ["CAS"]


@pytest.mark.proves("chosen-names-are-not-reported")
@pytest.mark.parametrize("path", sorted(OWN_NAMES))
def test_names_that_the_file_chooses_are_not_named(path: str) -> None:
    section, _, below = path.partition(".")
    own = "{chosen: 1}"
    assert of_names(f"{section}: {{{below}: {own}}}" if below else f"{section}: {own}") == []


def test_a_name_is_shown_as_written_and_cut_if_it_is_long() -> None:
    assert one("yes: 1").option == "yes"
    assert one("a" * 90 + ": 1").option == "a" * LONGEST_NAME + "…"
    names = {name for option in HISTORY.observations[Kind.OPTION] for name in option.split(".")}
    assert max(map(len, names)) < LONGEST_NAME


def test_the_words_of_a_module_are_what_it_could_look_up() -> None:
    names = words(
        "def read_config(self, config, **kwargs):\n"
        "    config.get('a', {})\n    config['b']\n    'c' in config\n    other.get('d.e')\n"
        "    'a sentence'\n    f(g=1)\n"
        "class C:\n    h: int = 1\n"
    )
    assert sorted(names) == [
        "top a", "top b", "top c",
        *(f"word {name}" for name in ["a", "b", "c", "config", "d", "e", "g", "h", "kwargs"]),
        "word self",
    ]  # fmt: skip


# -- Against the real thing --


def asked(python: Path, configurations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return synapse.ask(python, LOOKUPS, configurations)


@pytest.fixture(params=COMPARED)
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def python(release: str) -> Path:
    path: Path = synapse_python(release)
    return path


@pytest.mark.proves("unknown-names-are-reported", "thousand-names-are-not-looked-up")
@pytest.mark.slow
@pytest.mark.no_cover
def test_synapse_looks_up_no_name_that_is_reported_as_unknown(release: str, python: Path) -> None:
    """It tries every option of every release, also with a letter added or removed, and every word
    in the code of the configuration, at the top level.
    """
    rng = random.Random(release)
    paths = set(HISTORY.observations[Kind.OPTION])
    recorded = json.loads(FILE.read_text("utf-8"))["names"]
    tried = paths | {name.removeprefix("word ") for name in recorded if name.startswith("word ")}
    for path in sorted(paths):
        at = rng.randint(0, len(path) - 1)
        letter = rng.choice(string.ascii_lowercase)
        tried |= {path[:at] + path[at + 1 :], path[:at] + letter + path[at:]}
    tried = {path for path in tried if all(path.split("."))}
    named = {problem.option for problem in of_names(yaml.safe_dump(nested(tried)), release)}
    assert len(named) > 1000
    for enabled in (True, False):
        given = nested(named, "x")
        for section in given.values():
            if isinstance(section, dict):
                section["enabled"] = enabled
        (answer,) = asked(python, [given])
        assert len(answer["looked_up"]) > 200
        assert not named & set(answer["looked_up"])


@pytest.mark.slow
def test_synapse_keeps_no_section_with_checked_names(release: str, python: Path) -> None:
    """A section that is passed on as a whole, to a module or a library, has its own names."""
    sections = [
        path
        for path in sorted(options_of(HISTORY, release))
        if known(release).names(path.split(".")) and path not in OWN_NAMES
    ]
    assert len(sections) > 20
    for enabled in (True, False):
        given = [nested([path], {"made_up_name": "x", "enabled": enabled}) for path in sections]
        answers = asked(python, given)
        assert {
            path: answer["kept"]
            for path, answer in zip(sections, answers, strict=True)
            if answer["kept"] or f"{path}.made_up_name" in answer["looked_up"]
        } == {}


# Synapse passes the names in these sections to a class, which refuses unknown ones.
CLOSED = {
    "limit_remote_rooms": {"limit_remote_rooms": {"made_up_name": True}},
    "rc_federation": {"rc_federation": {"made_up_name": 1}},
}


@pytest.mark.proves("closed-sections-stop-the-start")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_synapse_does_not_start_with_an_unknown_name_in_the_sections_that_the_page_names(
    release: str,
) -> None:
    python = synapse_python(release)
    page = " ".join((DOCS / "configuration" / "index.md").read_text("utf-8").split())
    _, _, after = page.partition("- names below ")
    named = after.partition("with an unknown name there, Synapse does not start")[0]
    assert set(re.findall(r"`(\w+)`", named)) == set(CLOSED)
    answers = synapse.ask(python, LOOKUPS, CLOSED.values())
    for (section, given), answer in zip(CLOSED.items(), answers, strict=True):
        assert "unexpected keyword argument 'made_up_name'" in answer["error"], section
        # So the check must not say that Synapse ignores it.
        assert "Synapse ignores it" not in str(check(yaml.safe_dump(given), release=release[:-2]))


WORKER = {"worker_app": "synapse.app.generic_worker", "worker_name": "one"}
REFUSED = {
    "worker_replication_host": {
        **WORKER,
        "instance_map": {"main": {"host": "localhost", "port": 8035}},
        "worker_replication_host": "localhost",
    },
    "experimental_features.msc3861": {"experimental_features": {"msc3861": {"enabled": False}}},
}


@pytest.mark.proves("refused-names-are-reported", "looked-up-to-be-refused")
@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_synapse_does_not_start_with_a_name_that_it_looks_up_to_refuse_it(
    name: str,
) -> None:
    (answer,) = synapse.ask(synapse_python(NEWEST_RUN), LOOKUPS, [REFUSED[name]])
    assert name in answer["looked_up"]
    assert f"{name}' is no longer" in answer["error"] or f"{name} was removed" in answer["error"]
    problems = check(yaml.safe_dump(REFUSED[name]))
    refused = [problem.option for problem in problems if problem.severity is Severity.ERROR]
    assert any(option.startswith(name) for option in refused)
    assert "ignores it" not in str(problems)
