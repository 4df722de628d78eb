"""The pages of options: each option of the recordings is on one of them.

Names are sorted by what stands first in them, such as `email` in `email.smtp_port`: a name's page
is the one that names it; otherwise the page of that section of Synapse's own configuration whose
attributes change with its values.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from snippets.configuration.treatment import treatments
from snippets.shared.history import Kind, read_history
from snippets.shared.release import COMPARED


@dataclass(frozen=True)
class Page:
    """A page of options: its file's name, its title, and what is on it.

    A name in `names` may have `*` for any letters.
    """

    file: str
    title: str
    sections: tuple[str, ...]
    names: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether the page names what stands first in an option's name."""
        return _is_like_one(name, self.names)


@cache
def _is_like_one(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


PAGES = (
    Page("server", "Server and listeners", ("server", "tls", "key"), (
        "bind_host", "form_secret_path", "key_server_signing_keys_path", "macaroon_secret_key_path",
        "old_signing_keys", "signing_key", "unsecure_port", "use_insecure_ssl_client*",
    )),
    Page("database", "Database and retention", ("database", "background_updates", "retention"), (
        "redaction_*", "forgotten_room_*", "user_ips_max_age", "task_scheduler",
    )),
    Page("media", "Media and previews", ("media", "oembed"), (
        "enable_media_repo", "synchronous_backup_media_store", "url_preview_*",
    )),
    Page("registration", "Registration",
        ("registration", "captcha", "account_validity", "consent"), (
        "autocreate_*", "invite_3pid_guest", "next_link_*", "request_token_*",
        "trust_identity_server_*", "use_account_validity_*",
    )),
    Page("login", "SAML, CAS, JWT and passwords", ("auth", "jwt", "cas", "saml2", "sso", "mas")),
    Page("openid-connect", "OpenID Connect", ("oidc",), ("oidc_config",)),
    Page("email", "Email", ("email",)),
    Page("rate-limits", "Rate limits", ("ratelimiting",)),
    Page("caches", "Caches and performance", ("caches",), (
        "gc_*", "soft_file_limit", "use_frozen_dicts", "gzip_responses",
    )),
    Page("federation", "Federation", ("federation",), (
        "federation_[!s]*", "key_refresh_*", "limit_remote_rooms", "perspectives",
        "suppress_key_server_warning", "trusted_key_servers",
    )),
    Page("workers", "Workers and Redis", ("worker", "redis"), (
        "stream_writers", "worker_*", "replication_torture_level",
    )),
    Page("rooms-and-users", "Rooms and users",
        ("room", "roomdirectory", "userdirectory", "user_types", "api"), (
        "allow_per_room_profiles", "allow_public_rooms_*", "allowed_avatar_*",
        "block_non_admin_*", "cleanup_extremities_*",
        "default_room_version", "delete_stale_*", "dummy_events_*", "enable_ephemeral_*",
        "enable_search", "encryption_enabled_*", "exclude_rooms_*", "filter_timeline_*",
        "include_profile_*", "limit_profile_*", "limit_usage_*", "mau_*", "max_mau_value",
        "max_avatar_size", "max_event_delay_*", "presence", "use_presence", "require_*",
        "restrict_public_*",
    )),
    Page("modules", "Modules, push and notices", (
        "modules", "authproviders", "spamchecker", "thirdpartyrules", "push", "push_rules",
        "servernotices", "auto_accept_invites", "appservice",
    ), ("ldap_config",)),
    Page("calls", "Calls", ("voip", "matrix_rtc")),
    Page("metrics", "Metrics and logging", ("metrics", "logging", "tracing", "stats"), (
        "log_file",
    )),
    Page("experimental", "Experimental features", ("experimental",)),
)  # fmt: skip


@cache
def every_option() -> list[str]:
    """The options that any release looks up. A name that ends with `*` is that of no option."""
    names = read_history().observations[Kind.OPTION]
    return sorted(name for name in names if not name.endswith("*"))


def page_of(option: str) -> Page:
    """The page of an option. Raises ValueError if no page has it, or more than one."""
    name, _, _ = option.partition(".")
    section = _sections().get(name)
    found = [page for page in PAGES if page.has(name)]
    found = found or [page for page in PAGES if section in page.sections]
    if len(found) != 1:
        names = " and ".join(page.file for page in found) or "no page"
        raise ValueError(f"{name}, of Synapse's section {section}, is on {names}: see PAGES")
    return found[0]


@cache
def _sections() -> Mapping[str, str]:
    """The section of Synapse's own configuration in which values of a name change most."""
    changed: dict[str, Counter[str]] = {}
    for release in COMPARED:
        for option, treatment in treatments(release).items():
            counts = changed.setdefault(option.partition(".")[0], Counter())
            for outcome in treatment.outcomes.values():
                counts.update(attribute.partition(".")[0] for attribute in outcome.changed)
    return {name: counts.most_common(1)[0][0] for name, counts in changed.items() if counts}
