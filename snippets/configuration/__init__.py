"""The configuration options of Synapse that this guide's subjects depend on."""

from snippets.configuration.duration import BadDuration, parse_duration

__all__ = ["BadDuration", "parse_duration"]
