"""Everything that is recorded about a release: its facts, its options and its answers."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from snippets.shared.history import Kind
from snippets.shared.release import parse_release
from tests.real import synapse
from tests.real.homeserver import homeserver
from tests.upgrade_notes import answers
from tests.upgrade_notes.configurations import CONFIGURATIONS, DELEGATED
from tests.upgrade_notes.worker import worker

DRIVER = Path(__file__).with_name("synapse_release_driver.py")
PACKAGE_DRIVER = Path(__file__).with_name("synapse_package_driver.py")
OPTIONS_DRIVER = Path(__file__).with_name("synapse_options_driver.py")
# The first release with a worker, and the first one with stable delegated authentication.
WORKERS_SINCE, DELEGATES_SINCE = "1.110", "1.136"
# The first release that does not start with only the limit of profiles.
LIMITS_WITH_LOGIN_SINCE = "1.163"
# Experiments that are on during the requests of clients and an application service.
EXPERIMENTS = {
    "msc2659_enabled": True,
    "msc2697_enabled": True,
    "msc3886_endpoint": "/elsewhere",
}
# Options from notes that allow again what a release no longer does.
ALLOWING = {
    "enable_authenticated_media": False,
    "experimental_features": {"msc2666_enabled": True},
    "limit_profile_requests_to_users_who_share_rooms": True,
    "require_auth_for_profile_requests": True,
    "room_list_publication_rules": [{"action": "allow"}],
}


Observations = dict[Kind, dict[str, Any]]  # values by subject, for each kind


def observed(release: str, only: Iterable[str] | None = None) -> Observations:
    """What is recorded about a release, or the part of it from these observers. Raises Missing."""
    observations: Observations = {}
    for name in OBSERVERS if only is None else only:
        observations |= OBSERVERS[name](release)
    return observations


def _facts(release: str) -> Observations:
    """The facts of a release and how it reads configurations, without starting it."""
    asked = [None, *CONFIGURATIONS.values()]
    facts, *readings = synapse.ask(synapse.python(release), DRIVER, asked)
    (offered,) = synapse.ask(synapse.python(release), PACKAGE_DRIVER, [None])
    assert facts["release"] == release
    return {
        Kind.DEFAULT: facts["defaults"],
        Kind.LABELS: facts["labels"],
        Kind.PACKAGE: offered,
        Kind.READING: dict(zip(CONFIGURATIONS, readings, strict=True)),
        Kind.REQUIREMENT: facts["requirements"],
        Kind.SCHEMA: facts["schema"],
    }


def _options(release: str) -> Observations:
    return {Kind.OPTION: _ask_options(release, search=True)["found"]}


def overlooked(release: str, names: Iterable[str], gone: Iterable[str]) -> dict[str, Any]:
    """Those of these options that have an effect when they are put into a file.

    `names` are options that the search did not find in this release, but in another one. They are
    treated differently from a made-up name: each has a value that shows this. `gone` are those
    among them that the search found in an earlier release. No file with them is accepted: each has
    the error.
    """
    differing = _ask_options(release, names=sorted(names), gone=sorted(gone))["differing"]
    return dict(differing)


def _ask_options(
    release: str, *, search: bool = False, names: Iterable[str] = (), gone: Iterable[str] = ()
) -> dict[str, Any]:
    request = {"search": search, "names": list(names), "gone": list(gone)}
    (answer,) = synapse.ask(synapse.python(release), OPTIONS_DRIVER, [request])
    return dict(answer)


def _answers(release: str) -> Observations:
    """The answers of a running homeserver and a worker."""
    observed_answers: dict[str, Any] = {}
    config: dict[str, Any] = {
        "experimental_features": EXPERIMENTS,
        "limit_profile_requests_to_users_who_share_rooms": True,
        "require_auth_for_profile_requests": (
            parse_release(release) >= parse_release(LIMITS_WITH_LOGIN_SINCE)
        ),
    }
    with answers.with_service(release, config) as (running, service):
        observed_answers |= answers.clients(running)
        observed_answers |= answers.limited_profiles(running)
        observed_answers |= answers.allowances(running)
        observed_answers |= answers.application_service(running, service)
    with homeserver(release, ALLOWING) as running:
        allowed = answers.allowances(running)
        observed_answers |= {f"{name}, allowed": answer for name, answer in allowed.items()}
    if parse_release(release) >= parse_release(WORKERS_SINCE):
        observed_answers |= worker(release)
    if parse_release(release) >= parse_release(DELEGATES_SINCE):
        config = {"matrix_authentication_service": DELEGATED}
        with answers.with_service(release, config) as (running, _):
            observed_answers |= answers.delegated(running)
    return {Kind.ANSWER: observed_answers}


OBSERVERS = {"facts": _facts, "options": _options, "answers": _answers}
