"""What is missing from a whole configuration, as opposed to a part of one."""

from collections.abc import Iterator, Mapping
from typing import Any

from snippets.configuration.values import NO_START, Finding

# A file with these is meant to be whole.
SIGNS = ("listeners", "worker_listeners", "database", "databases", "signing_key_path", "log_config")
REQUIRED = {
    "server_name": "write the part after the colon of your users' names",
    "report_stats": "write true or false",
}
# Without the first, the others are used; without all, the signing key.
SECRETS = (
    "macaroon_secret_key", "macaroon_secret_key_path",
    "registration_shared_secret", "registration_shared_secret_path",
)  # fmt: skip


def missing(config: Mapping[Any, Any]) -> Iterator[tuple[str, Finding]]:
    """The options that a whole configuration lacks."""
    if sum(sign in config for sign in SIGNS) < 2:
        return
    for option, advice in REQUIRED.items():
        if option not in config:
            yield option, Finding("missing-option", "is missing", NO_START, advice)
    if not any(config.get(option) for option in SECRETS):
        effect = "Synapse warns at its start, and makes it from the signing key"
        advice = "write a long random text"
        yield SECRETS[0], Finding("derived-secret", "is missing", effect, advice)
