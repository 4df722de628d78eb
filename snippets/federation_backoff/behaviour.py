"""How releases of Synapse differ."""

from dataclasses import dataclass
from functools import cache

from snippets.shared.release import parse_release


# --8<-- [start:behaviour]
@dataclass(frozen=True)
class Behaviour:
    """The rules of one group of releases. The numbers are configuration: see FederationConfig."""

    # Before 1.91 the row of a failure at the cap was not stored (#16101, #16156, #16164).
    stores_newer_rows: bool
    # Before 1.92 a 404, a redirect and an interrupted request counted as success (#16221).
    errors_reset: bool
    # Since 1.92 a caller can choose to back off on every error code (#16221).
    knows_backoff_on_all_error_codes: bool
    # Before 1.95 other processes got "up" after every write, even of a failure (#16506).
    notifies_recoveries_only: bool


@cache
def behaviour(release: str) -> Behaviour:
    """The behaviour of a release. Releases before 1.89, the oldest compared, count as 1.89."""
    version = parse_release(release)
    return Behaviour(
        stores_newer_rows=version >= (1, 91),
        errors_reset=version < (1, 92),
        knows_backoff_on_all_error_codes=version >= (1, 92),
        notifies_recoveries_only=version >= (1, 95),
    )


# --8<-- [end:behaviour]
