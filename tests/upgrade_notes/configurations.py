"""Configurations, by what they show. Each is read together with the minimum that Synapse needs."""

from typing import Any

_WORKER = {"worker_app": "synapse.app.generic_worker", "worker_name": "one"}
MAIN = {"host": "localhost", "port": 9093}
DELEGATED = {"enabled": True, "endpoint": "http://localhost:1/", "secret": "unused"}

CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "a worker told of the main process by worker_replication_host": {
        **_WORKER,
        "worker_replication_host": MAIN["host"],
        "worker_replication_http_port": MAIN["port"],
    },
    "a worker told of the main process by instance_map": {
        **_WORKER,
        "instance_map": {"main": MAIN},
    },
    "app_service_config_files is not a list": {"app_service_config_files": "irc.yaml"},
    "the token in the query": {"use_appservice_legacy_authorization": True},
    "a duration that ends with a space": {"user_ips_max_age": "10 "},
    "msc3861": {
        "experimental_features": {
            "msc3861": {
                "enabled": True,
                "issuer": "http://localhost:1/",
                "client_id": "synapse",
                "client_auth_method": "client_secret_basic",
                "client_secret": "unused",
                "admin_token": "unused",
            }
        }
    },
    "matrix_authentication_service": {"matrix_authentication_service": DELEGATED},
    "a writer of quarantined_media_changes": {
        "instance_map": {"main": MAIN, "one": MAIN},
        "stream_writers": {"quarantined_media_changes": ["one"]},
    },
    "a writer of quarantined_media_changes that instance_map lacks": {
        "stream_writers": {"quarantined_media_changes": ["one"]},
    },
    "matrix_rtc with a livekit_service_url": {
        "experimental_features": {"msc4143_enabled": True},
        "matrix_rtc": {
            "transports": [{"type": "livekit", "livekit_service_url": "https://rtc.example.com"}]
        },
    },
    "matrix_rtc with a url": {
        "experimental_features": {"msc4143_enabled": True},
        "matrix_rtc": {"transports": [{"type": "livekit", "url": "wss://rtc.example.com"}]},
    },
    "profiles of users who share rooms, without authentication": {
        "limit_profile_requests_to_users_who_share_rooms": True,
    },
}
