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


# Each of these keeps strangers out, or says that they are welcome.
VERIFIES = (
    "enable_registration_captcha", "registrations_require_3pid", "registration_requires_token",
    "enable_registration_without_verification",
)  # fmt: skip


def unverified(config: Mapping[Any, Any]) -> Finding | None:
    """What is wrong where everybody can make an account: the main process does not start."""
    if config.get("enable_registration") is not True or "disable_registration" in config:
        return None
    if "worker_app" in config or any(config.get(option) for option in VERIFIES):
        return None
    if config.get("matrix_authentication_service"):
        return None  # it makes the accounts: another finding says that the two conflict
    advice = "write `registration_requires_token: true`, or another check of new users"
    return Finding("missing-option", "is true, and nothing checks new users", NO_START, advice)


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
