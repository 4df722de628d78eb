"""Decides whether a configuration meets a condition of `notes.yaml`, by its options' values."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from snippets.upgrade_notes.durations import DURATIONS, SWITCHED_DURATIONS
from snippets.upgrade_notes.files import MAIN, Process, Setting

EVERYONE = "everyone"
# `everyone`, or alternatives. In each of these, every option must be in the given state.
Condition = str | Sequence[Mapping[str, str]]


# --8<-- [start:states]
def _given(value: Any) -> bool:
    return True


def _enabled(value: Any) -> bool:
    return bool(value)


def _filled(value: Any) -> bool:
    return isinstance(value, (str, list, dict)) and bool(value)


def _no_list(value: Any) -> bool:
    return not isinstance(value, list)


def _ends_with_a_space(value: Any) -> bool:
    """Whether it is a whole number and a space. Up to 1.123 this is accepted as ms."""
    return isinstance(value, str) and bool(re.fullmatch(r"\s*[+-]?\d+(_\d+)*\s+", value))


# The states of an option: the test, and the words for the state and for its opposite. As in
# Synapse, `enabled` is what Python takes as true. The opposites, `not given` and so on, are also
# true of an option that is missing.
STATES: dict[str, tuple[Callable[[Any], bool], str, str]] = {
    "given": (_given, "is set", ""),
    "enabled": (_enabled, "is on", "is not on"),
    "filled": (_filled, "is set", "is empty"),
    "no list": (_no_list, "is not a list", "is a list"),
    "ends with a space": (_ends_with_a_space, "ends with a space", "does not end with a space"),
}
# --8<-- [end:states]


@dataclass(frozen=True)
class Requirement:
    """An option or a fact, and the state that it must have."""

    name: str
    holds: Callable[[Any], bool]
    opposite: bool
    words: str
    opposite_words: str


@dataclass(frozen=True)
class Verdict:
    """Whether a requirement or a condition is met, why, and the setting that decides, if any."""

    met: bool
    why: str
    setting: Setting | None


def requirement(name: str, state: str) -> Requirement:
    """Parses a state: `given`, `not enabled`, `is sqlite3`, `is not true` and so on.

    A fact is `used` or `not used`. Raises ValueError for another state.
    """
    if name in FACTS:
        if state not in ("used", "not used"):
            raise ValueError(f"{name} is {state!r}: write `used` or `not used`")
        return Requirement(name, _given, state != "used", "", "")
    if " " in name:
        raise ValueError(f"{name!r} is not an option: write one of {', '.join(FACTS)}")
    if match := re.fullmatch("is (not )?(.+)", state):
        wanted = match[2]
        return Requirement(
            name,
            lambda value: _text(value) == wanted,
            bool(match[1]),
            f"is {wanted}",
            f"is not {wanted}",
        )
    positive = state.removeprefix("not ")
    if positive not in STATES:
        known = ", ".join(f"`{known}`, `not {known}`" for known in STATES)
        raise ValueError(f"{name} is {state!r}: write {known}, `is VALUE` or `is not VALUE`")
    return Requirement(name, STATES[positive][0], positive != state, *STATES[positive][1:])


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def decide(condition: Condition, process: Process) -> Verdict:
    """Whether a process meets one of the alternatives.

    If not, the verdict has the first setting that decides against one of them.
    """
    if isinstance(condition, str):
        return Verdict(True, "", None)
    against = Verdict(False, "", None)
    for alternative in condition:
        verdicts = [_meets(requirement(*pair), process) for pair in alternative.items()]
        if all(verdict.met for verdict in verdicts):
            settings = (verdict.setting for verdict in verdicts)
            return Verdict(
                True,
                ", ".join(verdict.why for verdict in verdicts if verdict.why),
                next(filter(None, settings), None),
            )
        for verdict in verdicts:
            if not verdict.met and verdict.setting and not against.setting:
                against = verdict
    return against


def _meets(wanted: Requirement, process: Process) -> Verdict:
    if wanted.name in FACTS:
        fact = FACTS[wanted.name](process)
        why = fact.why or ("" if fact.met else f"no {wanted.name}")
        return Verdict(fact.met is not wanted.opposite, why, fact.setting)
    settings = process.settings(wanted.name)
    holding = next((setting for setting in settings if wanted.holds(setting.value)), None)
    if holding:
        return Verdict(not wanted.opposite, f"{holding.name} {wanted.words}", holding)
    if settings:
        said = f"{settings[0].name} {wanted.opposite_words}"
        return Verdict(wanted.opposite, said, settings[0])
    return Verdict(wanted.opposite, f"{wanted.name} is not set", None)


# -- Facts: these depend on more than one option --

# Options that only a server with workers has, each with the state that shows it.
_SHOWS_WORKERS: Condition = [
    {"worker process": "used"},
    {"instance_map": "filled"},
    {"stream_writers": "filled"},
    {"federation_sender_instances": "filled"},
    {"pusher_instances": "filled"},
    {"outbound_federation_restricted_to": "filled"},
    {"run_background_tasks_on": "filled"},
    {"notify_appservices_from_worker": "filled"},
    {"update_user_directory_from_worker": "filled"},
    {"media_instance_running_background_jobs": "filled"},
    {"worker_replication_host": "enabled"},
    {"worker_replication_http_port": "enabled"},
]
# Tasks that the main process does not do: either a worker does them, or nobody.
_MAY_SHOW_WORKERS: Condition = [
    {"send_federation": "is false"},
    {"start_pushers": "is false"},
    {"notify_appservices": "is false"},
    {"update_user_directory": "is false"},
]
# Options that Synapse reads as durations, with the switch that must be on. Options added after
# 1.123 are left out: a space was never accepted there.
_SPACE = "ends with a space"
_ENDS_WITH_A_SPACE: Condition = [
    *({name: _SPACE} for name in DURATIONS),
    *({name: _SPACE, switch: state} for name, switch, state in SWITCHED_DURATIONS),
]
_SHOWS_DELEGATION: Condition = [
    {"matrix_authentication_service.enabled": "enabled"},
    {"experimental_features.msc3861.enabled": "enabled"},
]


def _any_of(condition: Condition) -> Callable[[Process], Verdict]:
    return lambda process: decide(condition, process)


def _worker(process: Process) -> Verdict:
    """Whether Synapse takes the process for a worker."""
    for name in ("worker_name", "worker_app"):
        for setting in process.settings(name):
            worker = bool(setting.value) and setting.value != MAIN
            return Verdict(worker, f"{name} is {setting.value}", setting)
    return Verdict(False, "", None)


def _database(engine: str) -> Callable[[Process], Verdict]:
    condition = [{name: f"is {engine}"} for name in ("database.name", "databases.*.name")]

    def fact(process: Process) -> Verdict:
        verdict = decide(condition, process)
        return verdict if verdict.setting else Verdict(False, "database is not set", None)

    return fact


def _ends_with_a_space_somewhere(process: Process) -> Verdict:
    """A duration that ends with a space. Without one, no setting decides."""
    verdict = decide(_ENDS_WITH_A_SPACE, process)
    return verdict if verdict.met else Verdict(False, "", None)


def _federation(process: Process) -> Verdict:
    """Whether the server may reach others: an empty list of allowed ones prevents it."""
    for setting in process.settings("federation_domain_whitelist"):
        if setting.value is not None and not setting.value:
            return Verdict(False, f"{setting.name} is empty", setting)
    return Verdict(True, "", None)


def _missing_writers(process: Process) -> Verdict:
    """A writer of quarantined_media_changes that instance_map lacks."""
    known = {"master", *(setting.key for setting in process.settings("instance_map.*"))}
    for setting in process.settings("stream_writers.quarantined_media_changes"):
        writers = setting.value if isinstance(setting.value, list) else [setting.value]
        for writer in writers:
            if writer not in known:
                return Verdict(True, f"instance_map lacks {writer}", setting)
    return Verdict(False, "", None)


FACTS: dict[str, Callable[[Process], Verdict]] = {
    "worker process": _worker,
    "workers": _any_of(_SHOWS_WORKERS),
    "perhaps workers": _any_of(_MAY_SHOW_WORKERS),
    "federation": _federation,
    "SQLite": _database("sqlite3"),
    "PostgreSQL": _database("psycopg2"),
    "Matrix Authentication Service": _any_of(_SHOWS_DELEGATION),
    "writer that instance_map lacks": _missing_writers,
    "duration that ends with a space": _ends_with_a_space_somewhere,
}
