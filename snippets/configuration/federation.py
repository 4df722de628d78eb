"""The section `federation:` of homeserver.yaml, read as Synapse reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from snippets.configuration.duration import parse_duration
from snippets.shared.release import NEWEST, parse_release

# --8<-- [start:limit]
# The column that holds an interval has 64 bits with a sign. Up to here the time of the last
# attempt can be added to an interval without leaving them.
LONGEST_INTERVAL_MS = 2**62
# --8<-- [end:limit]


# --8<-- [start:federation]
@dataclass(frozen=True)
class FederationConfig:
    """What Synapse goes by after it has read the section. Durations are in milliseconds.

    Nothing is checked: what Synapse takes raw is here as it stood. Of the counts and of the
    multiplier that is any value at all; to have them checked, see `check`.
    """

    # Within one request (1.87, #15783).
    client_timeout_ms: int = 60_000
    max_short_retry_delay_ms: int = 2_000
    max_long_retry_delay_ms: int = 60_000
    max_short_retries: Any = 3
    max_long_retries: Any = 10
    # Between requests to one destination (1.90, #15754).
    destination_min_retry_interval_ms: int = 600_000
    destination_retry_multiplier: Any = 2
    destination_max_retry_interval_ms: int = 604_800_000

    @classmethod
    def read(cls, config: Mapping[str, Any], *, release: str = NEWEST) -> "FederationConfig":
        """The section of a configuration file; options that are not there have their defaults.

        Before 1.90 the last three are constants: 10 minutes, 5 and 2**62 ms. Before 1.87 the
        others are constants as well, equal to the defaults.

        Raises BadDuration, or TypeError for a section that is no mapping: Synapse's start
        ends in a traceback then.
        """
        section = config.get("federation", {})
        if not isinstance(section, Mapping):
            raise TypeError(f"federation: {section!r} is no mapping: indent the options below it")
        version = parse_release(release)

        def duration(option: str, default: int) -> int:
            return parse_duration(section.get(option, default), release=release)

        within: dict[str, Any] = {}
        if version >= (1, 87):
            within = {
                "client_timeout_ms": duration("client_timeout", 60_000),
                "max_short_retry_delay_ms": duration("max_short_retry_delay", 2_000),
                "max_long_retry_delay_ms": duration("max_long_retry_delay", 60_000),
                "max_short_retries": section.get("max_short_retries", 3),
                "max_long_retries": section.get("max_long_retries", 10),
            }
        if version < (1, 90):
            return cls(
                **within,
                destination_retry_multiplier=5,
                destination_max_retry_interval_ms=LONGEST_INTERVAL_MS,
            )
        return cls(
            **within,
            destination_min_retry_interval_ms=duration("destination_min_retry_interval", 600_000),
            destination_retry_multiplier=section.get("destination_retry_multiplier", 2),
            destination_max_retry_interval_ms=min(
                duration("destination_max_retry_interval", 604_800_000), LONGEST_INTERVAL_MS
            ),
        )


# --8<-- [end:federation]
