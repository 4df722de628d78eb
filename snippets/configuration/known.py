"""Which options a release looks up, and which it does not.

There must be no false alarm: if it is not known whether a name is looked up, it counts as looked
up.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from snippets.shared.history import Kind, looks_up, options_of, read_history

# The names in the code of each release's configuration: see `tests.configuration.record`.
FILE = Path(__file__).with_name("words.json")

# Sections with names that are chosen by the file, a module, a library or a database; and sections
# whose names Synapse checks itself.
OWN_NAMES = {
    "caches.per_cache_factors",
    "database",
    "default_power_level_content_override",
    "extra_well_known_client_content",
    "federation_sender_instances",
    "experimental_features.msc3861",
    "experimental_features.msc3866",
    "instance_map",
    "instance_map.main",
    "ldap_config",
    "limit_remote_rooms",
    "matrix_authentication_service",
    "matrix_rtc",
    "mau_appservice_trial_days",
    "old_signing_keys",
    "opentracing.jaeger_config",
    "password_config.policy",
    "perspectives",
    "push_rules",
    "pusher_instances",
    "rc_federation",
    "saml2_config",
    "spam_checker",
    "stream_writers",
    "third_party_event_rules",
}
Place = Sequence[str]  # the path of an option, such as ("email", "smtp_host")


class Known:
    """The options of one release. Raises ValueError if it was not run."""

    def __init__(self, release: str) -> None:
        history = read_history()
        self._order = {run: number for number, run in enumerate(history.releases)}
        self._now = self._order[history.release(release)]
        options = options_of(history, release)
        self._below: dict[str, list[str]] = {}  # by the first part of a place
        for option in options:
            self._below.setdefault(option.partition(".")[0], []).append(option)
        self._words = {name for name, eras in _words().items() if self._holds(eras)}
        self._names: dict[str, set[str]] = {}
        for option in options:
            above, _, name = option.rpartition(".")
            self._names.setdefault(above, set()).add(name)

    def looks_up(self, place: Place) -> bool:
        """Whether the release looks up the option, or may do so."""
        *above, name = place
        if looks_up(self._below.get(place[0], []), place):
            return True
        return (f"word {name}" if above else f"top {name}") in self._words

    def names(self, place: Place) -> set[str]:
        """The names that it looks up below a place; none if the file chooses the names."""
        path = ".".join("*" if part.isdigit() else part for part in place)  # an item of a list
        names = set() if path in OWN_NAMES else self._names.get(path, set())
        return set() if "*" in names else names

    def sections_with(self, name: str) -> list[str]:
        """The sections of the file that have an option of this name."""
        return [path for path, names in self._names.items() if path and name in names]

    def until(self, place: Place) -> str | None:
        """The last release that looked up the option, if it is older than this release."""
        before = [last for _, last in self._eras(place) if self._order[last] < self._now]
        return before[-1] if before else None

    def since(self, place: Place) -> str | None:
        """The first release that looks up the option, if it is newer than this release."""
        after = [first for first, _ in self._eras(place) if self._order[first] > self._now]
        return after[0] if after else None

    def _eras(self, place: Place) -> Iterator[tuple[str, str]]:
        for first, last, _ in read_history().eras(Kind.OPTION, ".".join(place)):
            yield first, last

    def _holds(self, eras: list[list[Any]]) -> bool:
        started = [era for era in eras if self._order[era[0]] <= self._now]
        return bool(started) and len(started[-1]) > 1  # otherwise it was removed before


@cache
def known(release: str) -> Known:
    """The options of a release, computed once."""
    return Known(release)


@cache
def _words() -> dict[str, list[list[Any]]]:
    recorded: dict[str, dict[str, list[list[Any]]]] = json.loads(FILE.read_text("utf-8"))
    return recorded["names"]
