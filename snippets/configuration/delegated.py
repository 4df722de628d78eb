"""What Synapse refuses beside the Matrix Authentication Service, which then logs users in."""

from collections.abc import Callable, Mapping
from typing import Any

from snippets.configuration.values import NO_START, Finding

SERVICE = "matrix_authentication_service"


def _on(section: Any) -> bool:
    return isinstance(section, Mapping) and bool(section.get("enabled"))


def _on_unless_off(section: Any) -> bool:
    return isinstance(section, Mapping) and bool(section.get("enabled", True))


# Of this option, Synapse reads the text.
_YES = {"1", "on", "t", "true", "y", "yes"}
# The options that Synapse refuses, by what makes it do so.
REFUSED: dict[str, Callable[[Any], bool]] = {
    "cas_config": _on_unless_off,
    "enable_3pid_changes": bool,
    "enable_registration": lambda value: str(value).lower() in _YES,
    "enable_registration_captcha": bool,
    "jwt_config": _on,
    "login_via_existing_session": _on,
    "oidc_providers": bool,
    "password_config": _on,
    "password_providers": bool,
    "user_consent": bool,
}


def conflicting(config: Mapping[Any, Any]) -> dict[str, Finding]:
    """The findings by option. It is the same since 1.136, the first release with the service."""
    if not _on(config.get(SERVICE)):
        return {}
    effect, advice = NO_START, f"remove it: the service has its own, or turn off `{SERVICE}`"
    return {
        option: Finding("conflicting-option", f"is refused beside `{SERVICE}`", effect, advice)
        for option, is_refused in REFUSED.items()
        if is_refused(config.get(option))
    }
