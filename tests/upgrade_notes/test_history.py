"""What was recorded of releases is what they still do, and what is made of it is right."""

import os
import re
from typing import Any

import pytest

from snippets.configuration import OPTIONS
from snippets.shared.history import (
    ABSENT,
    OPTION,
    Change,
    History,
    changed_options,
    joined,
    looks_up,
    options_of,
    read_history,
    told,
)
from snippets.shared.release import NEWEST, parse_release
from snippets.upgrade_notes.notes import Note, Sight, read_notes
from tests.real import redis, synapse
from tests.real.fixtures import need
from tests.upgrade_notes.observations import observed, overlooked

HISTORY = read_history()
# `make test-releases` runs every release; a test run those that are installed anyhow.
RUN = synapse.releases() if "EVERY_RELEASE" in os.environ else synapse.LIVE
SEEN = [(note, sight) for note in read_notes() for sight in note.proof.seen]


@pytest.mark.slow
@pytest.mark.parametrize("release", RUN)
def test_a_release_is_still_as_recorded(release: str) -> None:
    need(lambda: synapse.python(release))
    need(redis.executable)
    recorded = {
        name: value
        for name in HISTORY.seen
        if (value := HISTORY.value(name, release)) is not ABSENT and not name.startswith(OPTION)
    }
    assert observed(release, ["facts", "answers"]) == recorded


# How Synapse 1.163 reads an option, and one that it reads so.
MANNERS = {
    "get": "gzip_responses",
    "[]": "server_name",
    "in": "worker_replication_port",
    "setdefault": "federation.client_timeout",
    "in a mapping that it goes through": "old_signing_keys.*.expired_ts",
    "in a list": "listeners.*.port",
    "in a list in a list": "listeners.*.resources.*.compress",
    "** of attrs": "rc_federation.window_size",
    "** of pydantic": "instance_map.*.host",
    "below **": "push_rules.limits.rule_count",
    "del": "instance_map.main",
    "a name among those of workers": "instance_map.main.port",
    "jsonschema": "oidc_providers.*.issuer",
    "when it is on": "email.notif_template_html",
    "for a module of Synapse's own": "media_storage_providers.*.config.directory",
    "when the database is opened": "database.allow_unsafe_locale",
}


@pytest.mark.slow
@pytest.mark.parametrize("release", RUN)
def test_the_options_that_were_recorded_are_looked_up_however_they_are_read(release: str) -> None:
    need(lambda: synapse.python(release))
    found = {name.removeprefix(OPTION) for name in observed(release, ["options"])}
    if parse_release(release) == parse_release(NEWEST):
        assert set(MANNERS.values()) - found == set()
    steps = {step for name in found for step in name.split(".")}
    assert not {step for step in steps if not re.fullmatch(r"\*|[a-z][a-z0-9_]*", step)}
    missed = [f"{OPTION}{name}" for name in options_of(HISTORY, release) if name not in found]
    assert overlooked(release, missed, earlier(release, missed)).keys() >= set(missed)


@pytest.mark.slow
@pytest.mark.parametrize("release", RUN)
def test_an_option_that_a_release_does_not_look_up_changes_nothing(release: str) -> None:
    need(lambda: synapse.python(release))
    absent = [
        name
        for name in HISTORY.seen
        if name.startswith(OPTION) and HISTORY.value(name, release) is ABSENT
    ]
    assert absent
    assert overlooked(release, absent, earlier(release, absent)) == {}


def earlier(release: str, names: list[str]) -> list[str]:
    """Those that were recorded of an earlier release."""
    order = list(HISTORY.releases)
    return [name for name in names if order.index(HISTORY.seen[name][0][0]) < order.index(release)]


def test_every_option_of_the_guide_is_looked_up_from_its_release_on() -> None:
    since = {option.path: option.since for option in OPTIONS}
    assert {
        path: parse_release(HISTORY.seen[f"{OPTION}{path}"][0][0])
        for path, release in since.items()
    } == {path: parse_release(release or "1.79") for path, release in since.items()}


def test_every_minor_release_was_run() -> None:
    assert list(HISTORY.releases) == synapse.releases()


@pytest.mark.parametrize(
    ("note", "sight"), SEEN, ids=[f"{note.release} {sight.name}" for note, sight in SEEN]
)
def test_what_a_note_says_was_seen_at_its_release_and_not_before(note: Note, sight: Sight) -> None:
    release = HISTORY.release(note.release)
    assert says(sight.after, HISTORY.value(sight.name, release))
    assert says(sight.before, HISTORY.value(sight.name, HISTORY.before(release)))
    assert sight.before != sight.after


def says(text: str, value: Any) -> bool:
    """Whether a note tells a value as it is; an ellipsis ends what it does not tell."""
    if text.endswith("…"):
        return told(value).startswith(text.removesuffix("…").rstrip())
    return told(value) == text


def test_a_note_that_tells_another_value_is_not_proven() -> None:
    note, sight = next(pair for pair in SEEN if pair[1].before == "200")
    before = HISTORY.value(sight.name, HISTORY.before(note.release))
    assert says("200", before)
    assert not says("404 M_NOT_FOUND", before)
    assert not says("20", before)
    assert says("2…", before)


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ("1.120", "a download without a token"),
        ("1.126", "publishing a room"),
        ("1.144", "mutual rooms"),
    ],
)
def test_what_a_note_says_to_do_brings_back_what_was(release: str, name: str) -> None:
    before = HISTORY.value(f"answers {name}", HISTORY.before(release))
    assert HISTORY.value(f"answers {name}", release) != before
    assert HISTORY.value(f"answers {name}, allowed", release) == before


def test_two_values_that_hold_without_options_changed() -> None:
    oldest, *_, newest = HISTORY.releases
    values = [name for name in HISTORY.seen if name.startswith("default ")]
    assert len(values) == 335
    assert [
        change.name
        for change in HISTORY.changes(oldest, newest, "default ")
        if ABSENT not in (change.before, change.after)
    ] == ["default experimental.msc3575_enabled", "default media.enable_authenticated_media"]


# -- The recording --


def history() -> History:
    """Three releases; an option comes with the second, changes, and ends."""
    option = "option a"
    seen = [
        ("1.1.0", {"schema": 1, "oldest_schema": 1, "same": [200]}),
        ("1.2.3", {"schema": 2, "oldest_schema": 1, "same": [200], option: False}),
        ("1.3.0", {"schema": 3, "oldest_schema": 2, "same": [200], option: True}),
        ("1.4.0", {"schema": 3, "oldest_schema": 3, "same": [200]}),
    ]
    return History("today", dict.fromkeys((name for name, _ in seen), "then"), joined(seen))


def test_a_recording_has_a_value_where_it_begins_and_where_it_changes() -> None:
    assert history().seen == {
        "oldest_schema": [["1.1.0", 1], ["1.3.0", 2], ["1.4.0", 3]],
        "option a": [["1.2.3", False], ["1.3.0", True], ["1.4.0"]],
        "same": [["1.1.0", [200]]],
        "schema": [["1.1.0", 1], ["1.2.3", 2], ["1.3.0", 3]],
    }


def test_a_value_holds_until_the_next() -> None:
    found = history()
    values = [found.value("option a", release) for release in found.releases]
    assert values == [ABSENT, False, True, ABSENT]
    assert found.value("nothing", "1.1") is ABSENT


def test_a_section_is_no_option() -> None:
    seen = [("1.1.0", {}), ("1.2.0", {"option a": None, "option a.b": 1, "option c": 2})]
    found = History("today", {"1.1.0": "then", "1.2.0": "then"}, joined(seen))
    changes = changed_options(found, "1.1", "1.2")
    assert [change.name for change in changes] == ["option a.b", "option c"]


def test_the_options_of_a_release_are_those_that_it_looks_up() -> None:
    assert options_of(history(), "1.1") == {}
    assert options_of(history(), "1.2") == {"a": False}
    assert options_of(history(), "1.3") == {"a": True}
    with pytest.raises(ValueError, match=r"1\.9 was not run"):
        options_of(history(), "1.9")


@pytest.mark.parametrize(
    ("place", "known"),
    [
        ("a", True),
        ("a.x", True),
        ("a.x.b", True),
        ("a.x.c", False),
        ("a.main.b", True),
        ("a.main.c", True),
        ("open", True),
        ("open.anything", True),
        ("open.anything.below", True),
        ("opened", False),
        ("leaf.that.is.read.later", True),
        ("b", False),
    ],
)
def test_a_place_is_looked_up_by_its_own_name_or_as_any_in_a_section(
    place: str, known: bool
) -> None:
    options = ["a", "a.*", "a.*.b", "a.main.c", "open", "open.*", "leaf"]
    assert looks_up(options, place.split(".")) is known


def test_an_era_ends_before_the_next_value() -> None:
    assert history().eras("option a") == [("1.2.3", "1.2.3", False), ("1.3.0", "1.3.0", True)]
    assert history().eras("same") == [("1.1.0", "1.4.0", [200])]


def test_changes_are_those_after_the_first_release_up_to_the_last() -> None:
    assert history().changes("1.1", "1.3", "option ") == [
        Change("option a", "1.2.3", ABSENT, False),
        Change("option a", "1.3.0", False, True),
    ]
    assert [change.name for change in history().changes("1.3", "1.4")] == [
        "oldest_schema",
        "option a",
    ]


def test_the_way_back_ends_where_the_schema_is_too_new() -> None:
    assert [history().oldest_way_back(run) for run in history().releases] == [
        "1.1.0", "1.1.0", "1.2.3", "1.3.0",
    ]  # fmt: skip


def test_a_release_that_was_not_run_is_refused_with_those_that_were() -> None:
    with pytest.raises(ValueError, match=r"1\.5 was not run: write a release from 1\.1\.0 to 1\.4"):
        history().release("1.5")
    with pytest.raises(ValueError, match="nothing was run before 1"):
        history().before("1.1")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ABSENT, "not looked up"),
        (None, "no default"),
        (True, "true"),
        ("7d", "7d"),
        ([404, "M_NOT_FOUND"], "404 M_NOT_FOUND"),
        (["/a", "/b"], "/a, then /b"),
        ([], "none"),
        ({"error": "Bad:\n it", "warnings": []}, "Synapse does not start: Bad: it"),
        ({"error": None, "warnings": []}, "Synapse starts"),
        ({"error": None, "warnings": ["old"]}, "Synapse starts and warns: old"),
    ],
)
def test_a_value_is_told_in_words(value: Any, text: str) -> None:
    assert told(value) == text


def test_what_is_not_there_says_so() -> None:
    assert repr(ABSENT) == "ABSENT"
