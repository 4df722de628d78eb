"""The tools `schedule` and `explain`."""

import io
import json
import random
import subprocess
import sys
from typing import Any

import pytest

from snippets.configuration import FederationConfig
from snippets.federation_backoff.__main__ import main
from snippets.federation_backoff.explain import explain, parse_row
from snippets.federation_backoff.report import when
from snippets.federation_backoff.schedule import MOST_FAILURES, Schedule, life
from tests.docs.guide import ROOT

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
EXAMPLE = FederationConfig(
    destination_min_retry_interval_ms=30_000,
    destination_retry_multiplier=5,
    destination_max_retry_interval_ms=12 * HOUR,
)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        status = main(arguments)
    except SystemExit as exit_:
        status = int(str(exit_.code))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def json_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    status, out, _ = run(capsys, *arguments, "--json")
    assert status == 0
    result = json.loads(out)
    assert isinstance(result, dict)
    return result


# -- schedule --


@pytest.mark.proves("simulated-runs-are-within-bounds")
@pytest.mark.parametrize("config", [EXAMPLE, FederationConfig()])
def test_every_simulated_run_is_within_the_bounds_of_every_attempt(
    config: FederationConfig,
) -> None:
    schedule = Schedule(config, seed=2, runs=50)
    rng = random.Random(3)
    for _ in range(500):
        waits = life(config, rng, len(schedule.attempts))
        for number, attempt in enumerate(schedule.attempts):
            assert attempt.at.least <= sum(waits[:number]) <= attempt.at.most
            assert attempt.wait.least <= waits[number] <= attempt.wait.most


@pytest.mark.proves("schedule-has-json-and-releases")
def test_the_documented_example_is_at_its_cap_after_five_to_seven_failures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ["schedule", "--min", "30s", "--multiplier", "5", "--max", "12h"]
    result = json_of(capsys, *asked)
    assert result["failures_to_cap"] == {"fewest": 5, "median": 6, "most": 7}
    assert 8 * HOUR < result["time_to_cap_ms"]["median"] < 9 * HOUR
    assert result["catch_up"] == {"possible_from_failure": 4, "certain_from_failure": 5}
    first, second = result["attempts"][:2]
    assert first["at_ms"] == {"least": 0, "median": 0, "most": 0}
    assert second["wait_ms"]["least"] == 4 * 30_000
    assert second["wait_ms"]["most"] == 7 * 30_000
    status, out, _ = run(capsys, *asked)
    assert status == 0
    assert "The maximum is reached after 5 to 7 failures, in the median 6: 8h" in out


def test_the_defaults_are_at_their_cap_after_eight_to_sixteen_failures() -> None:
    schedule = Schedule(FederationConfig(), runs=500)
    assert schedule.failures_to_cap == (8, 10, 16)
    assert schedule.attempts[-1].wait.least == 7 * DAY


def test_the_percentiles_are_those_of_the_times_to_the_cap() -> None:
    schedule = Schedule(EXAMPLE, runs=100)
    times = schedule.time_to_cap()
    percentiles = schedule.time_to_cap_percentiles()
    assert percentiles == (times[5], times[50], times[95])
    never = FederationConfig(destination_retry_multiplier=1.0001)
    assert Schedule(never, runs=5).time_to_cap_percentiles() is None


@pytest.mark.proves("old-constants-mean-months")
def test_the_schedule_ends_at_the_first_failure_after_100_years() -> None:
    century = 100 * 365 * DAY
    endless = Schedule(FederationConfig.read({}, release="1.89"), runs=50)
    late = endless.outlived()
    assert late is not None
    assert endless.attempts[late - 2].at.median <= century < endless.attempts[late - 1].at.median
    assert endless.attempts[7 - 1].wait.median > 60 * DAY
    assert Schedule(EXAMPLE, runs=50).outlived() is None


@pytest.mark.proves("schedule-has-json-and-releases", "old-constants-mean-months")
def test_before_1_90_waits_grow_without_end(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "schedule", "--release", "1.89")
    assert status == 0
    assert "and so on: later than 100 years" in out
    assert "multiplier 5" in out


def test_a_multiplier_that_the_jitter_can_outweigh_may_never_reach_the_cap(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = run(capsys, "schedule", "--multiplier", "1.1")
    assert "The maximum is reached after 18 to more than 60 failures" in out
    assert "A wait may be above an hour from failure 6 on: then" in out
    _, out, _ = run(capsys, "schedule", "--multiplier", "1.0001", "--max", "1000y")
    assert "The maximum is not reached within 60 failures." in out
    assert "failures_to_cap" in run(capsys, "schedule", "--multiplier", "1.0001", "--json")[1]
    schedule = Schedule(FederationConfig(destination_retry_multiplier=1.0001), runs=5)
    assert len(schedule.attempts) == MOST_FAILURES + 1
    assert schedule.failures_to_cap[2] is None


def test_a_maximum_of_an_hour_never_makes_a_destination_catch_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = run(capsys, "schedule", "--max", "1h")
    assert "No wait is above an hour" in out
    _, out, _ = run(capsys, "schedule", "--min", "2h")
    assert "A wait may be above an hour from failure 1 on: then" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--min", "0"], "'0' is not above 0"),
        (["--min", "soon"], "'soon' is not a duration: write a whole number and one of"),
        (["--max", "1h", "--min", "2h"], "--min 2h is above --max 1h: write a lower one"),
        (["--multiplier", "1"], "'1' is not a multiplier: write a number above 1"),
        (["--multiplier", "1000001"], "'1000001' is not a multiplier"),
        (["--multiplier", "two"], "'two' is not a multiplier"),
        (["--multiplier", "nan"], "'nan' is not a multiplier"),
        (["--release", "old"], "'old' is not a release of Synapse"),
        (["--release", "1.89", "--min", "5s"], "Synapse 1.89 has no options for this"),
    ],
)
def test_impossible_arguments_are_refused_with_advice(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "schedule", *arguments)
    assert (status, out) == (2, "")
    assert message in err


def test_a_multiplier_may_be_a_million(capsys: pytest.CaptureFixture[str]) -> None:
    assert json_of(capsys, "schedule", "--multiplier", "1000000")


# -- explain --

NOW = 1_800_000_000_000
ROW = f"example.org|{NOW - 5 * MINUTE}|{10 * MINUTE}|{NOW - HOUR}|"


@pytest.mark.parametrize(
    "text",
    [
        "a.example|100|200|50",
        " a.example | 100 | 200 | 50 | 7 ",
        "| a.example | 100 | 200 | 50 |",
        "a.example\t100\t200\t50\tnull",
        "a.example, 100, 200, 50",
        '{"destination": "a.example", "retry_last_ts": 100, "retry_interval": 200, '
        '"failure_ts": 50, "last_successful_stream_ordering": null}',
    ],
)
def test_a_pasted_row_is_understood(text: str) -> None:
    assert parse_row(text) == ("a.example", (50, 100, 200))


def test_a_healthy_row_is_understood() -> None:
    assert parse_row("a.example||||12") == ("a.example", (None, 0, 0))
    assert parse_row("a.example|0|0|NULL") == ("a.example", (None, 0, 0))


@pytest.mark.parametrize(
    "text",
    ["", "a", "a|b", "a|1|2|3|4|5", "a|1|x|3", "a|1|2|99999999999999999999", "{", "{}", '{"a": 1}',
     "|1|2|3", '{"destination": "a", "retry_last_ts": 1.5}'],
)  # fmt: skip
def test_an_invalid_row_is_refused_with_what_to_paste(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "explain", text)
    assert (status, out) == (2, "")
    assert "write destination|retry_last_ts|retry_interval|failure_ts" in err
    assert err.count("\n") == 1


def test_a_destination_that_is_left_alone_is_due_at_the_end_of_the_wait(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ["explain", ROW, "--now", str(NOW)]
    assert run(capsys, *asked)[1].splitlines() == [
        "example.org has been failing since 2027-01-15 07:00:00 UTC.",
        "It is left alone for 5m more, until 2027-01-15 08:05:00 UTC.",
        "A success then resets it to NULL, 0, 0.",
        "A failure then leaves it alone for 16m to 28m.",
    ]
    result = json_of(capsys, *asked)
    assert (result["state"], result["left_ms"]) == ("left alone", 5 * MINUTE)
    assert result["after_success"] is None
    assert result["after_failure"]["longest"] == {
        "failure_ts": NOW - HOUR,
        "retry_last_ts": NOW + 5 * MINUTE,
        "retry_interval": 28 * MINUTE,
    }


def test_a_row_at_the_cap_shows_the_bug_of_1_90(capsys: pytest.CaptureFixture[str]) -> None:
    row = f"example.org|{NOW - 8 * DAY}|{7 * DAY}|{NOW - 30 * DAY}"
    asked = ["explain", row, "--now", str(NOW)]
    _, out, _ = run(capsys, *asked, "--release", "1.90")
    assert "A failure then changes nothing: every further request is made at once." in out
    _, out, _ = run(capsys, *asked, "--release", "1.91")
    assert "A failure then leaves it alone for 7d." in out
    assert "It has been due since" in out


def test_a_healthy_destination_and_one_with_a_wait_of_0(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = run(capsys, "explain", "a|||", "--now", str(NOW))
    assert out.splitlines()[0] == "a is not left alone: a request is made at once."
    assert "A failure then leaves it alone for 10m." in out
    _, out, _ = run(capsys, "explain", f"a|{NOW - 1}|0|{NOW - 1}", "--now", str(NOW))
    assert "A success then keeps the row." in out


def test_a_row_is_read_from_standard_input_for_the_current_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a|4611686018427387904|4611686018427387903|1\n"))
    status, out, _ = run(capsys, "explain", "-")
    assert status == 0
    assert f"until {2**63 - 1} ms after 1970" in out


def test_explaining_does_not_depend_on_the_jitter() -> None:
    explanation = explain(*parse_row(ROW), NOW)
    assert explanation == explain(*parse_row(ROW), NOW)


def test_the_tools_run_as_commands_and_have_help() -> None:
    command = [sys.executable, "-m", "snippets.federation_backoff"]
    for arguments, line in (
        (["--help"], b"schedule"),
        (["explain", "--help"], b"psql"),
        (["schedule", "--max", "1h"], b"failures"),
    ):
        done = subprocess.run([*command, *arguments], capture_output=True, cwd=ROOT, check=True)
        assert line in done.stdout


def test_times_for_people_are_in_utc() -> None:
    assert when(0) == "1970-01-01 00:00:00 UTC"


def test_a_row_that_is_not_utf_8_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff"), "utf-8"))
    assert run(capsys, "explain", "-") == (2, "", "explain: standard input is not UTF-8\n")


@pytest.mark.parametrize(("days", "outlived"), [(36_500, False), (36_501, True)])
def test_100_years_are_36_500_days(days: int, outlived: bool) -> None:
    wait = days * 24 * 60 * 60 * 1000
    config = FederationConfig(
        destination_min_retry_interval_ms=wait, destination_max_retry_interval_ms=wait
    )
    schedule = Schedule(config, runs=1)
    assert schedule.attempts[1].at.median == wait
    assert (schedule.outlived() == 2) is outlived
