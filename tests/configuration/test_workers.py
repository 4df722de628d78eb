"""Workers: the checker finds an error exactly where a real release does not start."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from snippets.configuration.check import check
from snippets.configuration.workers import problems_of_workers
from snippets.shared.document import Document
from snippets.shared.release import parse_release
from tests.configuration.deployments import Process
from tests.configuration.starting import WORKERS, errors, ours, synapses
from tests.configuration.workers import GONE, MAIN, MAP, cases
from tests.real import synapse
from tests.real.fixtures import synapse_python
from tests.real.homeserver import Homeserver
from tests.real.releases import NEWEST

# `make test-releases` runs every release, so that each change is tied to the right release. Before
# 1.89 a few of the listeners and places here are read otherwise.
SINCE = [release for release in synapse.releases() if parse_release(release) >= (1, 89)]
RUN = SINCE if "EVERY_RELEASE" in os.environ else synapse.COMPARED


@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.proves("workers-are-checked-as-synapse-does")
@pytest.mark.parametrize("release", RUN)
def test_the_checker_finds_an_error_where_a_worker_or_listener_stops_the_start(
    release: str, tmp_path: Path
) -> None:
    started = []
    for number, (program, options) in enumerate(cases()):
        file = tmp_path / f"{number}.yaml"
        file.write_text(json.dumps(options))
        started.append(Process((str(file),), str(tmp_path), program))
    assert len(started) > 250
    theirs = synapses(synapse_python(release), started, logging=False)
    differing = {
        Path(process.paths[0]).read_text("utf-8"): (error, errors(found))
        for process, error in zip(started, theirs, strict=True)
        if (error is None) == bool(errors(found := ours(process.paths, release[:-2])))
    }
    assert differing == {}


def found(program_options: dict[str, Any], release: str = "1.163") -> list[tuple[str, str]]:
    problems = check(yaml.safe_dump(program_options), release=release)
    return [(p.code, p.option) for p in problems if p.code in WORKERS]


def worker(**changes: Any) -> dict[str, Any]:
    own = {"worker_app": "synapse.app.generic_worker", "worker_name": "w1", "instance_map": MAP}
    listener = {"type": "http", "port": 9094, "resources": [{"names": ["replication"]}]}
    return {**own, "redis": {"enabled": True}, "worker_listeners": [listener], **changes}


def test_no_case_is_a_traceback_and_each_finding_is_at_a_place_of_the_file() -> None:
    for _, options in cases():
        text = json.dumps(options)
        for one in problems_of_workers({"": Document(text)}, "1.163"):
            assert one.line == 1
            assert one.finding.code in WORKERS | {"exposed-listener"}
            assert 1 <= one.column <= len(text)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"worker_listeners": []}, [("not-reachable", "instance_map.w1")]),
        ({"worker_listeners": [{"type": "http", "port": 9094}]},
         [("not-reachable", "instance_map.w1")]),
        ({"worker_listeners": [{"type": "http", "port": 9094, "resources": [{"names": []}]}]},
         [("not-reachable", "instance_map.w1")]),
        ({"worker_listeners": GONE}, [("not-reachable", "instance_map.w1")]),
        ({"worker_name": "unlisted", "worker_listeners": []}, []),
        ({"instance_map": {"main": MAIN, "w1": {"path": "/run/w1.sock"}}}, []),
        ({"worker_name": GONE}, [("missing-worker-name", "worker_app")]),
        ({"redis": GONE}, [("bad-worker", "worker_app")]),
        ({"redis": {"enabled": False}}, [("bad-worker", "worker_app")]),
        ({"worker_app": GONE}, [("bad-worker", "worker_name")]),
        ({"worker_app": "synapse.app.homeserver", "worker_name": GONE}, []),
        ({"worker_app": "generic_worker"}, [("bad-worker", "worker_app")]),
        ({"instance_map": {"w1": MAIN}, "worker_listeners": []},
         [("bad-worker", "worker_app"), ("not-reachable", "instance_map.w1")]),
        ({"instance_map": "x"},
         [("bad-instance-map", "instance_map"), ("bad-worker", "worker_app")]),
    ],
)  # fmt: skip
def test_what_a_worker_needs_is_found(
    changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    options = {name: value for name, value in worker(**changes).items() if value is not GONE}
    assert sorted(found(options)) == sorted(expected)


def test_what_is_refused_depends_on_the_release() -> None:
    old = worker(worker_replication_host="localhost")
    assert [found(old, release) for release in ("1.87", "1.88")] == [
        [], [("bad-worker", "worker_replication_host")],
    ]  # fmt: skip
    without = worker(worker_replication_host="a", instance_map={"w1": MAP["w1"]})
    assert found(without, "1.87") == []
    for stream, since, several in [
        ("push_rules", "1.105", None), ("receipts", "1.79", "1.96"),
        ("device_lists", "1.135", "1.135"),
    ]:  # fmt: skip
        writers = {"instance_map": MAP, "stream_writers": {stream: ["w1", "w2"]}}
        assert found(writers, several or since) == (
            [] if several else [("bad-writers", f"stream_writers.{stream}")]
        )
        one = {"instance_map": MAP, "stream_writers": {stream: ["w1"]}}
        assert found(one, since) == []
    some: list[Any] = ["", []]
    for empty in some:
        assert found({"instance_map": empty}, "1.141") == []
        assert found({"instance_map": empty}, "1.142") == [("bad-instance-map", "instance_map")]
    unlisted = {"stream_writers": {"thread_subscriptions": ["w1"]}}
    assert [bool(found(unlisted, release)) for release in ("1.158", "1.159")] == [False, True]


def test_main_as_a_writer_stops_the_workers_only() -> None:
    writers = {"stream_writers": {"events": ["main"]}}
    assert found({"instance_map": MAP, **writers}) == [
        ("main-as-writer", "stream_writers.events.0")
    ]
    assert found(worker(**writers)) == [("bad-writers", "stream_writers.events.0")]


@pytest.mark.slow
@pytest.mark.proves("a-worker-needs-redis")
def test_a_worker_without_redis_ends_when_it_starts_to_listen(tmp_path: Path) -> None:
    release = NEWEST  # the environment of the older one has no client for Redis
    synapse_python(release)
    shared = {"instance_map": MAP}
    main = Homeserver(release, tmp_path, shared)
    main.start()  # it makes the database
    main.stop()
    one = Homeserver(release, tmp_path, {**shared, "worker_name": "w1"}, app="generic_worker")
    one.start()
    try:
        assert one.ended() == 1
        assert "redis_enabled" in one.log
    finally:
        one.stop()
