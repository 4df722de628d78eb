"""Everything that is recorded of a release: what it is, reads and answers."""

from pathlib import Path
from typing import Any

from snippets.shared.release import parse_release
from tests.real import synapse
from tests.real.homeserver import homeserver
from tests.upgrade_notes import answers
from tests.upgrade_notes.configurations import CONFIGURATIONS, DELEGATED
from tests.upgrade_notes.worker import worker

DRIVER = Path(__file__).with_name("synapse_release_driver.py")
PACKAGE_DRIVER = Path(__file__).with_name("synapse_package_driver.py")
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


def observed(release: str) -> dict[str, Any]:
    """Everything that is recorded of a release, as values by name. Raises Missing."""
    asked = [None, *CONFIGURATIONS.values()]
    facts, *readings = synapse.ask(synapse.python(release), DRIVER, asked)
    kinds = {
        "option": facts.pop("options"),
        "default": facts.pop("defaults"),
        "labels of": facts.pop("labels"),
        "reads": dict(zip(CONFIGURATIONS, readings, strict=True)),
        "answers": _answers(release),
    }
    for prefix, values in kinds.items():
        facts |= {f"{prefix} {name}": value for name, value in values.items()}
    return {**facts, **_package(release)}


def _package(release: str) -> dict[str, Any]:
    """What it offers to whoever installs it, and to modules."""
    (offered,) = synapse.ask(synapse.python(release), PACKAGE_DRIVER, [None])
    return {f"package {name}": value for name, value in offered.items()}


def _answers(release: str) -> dict[str, Any]:
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
    return found
