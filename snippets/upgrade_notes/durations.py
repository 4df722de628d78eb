"""Options that Synapse 1.123 and older releases read as durations, with `parse_duration`.

`test_these_are_the_durations_that_synapse_reads` sets each, with a space, in a real Synapse.
"""

DURATIONS = (
    "caches.cache_autotuning.min_cache_ttl",
    "caches.expiry_time",
    "caches.sync_response_cache_duration",
    "delete_stale_devices_after",
    "email.validation_token_lifetime",
    "federation.client_timeout",
    "federation.destination_max_retry_interval",
    "federation.destination_min_retry_interval",
    "federation.max_long_retry_delay",
    "federation.max_short_retry_delay",
    "forgotten_room_retention_period",
    "gc_min_interval.*",
    "key_refresh_interval",
    "login_via_existing_session.token_timeout",
    "max_event_delay_duration",
    "media_retention.local_media_lifetime",
    "media_retention.remote_media_lifetime",
    "nonrefreshable_access_token_lifetime",
    "push.jitter_delay",
    "redaction_retention_period",
    "refresh_token_lifetime",
    "refreshable_access_token_lifetime",
    "retention.allowed_lifetime_max",
    "retention.allowed_lifetime_min",
    "retention.default_policy.max_lifetime",
    "retention.default_policy.min_lifetime",
    "retention.purge_jobs.*.interval",
    "retention.purge_jobs.*.longest_max_lifetime",
    "retention.purge_jobs.*.shortest_max_lifetime",
    "session_lifetime",
    "turn_user_lifetime",
    "ui_auth.session_timeout",
    "unused_expiration_time",
    "user_ips_max_age",
)
# Read only if another option is in the given state.
SWITCHED_DURATIONS = (
    ("account_validity.period", "account_validity.enabled", "enabled"),
    ("account_validity.renew_at", "account_validity.enabled", "enabled"),
    ("caches.cache_entry_ttl", "caches.expire_caches", "is not false"),
    ("email.notif_delay_before_mail", "email.enable_notifs", "enabled"),
    ("saml2_config.saml_session_lifetime", "saml2_config.sp_config", "filled"),
)
