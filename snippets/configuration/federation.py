"""The section `federation:` of homeserver.yaml, read as Synapse reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from snippets.configuration.duration import parse_duration
from snippets.configuration.options import FEDERATION
from snippets.shared.release import NEWEST, parse_release

# --8<-- [start:limit]
# The column of an interval is a signed 64-bit integer. Up to this limit, adding the time of the
# last attempt to an interval does not overflow it.
LONGEST_INTERVAL_MS = 2**62
# --8<-- [end:limit]


# --8<-- [start:federation]
# Durations in ms, and counts; the table of options has them as written in a file.
DEFAULTS = {name: parse_duration(option.default) for name, option in FEDERATION.items()}


@dataclass(frozen=True)
class FederationConfig:
    """The values in effect after Synapse has read the section. Durations are in ms.

    Like Synapse, this does not check the counts and the multiplier: they may be any value. `check`
    checks them.
    """

    # Within one request (1.87, #15783).
    client_timeout_ms: int = DEFAULTS["client_timeout"]
    max_short_retry_delay_ms: int = DEFAULTS["max_short_retry_delay"]
    max_long_retry_delay_ms: int = DEFAULTS["max_long_retry_delay"]
    max_short_retries: Any = DEFAULTS["max_short_retries"]
    max_long_retries: Any = DEFAULTS["max_long_retries"]
    # Between requests to one destination (1.90, #15754).
    destination_min_retry_interval_ms: int = DEFAULTS["destination_min_retry_interval"]
    destination_retry_multiplier: Any = DEFAULTS["destination_retry_multiplier"]
    destination_max_retry_interval_ms: int = DEFAULTS["destination_max_retry_interval"]

    @classmethod
    def read(cls, config: Mapping[str, Any], *, release: str = NEWEST) -> "FederationConfig":
        """Reads the section of a configuration; missing options get their defaults.

        Before 1.90 the last three are constants: 10 minutes, 5 and 2**62 ms. Before 1.87 the others
        are constants too, equal to the defaults.

        Raises BadDuration, or TypeError if the section is not a mapping: Synapse's start then ends
        in a traceback.
        """
        section = config.get("federation", {})
        if not isinstance(section, Mapping):
            raise TypeError(
                f"federation: {section!r} is not a mapping: indent the options below it"
            )
        version = parse_release(release)

        def value(option: str) -> Any:
            return section.get(option, DEFAULTS[option])

        def duration(option: str) -> int:
            return parse_duration(value(option), release=release)

        within: dict[str, Any] = {}
        if version >= (1, 87):
            within = {
                "client_timeout_ms": duration("client_timeout"),
                "max_short_retry_delay_ms": duration("max_short_retry_delay"),
                "max_long_retry_delay_ms": duration("max_long_retry_delay"),
                "max_short_retries": value("max_short_retries"),
                "max_long_retries": value("max_long_retries"),
            }
        if version < (1, 90):
            return cls(
                **within,
                destination_retry_multiplier=5,
                destination_max_retry_interval_ms=LONGEST_INTERVAL_MS,
            )
        return cls(
            **within,
            destination_min_retry_interval_ms=duration("destination_min_retry_interval"),
            destination_retry_multiplier=value("destination_retry_multiplier"),
            destination_max_retry_interval_ms=min(
                duration("destination_max_retry_interval"), LONGEST_INTERVAL_MS
            ),
        )


# --8<-- [end:federation]
