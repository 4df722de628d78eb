"""What to write instead of an option that the newest release does not look up, and an older did.

Each entry has a text that stands in the source of the last release with the option. In the first
release without it, and in the newest one, the text still stands there if Synapse does the same
without the option, or with another one; otherwise it does not. A test looks into the packages.
"""

from typing import NamedTuple

from snippets.shared.history import Kind, options_of, read_history


class Gone(NamedTuple):
    """What Synapse does or did with the option, and the text in its source."""

    what: str
    text: str


_FEATURES = "experimental_features"

# Synapse does the same without the option.
WITHOUT_IT = {
    "experimental_msc1849_support_enabled": Gone("has relations", "RelationPaginationServlet"),
    "use_new_device_lists_changes_in_room": Gone(
        "keeps changed devices by room", "device_lists_changes_in_room"
    ),
    f"{_FEATURES}.faster_joins": Gone("asks for joins without all members", "omit_members"),
    f"{_FEATURES}.msc2285_enabled": Gone("has private read receipts", "read.private"),
    f"{_FEATURES}.msc2659_enabled": Gone("pings application services", "AppservicePingRestServlet"),
    f"{_FEATURES}.msc2666_enabled": Gone(
        "answers which rooms two users share", "get_mutual_rooms_between_users"
    ),
    f"{_FEATURES}.msc2858_enabled": Gone(
        "names identity providers at the login", '"identity_providers": ['
    ),
    f"{_FEATURES}.msc3030_enabled": Gone("finds events by time", "timestamp_to_event$"),
    f"{_FEATURES}.msc3202_device_masquerading": Gone(
        "lets application services act as a device",
        "Application service trying to use a device that doesn't exist",
    ),
    f"{_FEATURES}.msc3266_enabled": Gone("has summaries of rooms", "RoomSummaryRestServlet"),
    f"{_FEATURES}.msc3283_enabled": Gone("says whether a name can be changed", "set_displayname"),
    f"{_FEATURES}.msc3440_enabled": Gone("has threads", "THREAD: Final"),
    f"{_FEATURES}.msc3706_enabled": Gone("answers joins without all members", "omit_members"),
    f"{_FEATURES}.msc3786_enabled": Gone("does not push server ACLs", "rule.room.server_acl"),
    f"{_FEATURES}.msc3823_account_suspension": Gone(
        "lets administrators suspend accounts", "/suspend/(?P<target_user_id>"
    ),
    f"{_FEATURES}.msc3827_enabled": Gone("filters rooms by type", "room_types"),
    f"{_FEATURES}.msc3873_escape_event_match_key": Gone(
        "escapes dots in the keys of push rules", r'key.replace("\\", "\\\\").replace(".", "\\.")'
    ),
    f"{_FEATURES}.msc3916_authenticated_media_enabled": Gone(
        "has media for clients with a token", "media/thumbnail/(?P<server_name>"
    ),
    f"{_FEATURES}.msc3952_intentional_mentions": Gone("knows mentions", "MENTIONS: Final"),
    f"{_FEATURES}.msc3958_supress_edit_notifs": Gone("does not push edits", "suppress_edits"),
    f"{_FEATURES}.msc3966_exact_event_property_contains": Gone(
        "has push rules that look into lists", "event_property_contains"
    ),
    f"{_FEATURES}.msc3967_enabled": Gone(
        "takes the first cross-signing keys without a password", "has_different_keys("
    ),
    f"{_FEATURES}.msc3970_enabled": Gone(
        "knows repeated requests by their device", '"user", requester.user, requester.device_id'
    ),
    f"{_FEATURES}.msc3981_recurse_relations": Gone(
        "finds relations of relations", "org.matrix.msc3981.recurse"
    ),
    f"{_FEATURES}.msc4009_e164_mxids": Gone("allows + in users' names", "=_-./+"),
    f"{_FEATURES}.msc4010_push_rules_account_data": Gone(
        "keeps push rules apart from account data", "Cannot set m.push_rules through this API"
    ),
    f"{_FEATURES}.msc4041_enabled": Gone("sends Retry-After", '"Retry-After": str(math.ceil('),
    f"{_FEATURES}.msc4115_membership_on_events": Gone(
        "adds the user's membership to events", "user_membership"
    ),
    f"{_FEATURES}.msc4151_enabled": Gone("takes reports of rooms", "ReportRoomRestServlet"),
    f"{_FEATURES}.msc4156_enabled": Gone(
        "takes `via` for joins", "remote_room_hosts = parse_strings_from_args("
    ),
    f"{_FEATURES}.msc4380_enabled": Gone("blocks invitations", "MSC4380InviteRulesConfig"),
}

# Synapse no longer does it.
NO_LONGER = {
    "acme": Gone("gets certificates by itself", "acme_reprovision_threshold"),
    "enable_group_creation": Gone("has groups", "class GroupServlet"),
    "enable_legacy_metrics": Gone("has the old names of metrics", "legacy_metric"),
    "group_creation_prefix": Gone("has groups", "class GroupServlet"),
    "listeners.*.experimental_cors_msc3886": Gone(
        "redirects to a rendezvous server", "org.matrix.msc3886"
    ),
    "stats.bucket_size": Gone("keeps statistics by period", "stats_bucket_size"),
    "tls_fingerprints": Gone("publishes fingerprints of its certificates", '"tls_fingerprints"'),
    "trusted_third_party_id_servers": Gone(
        "trusts a list of identity servers", "trusted_third_party_id_servers"
    ),
    "users_new_default_push_rules": Gone(
        "gives some users other push rules", "users_new_default_push_rules"
    ),
    "worker_listeners.*.experimental_cors_msc3886": Gone(
        "redirects to a rendezvous server", "org.matrix.msc3886"
    ),
    f"{_FEATURES}.groups_enabled": Gone("has groups", "class GroupServlet"),
    f"{_FEATURES}.msc2697_enabled": Gone(
        "has the dehydrated devices of MSC2697", "org.matrix.msc2697.v2"
    ),
    f"{_FEATURES}.msc2716_enabled": Gone("imports history into rooms", "org.matrix.msc2716/rooms"),
    f"{_FEATURES}.msc3244_enabled": Gone(
        "says what each room version can do", "org.matrix.msc3244.room_capabilities"
    ),
    f"{_FEATURES}.msc3772_enabled": Gone(
        "has a push rule for replies in threads", "msc3772.relation_match"
    ),
    f"{_FEATURES}.msc3852_enabled": Gone(
        "shows the client of a device", "msc3852.last_seen_user_agent"
    ),
    f"{_FEATURES}.msc3886_endpoint": Gone("redirects to a rendezvous server", "org.matrix.msc3886"),
}

# Another option does it: its name is here.
INSTEAD = {
    "access_token_lifetime": Gone(
        "refreshable_access_token_lifetime", "access_token_lifetime is not None"
    ),
    f"{_FEATURES}.msc3882_enabled": Gone(
        "login_via_existing_session.enabled", "class LoginTokenRequestServlet"
    ),
    f"{_FEATURES}.msc3882_token_timeout": Gone(
        "login_via_existing_session.token_timeout", "class LoginTokenRequestServlet"
    ),
    f"{_FEATURES}.msc3882_ui_auth": Gone(
        "login_via_existing_session.require_ui_auth", "class LoginTokenRequestServlet"
    ),
}

# Options that no release since 1.79 looks up, and an older one that did.
HAD = {
    "access_token_lifetime": "1.44.0",
    "acme": "1.30.0",
    "enable_group_creation": "1.57.0",
    "enable_legacy_metrics": "1.70.1",
    "experimental_msc1849_support_enabled": "1.44.0",
    "group_creation_prefix": "1.57.0",
    "stats.bucket_size": "1.30.0",
    "tls_fingerprints": "1.30.0",
    "trusted_third_party_id_servers": "1.44.0",
    "use_new_device_lists_changes_in_room": "1.57.0",
    "users_new_default_push_rules": "1.44.0",
    f"{_FEATURES}.groups_enabled": "1.57.0",
    f"{_FEATURES}.msc2285_enabled": "1.63.0",
    f"{_FEATURES}.msc2858_enabled": "1.30.0",
    f"{_FEATURES}.msc3030_enabled": "1.70.1",
    f"{_FEATURES}.msc3283_enabled": "1.44.0",
    f"{_FEATURES}.msc3440_enabled": "1.57.0",
    f"{_FEATURES}.msc3772_enabled": "1.63.0",
    f"{_FEATURES}.msc3786_enabled": "1.63.0",
    f"{_FEATURES}.msc3827_enabled": "1.63.0",
}


def every_gone_option() -> list[str]:
    """The options that the newest release does not look up, and an older one did, by name."""
    history = read_history()
    newest = options_of(history, list(history.releases)[-1])
    return sorted({*history.observations[Kind.OPTION], *HAD} - newest.keys())


def instead_of(option: str, release: str) -> str | None:
    """What to do about an option that `release` no longer looks up; None if that is not known.

    `option` is a name as in the history, with `*` for an item of a list.
    """
    if gone := WITHOUT_IT.get(option):
        return f"remove the line: Synapse {gone.what} without it"
    if gone := NO_LONGER.get(option):
        return f"remove the line: Synapse no longer {gone.what}"
    gone = INSTEAD.get(option)
    if gone and gone.what in options_of(read_history(), release):
        return f"write `{gone.what}` instead"
    return None
