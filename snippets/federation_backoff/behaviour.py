"""How releases of Synapse differ."""

from dataclasses import dataclass
from functools import cache

from snippets.shared.release import parse_release


# --8<-- [start:behaviour]
@dataclass(frozen=True)
class Behaviour:
    """One era of the backoff; its numbers are a matter of configuration (FederationConfig)."""

    # Before 1.91 the row of a failure at the cap was not stored (#16101, #16156, #16164).
    stores_newer_rows: bool
    # Before 1.92 a 404, a redirect and an interrupted request counted as success (#16221).
    errors_reset: bool
    # Since 1.92 a caller may let every error code back off (#16221).
    knows_backoff_on_all_error_codes: bool
    # Before 1.95 peers were told "up" after every write, of failures too (#16506).
    tells_recoveries_only: bool


@cache
def behaviour(release: str) -> Behaviour:
    """The behaviour of a release; of ones before 1.89 that of 1.89, the oldest compared."""
    version = parse_release(release)
    return Behaviour(
        stores_newer_rows=version >= (1, 91),
        errors_reset=version < (1, 92),
        knows_backoff_on_all_error_codes=version >= (1, 92),
        tells_recoveries_only=version >= (1, 95),
    )


# --8<-- [end:behaviour]
