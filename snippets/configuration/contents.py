"""What Synapse refuses for what a value says, and not for its kind."""

from collections.abc import Iterator, Mapping
from email.utils import parseaddr

from snippets.configuration.placed import Found, in_effect
from snippets.configuration.values import NO_START
from snippets.shared.document import Document

PRESETS = ("private_chat", "public_chat", "trusted_private_chat")


def problems_of_contents(documents: Mapping[str, Document]) -> Iterator[Found]:
    """Texts and names that Synapse refuses. It is the same in all releases since 1.79."""
    options = in_effect(documents.items())
    if email := options.get("email"):
        sender = email.below("notif_from")
        if sender != email and isinstance(sender.value, str) and not parseaddr(sender.value)[1]:
            advice = "write an address, such as 'Our server <noreply@example.com>'"
            yield sender.found("refused-value", "is no address", NO_START, advice)
    levels = options.get("default_power_level_content_override")
    for preset in levels.parts() if levels and isinstance(levels.value, dict) else []:
        if preset.pair.key not in PRESETS:
            advice = f"write the levels below {', '.join(PRESETS[:-1])} or {PRESETS[-1]}"
            yield preset.found("refused-value", "is no preset", NO_START, advice, by_name=True)
