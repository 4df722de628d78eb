"""Every stream of the newest Synapse: its name on the wire, its writers, where it is kept."""

from typing import NamedTuple

from snippets.shared.release import COMPARED

OLD, NEW = COMPARED


# --8<-- [start:stream]
class Stream(NamedTuple):
    """One stream. `writers` says how many there may be, in OLD and in NEW.

    "one" and "several" are configured with `option` under `stream_writers`. Without an option the
    text names the processes.
    """

    name: str
    about: str
    option: str
    writers: tuple[str, str]
    since: str
    kept: str


# --8<-- [end:stream]
EVER = "≤\u00a01.90"
BOTH_ONE, BOTH_SEVERAL = ("one", "one"), ("several", "several")
BOTH_MAIN = ("main process", "main process")
AS_EVENTS = ("those of events", "those of events")
ONLY_NEW = ""

# fmt: off
STREAMS = (
    Stream("account_data", "account data, also of rooms", "account_data", BOTH_ONE, EVER, "database"),
    Stream("backfill", "old events, fetched later; negative in the database", "", AS_EVENTS, EVER, "database"),
    Stream("caches", "entries that every process must forget", "", ("every process", "every process"), EVER, "database"),
    Stream("device_lists", "whose devices changed", "device_lists", ("main process", "several"), EVER, "database"),
    Stream("events", "new events and changes of state", "events", BOTH_SEVERAL, EVER, "database"),
    Stream("federation", "what the federation sender is to send", "", BOTH_MAIN, EVER, "memory"),
    Stream("presence", "who is online", "presence", BOTH_ONE, EVER, "database"),
    Stream("presence_federation", "presence for other servers", "", ("that of presence", "that of presence"), EVER, "memory"),
    Stream("profile_updates", "changed profiles", "", (ONLY_NEW, "those of events"), "1.159", "database"),
    Stream("push_rules", "changed push rules", "push_rules", ("main process", "one"), EVER, "database"),
    Stream("pushers", "pushers added or removed", "", BOTH_MAIN, EVER, "database"),
    Stream("quarantined_media", "media put in quarantine, or out", "quarantined_media_changes", (ONLY_NEW, "several"), "1.152", "database"),
    Stream("receipts", "read receipts", "receipts", ("one", "several"), EVER, "database"),
    Stream("sticky_events", "sticky events", "", (ONLY_NEW, "those of events"), "1.148", "database"),
    Stream("thread_subscriptions", "threads followed or left", "thread_subscriptions", (ONLY_NEW, "several"), "1.135", "database"),
    Stream("to_device", "messages to single devices", "to_device", BOTH_ONE, EVER, "database"),
    Stream("typing", "who is typing", "typing", BOTH_ONE, EVER, "memory"),
    Stream("un_partial_stated_event", "events whose state is now complete", "", BOTH_MAIN, EVER, "database"),
    Stream("un_partial_stated_room", "rooms whose state is now complete", "", BOTH_MAIN, EVER, "database"),
)
# fmt: on


def streams_table() -> str:
    """The streams as a Markdown table."""
    lines = [
        f"| Stream | About | Writers, {OLD} | Writers, {NEW} | Since | Kept in |",
        "|:--|:--|:--|:--|:--|:--|",
    ]
    for name, about, _, (old, new), since, kept in STREAMS:
        lines.append(f"| `{name}` | {about} | {old or 'none'} | {new} | {since} | {kept} |")
    return "\n".join(lines)
