"""Every finding has a code, and every code has a file that shows it."""

import pytest

from snippets.configuration.check import check, check_files
from snippets.configuration.codes import CODES, Severity
from snippets.configuration.options import OPTIONS
from snippets.configuration.tables import BAD, written
from snippets.shared.document import Document

# By code, the shortest file in which the checker finds it, and nothing else.
EXAMPLES = {
    "unknown-option": "turn-shared-secret: x",
    "removed-option": "experimental_features: {msc3886_endpoint: x}",
    "wrong-level": "smtp_host: mail.example.com",
    "repeated-option": "server_name: a\nserver_name: b",
    "not-a-mapping": "federation:",
    "not-a-list": "app_service_config_files: a.yaml",
    "not-a-path": "app_service_config_files: [1]",
    "not-a-duration": "federation: {client_timeout: 1h30m}",
    "missing-unit": "federation: {client_timeout: 10}",
    "not-above-zero": "federation: {client_timeout: 0s}",
    "too-long": "federation: {client_timeout: 999999999y}",
    "misread-number": "federation: {client_timeout: 10:00}",
    "not-a-whole-number": "federation: {max_long_retries: 1.5}",
    "below-zero": "federation: {max_long_retries: -1}",
    "not-a-number": "federation: {destination_retry_multiplier: x}",
    "not-above-one": "federation: {destination_retry_multiplier: 1}",
    "not-true-or-false": "track_appservice_user_ips: 'false'",
    "minimum-above-maximum": "federation: {destination_min_retry_interval: 10d}",
}


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_example_of_a_code_shows_it_and_nothing_else(code: str) -> None:
    assert [problem.code for problem in check(EXAMPLES[code])] == [code]


def test_every_code_has_an_example_or_needs_another_release_or_a_second_file() -> None:
    assert CODES.keys() - EXAMPLES.keys() == {"later-option", "replaced-option"}
    assert [p.code for p in check("max_event_delay_duration: 1d", release="1.90")] == [
        "later-option"
    ]
    files = {"a": Document("modules: [1]"), "b": Document("modules: []")}
    assert [problem.code for problem in check_files(files).problems] == ["replaced-option"]


def test_an_error_is_a_finding_that_stops_the_start() -> None:
    problems = [p for o in OPTIONS for value in BAD[o.kind] for p in check(written(o, value))]
    assert {problem.severity for problem in problems} == {Severity.ERROR, Severity.WARNING}
    for problem in problems:
        refused = problem.effective == "Synapse does not start"
        assert refused is (problem.severity is Severity.ERROR)
