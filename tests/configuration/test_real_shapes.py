"""Configurations of the shapes that people have: no error where Synapse reads them, no noise."""

from pathlib import Path

import pytest

from snippets.configuration.check import check
from snippets.configuration.codes import Severity
from tests.configuration.deployments import Process
from tests.configuration.starting import synapses
from tests.real.driver import LEAST
from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED

# Each is a part of a file; what it needs beside it is in `LEAST`.
READ = {
    "resources of a listener": """
        listeners: [{port: 8448, type: http, resources: [{names: [client, federation, media]}]}]
        """,
    "an option that a message names": """
        require_auth_for_profile_requests: true
        limit_profile_requests_to_users_who_share_rooms: true
        """,
    "a list of three": "gc_thresholds: [500, 20, 5]\ngc_min_interval: [2s, 20s, 1m]",
    "one of some numbers": "federation_client_minimum_tls_version: 1.2",
    "another one of some numbers": "federation_client_minimum_tls_version: '1.1'",
    "names as keys": """
        caches: {per_cache_factors: {get_event: 1.5}}
        default_power_level_content_override: {public_chat: {events: {m.room.name: 60}}}
        """,
    "a writer in the map": """
        instance_map: {main: {host: hs, port: 9093}, scribe: {host: scribe, port: 9094}}
        stream_writers: {typing: scribe, receipts: [scribe]}
        """,
    "what a section requires": """
        oidc_config: {enabled: false, issuer: "https://one.example", client_id: one}
        presence: {last_active_granularity: 1m, idle_timeout: 2m}
        """,
    "words beside true and false": """
        password_config: {enabled: only_for_reauth}
        presence: {enabled: untracked}
        """,
    "a feature beside the one that it needs": """
        experimental_features: {msc3391_enabled: true, msc3890_enabled: true}
        """,
    "words of the file itself": """
        user_types: {default_user_type: student, extra_user_types: [student, teacher]}
        """,
    "an address as a name": "server_name: '[2001:db8::1]:8448'",
    "a part of what options need": """
        email: {notif_from: me@example.com, enable_notifs: false, notif_for_new_users: true}
        """,
}
NEW = {"later-option"}  # the older release does not have it
REFUSED = {
    "the option that a message names is missing": "outbound_federation_restricted_to: [sender]",
    "a part of a section": "email: {client_base_url: 'https://web.example'}",
    "text instead of a number": "max_upload_size: as much as they like",
    "a name with spaces": "server_name: our little server",
    "a placeholder": "server_name: ${SERVER}",
    "a name with an underscore": "server_name: home_server.example",
    "a port that is no number": "server_name: home.example:https",
    "a broken address": "server_name: '[::1'",
}


def file(part: str) -> str:
    lines = [line.strip() for line in part.strip().splitlines()]
    given = {line.partition(":")[0] for line in lines}
    whole = {**LEAST, "database": {"name": "sqlite3", "args": {"database": ":memory:"}}}
    least = [f"{name}: {value!r}" for name, value in whole.items() if name not in given]
    return "\n".join([*least, *lines]).replace("True", "true").replace("False", "false") + "\n"


def errors(text: str, release: str) -> list[str]:
    found = check(text, release=release)
    return [one.option for one in found if one.severity is Severity.ERROR]


@pytest.mark.parametrize("release", COMPARED)
@pytest.mark.parametrize("part", READ)
def test_a_file_of_a_usual_shape_has_no_error(part: str, release: str) -> None:
    assert [one for one in check(file(READ[part]), release=release) if one.code not in NEW] == []


@pytest.mark.parametrize("release", COMPARED)
@pytest.mark.parametrize("part", REFUSED)
def test_a_refused_file_has_an_error(part: str, release: str) -> None:
    assert errors(file(REFUSED[part]), release)


@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_synapse_reads_or_refuses_the_same_files(release: str, tmp_path: Path) -> None:
    processes = []
    for number, part in enumerate([*READ.values(), *REFUSED.values()]):
        path = tmp_path / f"{number}.yaml"
        path.write_text(file(part))
        processes.append(Process((str(path),), str(tmp_path)))
    ends = synapses(synapse_python(release), processes, logging=False)
    refused = {part for part, error in zip([*READ, *REFUSED], ends, strict=True) if error}
    assert refused == REFUSED.keys()


def test_the_names_below_a_module_are_its_own() -> None:
    store = "{module: stores.Bucket, config: {bucket: one, region: two}}"
    assert check(f"media_storage_providers: [{store}]") == []


def test_permissions_are_written_to_base_8() -> None:
    socket = "{path: /run/one.sock, type: http, mode: 0660, resources: []}"
    assert check(f"listeners: [{socket}]") == []


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("rc_login: {account: {burst: 4}}", "write `burst_count`"),
        ("upload_size: 10M", "write `max_upload_size`"),
        ("federation_ip_range_whitelist: []", "write `ip_range_whitelist`"),
        ("experimental_features: {msc9999_enabled: true}", "look up the right name"),
    ],
)
def test_the_name_that_is_meant_is_proposed(text: str, advice: str) -> None:
    (problem,) = check(text)
    assert problem.code == "unknown-option"
    assert problem.advice.startswith(advice)


def test_an_error_about_a_section_is_said_once() -> None:
    service = "{enabled: true, issuer: 'https://one.example/', client_id: one}"
    found = check(f"experimental_features: {{msc3861: {service}}}")
    assert [one.option for one in found] == ["experimental_features.msc3861.enabled"]


def test_the_error_of_a_placeholder_is_the_recorded_one() -> None:
    (problem,) = check("server_name: ${MATRIX_HOST}")
    assert problem.effective.endswith("Server name the value has an invalid format")
    (problem,) = check("server_name: one.example:none")
    assert problem.effective.endswith("Invalid server name the value")
