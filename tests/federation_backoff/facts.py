"""Sentences about the backoff that name a release, with the texts in Synapse's source as proof."""

from tests.real.source import Fact

_INDEX, _WRONG = (
    "docs/federation-backoff/index.md",
    "docs/federation-backoff/when-backoff-misbehaves.md",
)
_OPTIONS = ("synapse/config/federation.py", "destination_min_retry_interval")
_STORED = (
    "synapse/storage/databases/main/transactions.py",
    "OR destinations.retry_last_ts < EXCLUDED.retry_last_ts",
)
_STATUS = ("synapse/util/retryutils.py", "backoff_on_all_error_codes")
_RECOVERIES = ("synapse/util/retryutils.py", "previously_failing")

FACTS = {
    "constants": Fact(*_OPTIONS, _INDEX, "| up to {before} | 10 minutes,"),
    "options": Fact(*_OPTIONS, _INDEX, "| {first} | 10 minutes,"),
    "the options changed the waits": Fact(
        *_OPTIONS, _INDEX, "**{first} changed the waits of every server**"
    ),
    "the bug came with the options": Fact(*_OPTIONS, _WRONG, "**{first} only**"),
    "a newer failure is stored": Fact(
        *_STORED, _INDEX, "| {first} | same | a newer failure is stored"
    ),
    "a shorter wait is stored": Fact(
        *_STORED,
        "docs/federation-backoff/choosing-values.md",
        "**Since {first}, a multiplier below 1.25 may",
    ),
    "a failure at the maximum is stored": Fact(
        *_STORED,
        "docs/federation-backoff/choosing-values.md",
        "**Since {first}, each dead server costs one",
    ),
    "a lower maximum is stored": Fact(
        *_STORED,
        "docs/federation-backoff/choosing-values.md",
        "Since {first}, a lower maximum counts from",
    ),
    "a maximum below the minimum is stored": Fact(
        *_STORED,
        "docs/federation-backoff/choosing-values.md",
        "Since {first}, the next one is the maximum",
    ),
    "the bug went with what is stored": Fact(*_STORED, _WRONG, "mended in {first} by [#16156]"),
    "a 404 is not a success": Fact(*_STATUS, _WRONG, "**Up to {before}** ([#16221]"),
    "a 404 changes nothing": Fact(
        *_STATUS,
        "docs/federation-backoff/outcomes.md",
        "Since {first}, any other 3xx or 4xx",
    ),
    "every status of a transaction": Fact(
        *_STATUS,
        "docs/federation-backoff/outcomes.md",
        "| `backoff_on_all_error_codes` | transactions, `/send` | since {first} ",
    ),
    "only a 404 of a transaction": Fact(
        "synapse/federation/transport/client.py",
        "backoff_on_404=True",
        "docs/federation-backoff/outcomes.md",
        "| `backoff_on_404` | transactions, `/send` | up to {last} ",
    ),
    "only recoveries": Fact(*_RECOVERIES, _WRONG, "**Up to {before}** ([#16506]"),
    "only recoveries, in the table": Fact(
        *_RECOVERIES, _INDEX, "| since {first} | same | [only recoveries are announced]"
    ),
    "how long a row is kept in the cache": Fact(
        "synapse/config/cache.py",
        'cache_config.get("cache_entry_ttl", "30m")',
        "docs/federation-backoff/resetting.md",
        "`cache_entry_ttl`, by default 30 minutes",
    ),
}
