"""The options of application services, read as Synapse reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from snippets.shared.release import NEWEST, parse_release


class ConfigError(ValueError):
    """A value that Synapse refuses with a message of its own, which names the option."""


# --8<-- [start:appservice]
@dataclass(frozen=True)
class AppServiceConfig:
    """The values in effect. The two switches are not checked: any non-empty string is true."""

    app_service_config_files: list[str]
    track_appservice_user_ips: Any = False
    use_appservice_legacy_authorization: Any = False  # 1.90, #16017

    @classmethod
    def read(cls, config: Mapping[str, Any], *, release: str = NEWEST) -> "AppServiceConfig":
        """Reads the options of a configuration. Raises ConfigError unless the files are a list.

        Before 1.90 the token is always in the query as well as in the header.
        """
        files = config.get("app_service_config_files", [])
        if not isinstance(files, list) or not all(isinstance(file, str) for file in files):
            raise ConfigError("app_service_config_files: write a list of paths")
        legacy = True
        if parse_release(release) >= (1, 90):
            legacy = config.get("use_appservice_legacy_authorization", False)
        return cls(files, config.get("track_appservice_user_ips", False), legacy)


# --8<-- [end:appservice]
