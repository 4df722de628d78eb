"""The configuration options of Synapse that this guide's subjects depend on.

The check of a whole file is in `snippets.configuration.check`: it needs PyYAML.
"""

from snippets.configuration.appservice import AppServiceConfig, ConfigError
from snippets.configuration.duration import BadDuration, format_duration, parse_duration
from snippets.configuration.federation import FederationConfig
from snippets.configuration.options import OPTIONS, Option
from snippets.shared.release import NEWEST, parse_release

__all__ = [
    "NEWEST",
    "OPTIONS",
    "AppServiceConfig",
    "BadDuration",
    "ConfigError",
    "FederationConfig",
    "Option",
    "format_duration",
    "parse_duration",
    "parse_release",
]
