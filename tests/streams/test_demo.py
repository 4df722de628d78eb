"""`python3 -m snippets.streams demo`, run as a reader would run it."""

import json
import multiprocessing
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from snippets.streams import demo, demo_processes
from snippets.streams.__main__ import main
from snippets.streams.bus import CONNECTED
from snippets.streams.open_database import open_database
from snippets.streams.redis_bus import RedisEndpoint
from snippets.streams.storage import StreamStore
from tests import ROOT
from tests.real.postgres import Server as Postgres
from tests.real.redis import Server as Redis


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a process of its own."""
    command = [sys.executable, "-m", "snippets.streams", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_every_reader_sees_every_fact_once_and_in_order() -> None:
    done = run("demo", "--writers", "2", "--readers", "2", "--facts", "301")
    assert done.returncode == 0, done.stderr
    out = done.stdout.splitlines()
    assert out[0].startswith("2 writers, sqlite, in-process bus, ")
    assert out[1:] == [f"reader{n} saw 301 facts: 0 lost, 0 twice, 0 out of order" for n in (1, 2)]
    assert done.stderr.splitlines()[-1].endswith(" % read")


@pytest.mark.slow
def test_the_result_is_also_json_and_a_named_database_keeps_the_facts(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path / 'kept.db'}"
    for _ in range(2):
        done = run("demo", "--writers", "1", "--readers", "1", "--facts", "5", "--json",
                   "--database", url)  # fmt: skip
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        assert done.stdout == json.dumps(result, indent=2) + "\n"
        right = {"facts": 5, "lost": 0, "twice": 0, "out_of_order": 0}
        assert result["readers"] == {"reader1": right}
        assert (result["database"], result["bus"]) == ("sqlite", "in-process")
    with open_database(url) as database:
        assert (
            len(StreamStore(database, demo_processes.STREAM).get_updates("writer1", 1, 99).facts)
            == 10
        )


@pytest.mark.slow
def test_its_processes_have_ended_when_it_ends() -> None:
    assert main(["demo", "--writers", "1", "--readers", "1", "--facts", "1"]) == 0
    assert multiprocessing.active_children() == []


@pytest.mark.proves("demo-runs-on-yours")
@pytest.mark.slow
def test_the_demo_runs_on_postgresql_and_redis_beside_a_homeservers_tables(
    postgres: Postgres, redis: Redis
) -> None:
    url = postgres.create("demo")
    with open_database(url) as database:
        database.execute("CREATE TABLE stream_positions (of_a_homeserver TEXT)")
    others = RedisEndpoint(redis.url)
    assert others.receive(30) == CONNECTED
    done = run("demo", "--facts", "300", "--database", url, "--redis", redis.url, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["database"], result["bus"]) == ("postgresql", "redis")
    assert others.receive(0) is None  # the demo has its own channel
    others.close()
    with open_database(url) as database:
        assert database.execute("SELECT * FROM stream_positions") == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--database", "mysql:x"], "demo: 'mysql:x' is not a database: write sqlite:PATH or p"),
        (
            ["--database", "sqlite::memory:"],
            "demo: 'sqlite::memory:' is visible to one process only",
        ),
        (["--database", "sqlite:/nowhere/x"], "demo: SQLite cannot open '/nowhere/x'"),
        (["--redis", "unix:///nowhere"], "demo: reader1: Redis cannot be reached at unix:///no"),
    ],
)
def test_a_demo_that_cannot_run_is_one_line_and_status_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--readers", "1", *arguments]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1
    assert errors[0].startswith(message)


@pytest.mark.slow
def test_a_read_only_database_is_reported(
    postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgres.create("not_yours")
    with open_database(url) as database:
        database.execute("CREATE ROLE guest LOGIN")
    assert main(["demo", "--database", url.replace("user=postgres", "user=guest")]) == 2
    errors = capsys.readouterr().err
    assert errors == "demo: PostgreSQL refuses: permission denied for database not_yours\n"


@pytest.mark.parametrize("count", ["0", "-1", "many"])
def test_a_number_of_processes_is_1_or_more(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", f"--writers={count}"])
    assert f"{count!r} is not a count: write 1 or more" in capsys.readouterr().err


def test_an_interrupt_ends_it_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run", interrupted)
    assert main(["demo"]) == 130


@pytest.mark.slow
def test_a_wrong_result_has_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"facts": 4, "lost": 1, "twice": 0, "out_of_order": 0}
    monkeypatch.setattr(demo, "verdict", lambda *_: wrong)
    assert main(["demo", "--writers", "1", "--readers", "1", "--facts", "5"]) == 1
    assert "1 lost" in capsys.readouterr().out


def test_the_verdict_counts_lost_repeated_and_unordered_facts() -> None:
    setting = demo_processes.Setting(("w",), {"w": 5}, "sqlite::memory:", None)
    assert demo.verdict(setting, {"w": [0, 2, 1, 1]}) == {
        "facts": 4,
        "lost": 2,
        "twice": 1,
        "out_of_order": 1,
    }


def test_silence_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "PATIENCE_S", 0.01)
    context = multiprocessing.get_context("spawn")
    with pytest.raises(demo.Failed, match="nothing happened"):
        demo.Watch(context.Queue(), 1).until("ready", ["reader1"])


@pytest.mark.parametrize("process", [demo_processes.write, demo_processes.read])
def test_a_process_that_fails_says_why(process: Any) -> None:
    reports: Any = queue.Queue()
    setting = demo_processes.Setting(("w",), {"w": 5}, "sqlite:/nowhere/x", None)
    process(setting, "w", None, reports, threading.Event())
    with pytest.raises(demo.Failed, match="w: SQLite cannot open '/nowhere/x'"):
        demo.Watch(reports, 5).until("ready", ["w"])


def test_an_internal_error_is_reported_and_raised() -> None:
    reports: Any = queue.Queue()
    setting = demo_processes.Setting(("w",), {"w": 5}, "sqlite::memory:", None)
    with pytest.raises(Exception, match="no such table"):
        demo_processes.read(setting, "r", None, reports, threading.Event())
    with pytest.raises(demo.Failed, match=r"r: OperationalError.*no such table"):
        demo.Watch(reports, 5).until("ready", ["r"])


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.delitem(sys.modules, "snippets.streams.redis_bus", raising=False)
    reports: Any = queue.Queue()
    setting = demo_processes.Setting(("w",), {"w": 5}, "sqlite::memory:", "redis://x")
    demo_processes.read(setting, "r", None, reports, threading.Event())
    with pytest.raises(demo.Failed, match="r: Redis needs redis-py: pip install redis"):
        demo.Watch(reports, 5).until("ready", ["r"])


def test_progress_is_shown_in_tenths(capsys: pytest.CaptureFixture[str]) -> None:
    reports: Any = queue.Queue()
    for report in (("r", "read", 5), ("r", "read", 10), ("r", "read", 101), ("r", "saw", "all")):
        reports.put(report)
    assert demo.Watch(reports, 100).until("saw", ["r"]) == {"r": "all"}
    assert capsys.readouterr().err.split() == ["10", "%", "read", "100", "%", "read"]


def test_a_process_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "END_S", 0.01)
    stop = threading.Event()
    process = multiprocessing.get_context("fork").Process(target=stop.wait)
    process.start()
    demo.end(process, multiprocessing.Event())
    assert process.exitcode == -9


def test_a_process_is_asked_to_stop_before_it_is_joined() -> None:
    context = multiprocessing.get_context("fork")
    stop = context.Event()
    process = context.Process(target=stop.wait)
    process.start()
    demo.end(process, stop)
    assert process.exitcode == 0
