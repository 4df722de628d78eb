"""Reads configuration files with Synapse's own code.

This file runs in the environment of a release. For each file's text that it reads, as JSON, it
prints the values of the options of federation and application services, or that Synapse does not
start. For null it prints the options that these two parts look up.
"""

from typing import Any

import yaml
from synapse.config._base import ConfigError
from synapse.config.appservice import AppServiceConfig
from synapse.config.federation import FederationConfig
from synapse.config.homeserver import HomeServerConfig

from tests.real.driver import parsed, serve

NAMES = {
    "federation": [
        "client_timeout_ms",
        "max_short_retry_delay_ms",
        "max_long_retry_delay_ms",
        "max_short_retries",
        "max_long_retries",
        "destination_min_retry_interval_ms",
        "destination_retry_multiplier",
        "destination_max_retry_interval_ms",
    ],
    "appservice": [
        "app_service_config_files",
        "track_appservice_user_ips",
        "use_appservice_legacy_authorization",
    ],
}


class Asked(dict[str, Any]):
    """A mapping that records the names that are looked up in it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.names: list[str] = []

    def get(self, name: str, default: Any = None) -> Any:
        self.names.append(name)
        return super().get(name, default)


def effective(text: str) -> dict[str, str] | str:
    """The values in effect, as Python shows them."""
    try:
        config = parsed(yaml.safe_load(text) or {})
    except (AttributeError, ConfigError, IndexError, TypeError, ValueError):
        return "does not start"
    return {
        name: repr(getattr(getattr(config, section), name))
        for section, names in NAMES.items()
        for name in names
    }


def asked() -> dict[str, list[str]]:
    """The names that each part looks up."""
    section, top = Asked(), Asked()
    top["federation"] = section
    FederationConfig.read_config(HomeServerConfig().federation, top)
    federation = list(top.names)
    top.names.clear()
    AppServiceConfig.read_config(HomeServerConfig().appservice, top)
    return {
        "federation": section.names,
        "beside federation": federation,
        "application services": top.names,
    }


def answer(text: str | None) -> Any:
    return asked() if text is None else effective(text)


if __name__ == "__main__":
    serve(answer)
