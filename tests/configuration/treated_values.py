"""The spread of values that is tried for each option, as a file has them."""

from typing import Any

import yaml

# In the words of a file; YAML 1.1 reads 10:00 as the number 600.
SPREAD = (
    "true", "false", "'false'", "'true'", "0", "1", "10:00", "100000", "-1", "1.5",
    "10m", "1h30m", "50M", "'10'", "text", "''", "https://one.example", "one.example",
    "'@one:example.com'", "'#one:example.com'", "127.0.0.0/8", "a_file", "null", "[]", "[text]",
    "[1]", "[{}]", "[[]]", "[null]", "[https://one.example]", "[one.example]",
    "['@one:example.com']", "['#one:example.com']", "[127.0.0.0/8]", "[a_file]", "{}",
    "{text: text}", "{text: 1}", "{text: {}}", "{text: null}", "{1: text}",
)  # fmt: skip


def parsed(text: str) -> Any:
    """The value as Synapse gets it."""
    return yaml.safe_load(text)
