"""Texts in Synapse's source that show since when and up to when it does what our pages say."""

from tests.real.source import Fact

FACTS = {
    "options": Fact("synapse/config/federation.py", "destination_min_retry_interval"),
    "a newer failure is stored": Fact(
        "synapse/storage/databases/main/transactions.py",
        "OR destinations.retry_last_ts < EXCLUDED.retry_last_ts",
    ),
    "a 404 changes nothing": Fact("synapse/util/retryutils.py", "backoff_on_all_error_codes"),
    "only a 404 of a transaction": Fact(
        "synapse/federation/transport/client.py", "backoff_on_404=True"
    ),
    "only recoveries": Fact("synapse/util/retryutils.py", "previously_failing"),
    "how long a row is kept in the cache": Fact(
        "synapse/config/cache.py",
        'cache_config.get("cache_entry_ttl", "30m")',
        "docs/federation-backoff/resetting.md",
        "`cache_entry_ttl`, by default 30 minutes",
    ),
}
