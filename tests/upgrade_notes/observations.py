"""Everything that is recorded of a release: what it is, reads and answers."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from snippets.shared.history import OPTION
from snippets.shared.release import parse_release
from tests.real import synapse
from tests.real.homeserver import homeserver
from tests.upgrade_notes import answers
from tests.upgrade_notes.configurations import CONFIGURATIONS, DELEGATED
from tests.upgrade_notes.worker import worker

DRIVER = Path(__file__).with_name("synapse_release_driver.py")
PACKAGE_DRIVER = Path(__file__).with_name("synapse_package_driver.py")
OPTIONS_DRIVER = Path(__file__).with_name("synapse_options_driver.py")
# The first releases where a worker was asked, and where delegated authentication is stable.
WORKERS_SINCE, DELEGATES_SINCE = "1.110", "1.136"
# The first release that does not start with the limit of profiles alone.
LIMITS_WITH_LOGIN_SINCE = "1.163"
# Experiments that are on while clients and an application service ask.
EXPERIMENTS = {
    "msc2659_enabled": True,
    "msc2697_enabled": True,
    "msc3886_endpoint": "/elsewhere",
}
# What the notes say that one can do: options that allow again what a release no longer does.
ALLOWING = {
    "enable_authenticated_media": False,
    "experimental_features": {"msc2666_enabled": True},
    "limit_profile_requests_to_users_who_share_rooms": True,
    "require_auth_for_profile_requests": True,
    "room_list_publication_rules": [{"action": "allow"}],
}


# What is observed, and the beginnings of the names of what is recorded of it.
KINDS = {
    "facts": (
        "default ", "labels of ", "reads ", "package ", "release", "python", "sqlite", "postgresql",
        "schema", "oldest_schema",
    ),
    "options": (OPTION,),
    "answers": ("answers ",),
}  # fmt: skip


def observed(release: str, kinds: Iterable[str] = tuple(KINDS)) -> dict[str, Any]:
    """What is recorded of a release, of these kinds, as values by name. Raises Missing."""
    ways = {"facts": _facts, "options": _options, "answers": _answers}
    found: dict[str, Any] = {}
    for kind in kinds:
        found |= ways[kind](release)
    return found


def _facts(release: str) -> dict[str, Any]:
    """What is seen of a release without starting it, except for its options."""
    asked = [None, *CONFIGURATIONS.values()]
    facts, *readings = synapse.ask(synapse.python(release), DRIVER, asked)
    named = {
        "default": facts.pop("defaults"),
        "labels of": facts.pop("labels"),
        "reads": dict(zip(CONFIGURATIONS, readings, strict=True)),
    }
    for prefix, values in named.items():
        facts |= {f"{prefix} {name}": value for name, value in values.items()}
    return {**facts, **_package(release)}


def _package(release: str) -> dict[str, Any]:
    """What it offers to whoever installs it, and to modules."""
    (offered,) = synapse.ask(synapse.python(release), PACKAGE_DRIVER, [None])
    return {f"package {name}": value for name, value in offered.items()}


def _options(release: str) -> dict[str, Any]:
    answer = _ask_options(release, {"search": True, "names": [], "gone": []})
    return {f"{OPTION}{name}": default for name, default in answer["found"].items()}


def overlooked(release: str, names: Iterable[str], gone: Iterable[str]) -> dict[str, Any]:
    """Those of these options that are not without effect when they are put into a file.

    `names` are those that the search did not come upon at this release, but did at another. They
    make a difference to a name that was made up: each has one value that does. `gone` are those of
    them that the search came upon at an earlier release. No file with them is taken: each has the
    error. Names are as recorded.
    """
    request = {"names": _bare(names), "gone": _bare(gone), "search": False}
    found = _ask_options(release, request)["differing"]
    return {f"{OPTION}{name}": value for name, value in found.items()}


def _bare(names: Iterable[str]) -> list[str]:
    return sorted(name.removeprefix(OPTION) for name in names)


def _ask_options(release: str, request: dict[str, Any]) -> dict[str, Any]:
    (answer,) = synapse.ask(synapse.python(release), OPTIONS_DRIVER, [request])
    return dict(answer)


def _answers(release: str) -> dict[str, Any]:
    """What a running homeserver and a worker answer."""
    found: dict[str, Any] = {}
    config: dict[str, Any] = {
        "experimental_features": EXPERIMENTS,
        "limit_profile_requests_to_users_who_share_rooms": True,
        "require_auth_for_profile_requests": (
            parse_release(release) >= parse_release(LIMITS_WITH_LOGIN_SINCE)
        ),
    }
    with answers.with_service(release, config) as (running, service):
        found |= answers.clients(running)
        found |= answers.limited_profiles(running)
        found |= answers.allowances(running)
        found |= answers.application_service(running, service)
    with homeserver(release, ALLOWING) as running:
        allowed = answers.allowances(running)
        found |= {f"{name}, allowed": answer for name, answer in allowed.items()}
    if parse_release(release) >= parse_release(WORKERS_SINCE):
        found |= worker(release)
    if parse_release(release) >= parse_release(DELEGATES_SINCE):
        config = {"matrix_authentication_service": DELEGATED}
        with answers.with_service(release, config) as (running, _):
            found |= answers.delegated(running)
    return {f"answers {name}": answer for name, answer in found.items()}
