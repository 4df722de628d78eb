"""A condition of a note depends on the values of options, not only on their presence."""

from typing import Any

import pytest

from snippets.shared.document import Document
from snippets.upgrade_notes.conditions import EVERYONE, FACTS, decide, requirement
from snippets.upgrade_notes.files import Process

TRUE = ("true", "'false'", "1", "[a]", "{a: 1}")
FALSE = ("false", "0", "''", "[]", "{}", "", "null")


def process(text: str) -> Process:
    return Process([("homeserver.yaml", Document(text))])


def meets(text: str, name: str, state: str) -> bool:
    return decide([{name: state}], process(text)).met


@pytest.mark.parametrize(
    ("state", "met", "unmet"),
    [
        ("given", (*TRUE, *FALSE), ()),
        ("enabled", TRUE, FALSE),
        ("filled", ("[a]", "{a: 1}", "text"), ("[]", "{}", "''", "", "true", "5")),
        ("no list", ("irc.yaml", "", "{a: 1}"), ("[]", "[a]")),
        ("is false", ("false", "'false'"), ("true", "0", "''")),
        ("is sqlite3", ("sqlite3",), ("psycopg2", "[sqlite3]")),
        ("ends with a space", ("'10 '", "' 10  '", '"10\\t"'), ("10s", "'10s '", "10", "'a '")),
    ],
)
def test_a_state_and_its_opposite_divide_all_values(
    state: str, met: tuple[str, ...], unmet: tuple[str, ...]
) -> None:
    opposite = state.replace("is ", "is not ") if state.startswith("is ") else f"not {state}"
    for values, holds in ((met, True), (unmet, False)):
        for value in values:
            text = f"other: 1\na:\n  b: {value}\n"
            assert meets(text, "a.b", state) is holds, value
            assert meets(text, "a.b", opposite) is not holds, value
    assert not meets("other: 1", "a.b", state)
    assert meets("other: 1", "a.b", opposite)


def test_a_verdict_names_the_setting_that_decides() -> None:
    example = process("b: false\na: []\n")
    verdict = decide([{"a": "filled"}, {"b": "not enabled", "c": "not given"}], example)
    assert (verdict.met, verdict.why) == (True, "b is not on, c is not set")
    assert verdict.setting
    assert verdict.setting.line == 1
    verdict = decide([{"c": "given"}, {"a": "filled"}, {"b": "enabled"}], example)
    assert (verdict.met, verdict.why) == (False, "a is empty")
    assert verdict.setting
    assert verdict.setting.line == 2
    assert decide([{"c": "given"}], example).setting is None


def test_every_server_meets_the_condition_for_everyone_and_none_an_empty_one() -> None:
    assert decide(EVERYONE, process("a: 1")).met
    assert not decide([], process("a: 1")).met


def test_the_file_says_which_database_there_is() -> None:
    one = "database:\n  name: {}\n"
    several = "databases:\n  one:\n    name: {}\n"
    for text in (one, several):
        assert meets(text.format("psycopg2"), "PostgreSQL", "used")
        assert meets(text.format("psycopg2"), "SQLite", "not used")
        assert meets(text.format("sqlite3"), "SQLite", "used")
        assert meets(text.format("sqlite3"), "PostgreSQL", "not used")
    for database in ("SQLite", "PostgreSQL"):
        assert meets("a: 1", database, "not used")
        assert decide([{database: "not used"}], process("a: 1")).why == "database is not set"


@pytest.mark.parametrize(
    "text",
    [
        "worker_app: synapse.app.generic_worker",
        "instance_map: {main: {host: localhost, port: 9093}}",
        "stream_writers: {events: one}",
        "federation_sender_instances: [one]",
        "worker_replication_host: 127.0.0.1",
    ],
)
def test_the_file_says_whether_there_are_workers(text: str) -> None:
    assert meets(text, "workers", "used")


@pytest.mark.parametrize(
    "text",
    ["instance_map: {}", "stream_writers: {}", "start_pushers: true", "redis: {enabled: true}"],
)
def test_only_options_of_workers_show_workers(text: str) -> None:
    assert meets(text, "workers", "not used")


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("send_federation: false", True),
        ("start_pushers: false", True),
        ("notify_appservices: false", True),
        ("update_user_directory: false", True),
        ("send_federation: true", False),
        ("redis: {enabled: true}", False),
    ],
)
def test_disabled_work_may_be_done_by_workers(text: str, met: bool) -> None:
    assert meets(text, "perhaps workers", "used") is met
    assert meets(text, "workers", "not used")


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("federation_domain_whitelist: []", False),
        ("federation_domain_whitelist: {}", False),
        ("federation_domain_whitelist: [a.example]", True),
        ("federation_domain_whitelist:", True),
        ("server_name: a", True),
    ],
)
def test_a_server_with_an_empty_whitelist_does_not_federate(text: str, met: bool) -> None:
    assert meets(text, "federation", "used") is met
    assert decide([{"federation": "used"}], process(text)).why == (
        "" if met else "federation_domain_whitelist is empty"
    )


@pytest.mark.parametrize(
    ("text", "worker"),
    [
        ("worker_app: synapse.app.generic_worker", True),
        ("worker_app: synapse.app.homeserver", False),
        ("worker_app: synapse.app.homeserver\nworker_name: one", True),
        ("worker_app: synapse.app.generic_worker\nworker_name:", False),
        ("server_name: a", False),
    ],
)
def test_the_name_says_whether_a_process_is_a_worker(text: str, worker: bool) -> None:
    assert meets(text, "worker process", "used") is worker


def test_the_file_says_whether_clients_log_in_elsewhere() -> None:
    name = "Matrix Authentication Service"
    assert meets("matrix_authentication_service: {enabled: true}", name, "used")
    assert meets("experimental_features: {msc3861: {enabled: true}}", name, "used")
    assert meets("matrix_authentication_service: {enabled: false}", name, "not used")


@pytest.mark.parametrize(
    ("writers", "missing"),
    [("[one]", "one"), ("one", "one"), ("[master, two]", None), ("two", None), ("[]", None)],
)
def test_a_writer_is_looked_for_in_instance_map(writers: str, missing: str | None) -> None:
    name = "writer that instance_map lacks"
    text = f"instance_map:\n  two: {{}}\nstream_writers:\n  quarantined_media_changes: {writers}\n"
    verdict = decide([{name: "used"}], process(text))
    assert verdict.met is bool(missing)
    if missing:
        assert verdict.why == f"instance_map lacks {missing}"
    else:
        assert decide([{name: "not used"}], process(text)).why == f"no {name}"


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("user_ips_max_age: '10 '", True),
        ("federation: {client_timeout: '10 '}", True),
        ("federation: {client_timeout: 30s}", False),
        ("gc_min_interval: [1s, '10 ', 1s]", True),
        ("retention: {purge_jobs: [{interval: '10 '}]}", True),
        ("registration_shared_secret: '10 '", False),
        ("max_upload_size: '10 '", False),
        ("account_validity: {enabled: true, period: '10 '}", True),
        ("account_validity: {enabled: false, period: '10 '}", False),
        ("caches: {cache_entry_ttl: '10 '}", True),
        ("caches: {cache_entry_ttl: '10 ', expire_caches: false}", False),
    ],
)
def test_a_final_space_is_found_in_durations_only(text: str, met: bool) -> None:
    name = "duration that ends with a space"
    assert meets(text, name, "used") is met
    verdict = decide([{name: "used"}], process(text))
    assert bool(verdict.setting) is met, "a duration that is right decides nothing"


@pytest.mark.parametrize("value", [["a"], None])
def test_every_fact_can_be_decided_for_any_values(value: Any) -> None:
    text = f"database: {value}\ndatabases: {value}\ninstance_map: {value}\nstream_writers: {value}"
    for name in FACTS:
        assert decide([{name: "used"}], process(text)).met in (True, False)


def test_an_unknown_state_is_refused_with_what_to_write() -> None:
    with pytest.raises(ValueError, match="a is 'on': write `given`, `not given`, `enabled`"):
        requirement("a", "on")
