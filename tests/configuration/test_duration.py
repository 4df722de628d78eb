"""Durations: ours compared with two Synapse releases."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.configuration import BadDuration, parse_duration
from snippets.configuration.tables import DURATIONS
from tests.configuration.durations import TRAPS, synapses
from tests.real import synapse
from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED, OLD

RECORDED = json.loads(DURATIONS.read_text("utf-8"))
ERRORS = {"IndexError", "TypeError", "ValueError"}

texts = st.text(st.sampled_from("0123456789 smhdwyMq.+-_e:٣²"), max_size=6)
values = texts | st.integers() | st.floats() | st.booleans() | st.none() | st.lists(texts)


def ours(value: Any, release: str) -> int | None:
    """What ours reads; None if it refuses the value."""
    try:
        return parse_duration(value, release=release)
    except BadDuration:
        return None


def accepted(answer: int | str) -> int | None:
    """What Synapse read; None if it refused the value."""
    return None if answer in ERRORS else int(answer)


@pytest.mark.proves("10-00-is-600-ms")
@pytest.mark.parametrize("release", COMPARED)
def test_every_trap_is_read_as_the_recorded_release_reads_it(release: str) -> None:
    assert RECORDED["traps"] == TRAPS
    for text, answer in zip(TRAPS, RECORDED["synapse"][release], strict=True):
        assert ours(yaml.safe_load(text), release) == accepted(answer), text


@pytest.mark.proves(
    "10-00-is-600-ms",
    "number-and-letter",
    "no-letter-for-months",
    "digits-as-python-reads-them",
    "3000-durations-are-read-alike",
)
@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.parametrize("release", COMPARED)
def test_random_values_are_read_as_in_synapse(release: str) -> None:
    python: Path = synapse_python(release)
    tried: list[Any] = []

    @settings(max_examples=3000, database=None)
    @given(values)
    def think(value: Any) -> None:
        tried.append(value)

    think()
    answers = synapses(python, tried)
    for value, answer in zip(tried, answers, strict=True):
        assert ours(value, release) == accepted(answer), value
    assert (
        synapses(python, [yaml.safe_load(text) for text in TRAPS]) == (RECORDED["synapse"][release])
    )


@pytest.mark.proves("no-letter-for-months")
@pytest.mark.parametrize("value", ["10M", "1.5h", "", None, True, 1.5, [1]])
def test_an_invalid_duration_is_refused_with_what_to_write(value: object) -> None:
    with pytest.raises(BadDuration) as refused:
        parse_duration(value)
    assert str(refused.value) == (
        f"{value!r} is not a duration: write a whole number and one of s, m, h, d, w, y, "
        "such as 90s or 7d"
    )


@pytest.mark.proves(
    "two-letters-stop-the-start",
    "traceback-names-no-line",
    "other-refusals-are-tracebacks",
)
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_the_traceback_of_a_bad_duration_names_no_line_of_the_file(
    release: str, tmp_path: Path
) -> None:
    python: Path = synapse_python(release)
    file = tmp_path / "homeserver.yaml"
    file.write_text(
        "server_name: example.com\nreport_stats: false\nfederation:\n  client_timeout: 1h30m\n"
    )
    command = [str(python), "-m", "synapse.app.homeserver", "-c", str(file)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    *lines, last = done.stderr.splitlines()
    assert last == "ValueError: invalid literal for int() with base 10: '1h30'"
    assert "    self.client_timeout_ms = Config.parse_duration(" in lines
    assert str(file) not in done.stderr


LOOKUPS = Path(__file__).with_name("synapse_lookups_driver.py")


@pytest.mark.proves("negative-durations-are-read")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_a_negative_duration_is_refused_by_an_option_that_checks_it_and_by_no_other(
    release: str,
) -> None:
    durations = [
        {"federation": {name: "-5m"}}
        for name in (
            "client_timeout",
            "max_short_retry_delay",
            "max_long_retry_delay",
            "destination_min_retry_interval",
            "destination_max_retry_interval",
        )
    ]
    checked = {"max_event_delay_duration": "-5m"}
    python: Path = synapse_python(release)
    *errors, of_checked = (
        answer["error"] for answer in synapse.ask(python, LOOKUPS, [*durations, checked])
    )
    assert errors == [None] * len(durations)
    if release == OLD:  # this release does not have the option
        assert of_checked is None
    else:
        assert "must be a positive value" in of_checked
