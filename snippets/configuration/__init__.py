"""The configuration options of Synapse that this guide's subjects depend on.

- An *option* has a name with dots between its parts, such as "federation.client_timeout".
- A *duration* is a number of ms, or a string such as "10m".
- A *value* is what a file says for an option; the *value in effect* is what Synapse makes of it.
- A *problem* is a place in a file where the two differ, or where the name is not an option.

`snippets.configuration.check` checks whole files; it needs PyYAML.
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
