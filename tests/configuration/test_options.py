"""How options are read: ours compared with two Synapse releases."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from snippets.configuration import OPTIONS, AppServiceConfig, FederationConfig
from snippets.configuration.federation import LONGEST_INTERVAL_MS
from snippets.configuration.options import FEDERATION, TOP_LEVEL
from snippets.configuration.tables import CONFIGURATIONS as RECORDING
from snippets.shared.release import NEWEST
from tests.configuration.configurations import (
    CONFIGURATIONS,
    EXAMPLE,
    options_read,
    ours,
    synapses,
)
from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED
from tests.real.releases import NEWEST as NEWEST_RUN

RECORDED = json.loads(RECORDING.read_text("utf-8"))


@pytest.mark.proves("durations-are-read-or-refused", "200-configurations-have-the-same-values")
@pytest.mark.parametrize("release", COMPARED)
def test_every_configuration_has_the_recorded_values_in_effect(
    release: str,
) -> None:
    assert RECORDED["texts"] == CONFIGURATIONS
    assert len(CONFIGURATIONS) >= 200
    for text, answer in zip(CONFIGURATIONS, RECORDED["synapse"][release], strict=True):
        assert ours(text, release) == answer, text


@pytest.mark.proves(
    "wait-grows-to-the-maximum",
    "maximum-of-10-00-is-600-ms",
    "durations-are-read-or-refused",
    "200-configurations-have-the-same-values",
    "minimum-has-no-limit",
    "checker-prints-line-effect-and-advice",
    "text-that-counts-as-true",
    "empty-section-stops-the-start",
    "does-not-start-is-said-where-it-is-so",
    "errors-stop-the-start",
)
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_synapse_still_uses_the_recorded_values(release: str) -> None:
    python: Path = synapse_python(release)
    assert synapses(python, CONFIGURATIONS) == RECORDED["synapse"][release]


@pytest.mark.proves("registration-files-must-be-a-list")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
@pytest.mark.parametrize("value", ["registration.yaml", "[1]"])
def test_the_option_is_named_at_the_start_if_the_registration_files_are_no_list(
    release: str, value: str, tmp_path: Path
) -> None:
    error = started(release, f"app_service_config_files: {value}\n", tmp_path)
    assert "Error in configuration at 'app_service_config_files':\n  Expected '" in error
    assert "to be a list of AS config files:" in error
    assert "Traceback" not in error


@pytest.mark.proves("other-refusals-are-tracebacks")
@pytest.mark.slow
@pytest.mark.parametrize("value", ["1h30m", "yes", "null"])
def test_a_duration_that_is_refused_ends_in_a_traceback(value: str, tmp_path: Path) -> None:
    text = f"federation:\n  destination_min_retry_interval: {value}\n"
    assert "Traceback (most recent call last):" in started(NEWEST_RUN, text, tmp_path)


def started(release: str, options: str, folder: Path) -> str:
    """What Synapse prints when it does not start with these options."""
    python: Path = synapse_python(release)
    file = folder / "homeserver.yaml"
    file.write_text(f"server_name: example.com\nreport_stats: false\n{options}")
    command = [str(python), "-m", "synapse.app.homeserver", "-c", str(file)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    return done.stderr


@pytest.mark.proves("no-option-is-missing")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_every_option_that_synapse_looks_up_is_ours_and_vice_versa(release: str) -> None:
    asked = options_read(synapse_python(release))
    assert sorted(asked["federation"]) == sorted(FEDERATION)
    assert sorted(asked["application services"]) == sorted(TOP_LEVEL)


def test_every_option_was_added_by_the_stated_release() -> None:
    assert {option.name: option.since for option in OPTIONS} == RECORDED["first"]


def test_the_defaults_are_those_that_the_table_of_options_writes() -> None:
    lines = "".join(f"  {name}: {option.default}\n" for name, option in FEDERATION.items())
    assert ours(f"federation:\n{lines}", NEWEST) == ours("", NEWEST)
    assert FederationConfig.read({}) == FederationConfig()


def test_the_documented_example_is_read_in_milliseconds() -> None:
    assert ours(EXAMPLE, NEWEST) == {
        "client_timeout_ms": "180000",
        "max_short_retry_delay_ms": "7000",
        "max_long_retry_delay_ms": "100000",
        "max_short_retries": "5",
        "max_long_retries": "20",
        "destination_min_retry_interval_ms": "30000",
        "destination_retry_multiplier": "5",
        "destination_max_retry_interval_ms": "43200000",
        "app_service_config_files": "[]",
        "track_appservice_user_ips": "False",
        "use_appservice_legacy_authorization": "False",
    }


def test_the_longest_interval_can_be_added_to_a_time_in_a_column_of_64_bits() -> None:
    year_9999_ms = 253_402_300_800_000
    assert LONGEST_INTERVAL_MS + year_9999_ms < 2**63 < 2 * LONGEST_INTERVAL_MS + 1
    read = FederationConfig.read({"federation": {"destination_max_retry_interval": 2**70}})
    assert read.destination_max_retry_interval_ms == LONGEST_INTERVAL_MS


def test_before_an_option_existed_its_constant_was_in_effect() -> None:
    section = {"client_timeout": "5s", "destination_min_retry_interval": "5s"}
    before_both = FederationConfig.read({"federation": section}, release="1.86")
    assert before_both.client_timeout_ms == 60_000
    before_one = FederationConfig.read({"federation": section}, release="1.89")
    assert before_one.client_timeout_ms == 5_000
    assert before_one.destination_min_retry_interval_ms == 600_000
    assert before_one.destination_retry_multiplier == 5
    assert before_one.destination_max_retry_interval_ms == 2**62
    assert AppServiceConfig.read({}, release="1.89").use_appservice_legacy_authorization is True


@pytest.mark.parametrize("release", ["", "1", "one.two", "1.90.0.1", "1.90x", "-1.90", "1.٩٠"])
def test_an_invalid_release_is_refused_with_what_to_write(release: str) -> None:
    message = f"{release!r} is not a release of Synapse: write two numbers, such as 1.90"
    with pytest.raises(ValueError, match=re.escape(message)):
        FederationConfig.read({}, release=release)
