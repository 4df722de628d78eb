"""The options of Synapse with values that this guide reads and checks."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What an option accepts, in words for readers."""

    DURATION = "duration"
    COUNT = "whole number, 0 or more"
    NUMBER = "number above 1"
    BOOLEAN = "true or false"
    PATHS = "list of paths"


@dataclass(frozen=True)
class Option:
    """One option.

    `default` is as written in a file. `since` is the first release with the option, or None if that
    is older than the releases compared here.
    """

    name: str
    section: str | None
    kind: Kind
    default: str
    since: str | None
    meaning: str

    @property
    def path(self) -> str:
        """The name with its section, such as `federation.client_timeout`."""
        return f"{self.section}.{self.name}" if self.section else self.name


def _federation(name: str, kind: Kind, default: str, since: str, meaning: str) -> Option:
    return Option(name, "federation", kind, default, since, meaning)


def _top(name: str, kind: Kind, default: str, since: str | None, meaning: str) -> Option:
    return Option(name, None, kind, default, since, meaning)


OPTIONS = [
    _federation(
        "client_timeout", Kind.DURATION, "60s", "1.87",
        "How long one attempt may take.",
    ),
    _federation(
        "max_short_retry_delay", Kind.DURATION, "2s", "1.87",
        "The longest wait between attempts of a request that a client waits for, before jitter.",
    ),
    _federation(
        "max_long_retry_delay", Kind.DURATION, "60s", "1.87",
        "The longest wait between the attempts of a transaction, before jitter.",
    ),
    _federation(
        "max_short_retries", Kind.COUNT, "3", "1.87",
        "How many times a request that a client waits for is retried.",
    ),
    _federation(
        "max_long_retries", Kind.COUNT, "10", "1.87",
        "How many times a transaction is retried.",
    ),
    _federation(
        "destination_min_retry_interval", Kind.DURATION, "10m", "1.90",
        "How long a destination is left alone after its first failure.",
    ),
    _federation(
        "destination_retry_multiplier", Kind.NUMBER, "2", "1.90",
        "The factor for the wait after each further failure, before jitter of 0.8 to 1.4.",
    ),
    _federation(
        "destination_max_retry_interval", Kind.DURATION, "7d", "1.90",
        "The longest time that a destination is left alone.",
    ),
    _top(
        "app_service_config_files", Kind.PATHS, "[]", None,
        "The registration files of application services.",
    ),
    _top(
        "track_appservice_user_ips", Kind.BOOLEAN, "false", None,
        "Whether the IP addresses of an application service's users are recorded.",
    ),
    _top(
        "use_appservice_legacy_authorization", Kind.BOOLEAN, "false", "1.90",
        "Whether requests to an application service have the token in the query as well.",
    ),
]  # fmt: skip

FEDERATION = {option.name: option for option in OPTIONS if option.section}
TOP_LEVEL = {option.name: option for option in OPTIONS if not option.section}
