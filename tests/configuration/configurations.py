"""Configurations to try, and the values in effect after real Synapses have read them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from snippets.configuration import OPTIONS, AppServiceConfig, FederationConfig
from snippets.configuration.options import Kind
from snippets.configuration.tables import BAD, written
from tests.real import synapse

DRIVER = Path(__file__).with_name("synapse_configuration_driver.py")

# The example of Synapse's manual.
EXAMPLE = """\
federation:
  client_timeout: 180s
  max_short_retry_delay: 7s
  max_long_retry_delay: 100s
  max_short_retries: 5
  max_long_retries: 20
  destination_min_retry_interval: 30s
  destination_retry_multiplier: 5
  destination_max_retry_interval: 12h
"""

# Values that mean what people expect.
GOOD = {
    Kind.DURATION: ["30s", "10m", "1w", "1y", "90000", "+5s"],
    Kind.COUNT: ["0", "5"],
    Kind.NUMBER: ["1.3", "5"],
    Kind.BOOLEAN: ["true", "no", "off", "False"],
    Kind.PATHS: ["[]", "[a.yaml, b.yaml]"],
}

SECTIONS = [
    "", "federation: {}", "federation:", "federation: []", "federation: [1]", "federation: text",
    "federation: 0", "federation: false", "federation: !!set {client_timeout}",
    "federation: {destination_min_retry_intervall: 30s}",
    "federation: {Client_Timeout: 30s}",
    "federation: {client_timeout: 30s, client_timeout: 40s}",
    "defaults: &d {client_timeout: 30s}\nfederation: {<<: *d, max_long_retries: 2}",
    "federation: {destination_min_retry_interval: 10d}",
    "federation: {destination_max_retry_interval: 5m}",
    "federation: {destination_min_retry_interval: 9223372036854775808}",
    "destination_min_retry_interval: 30s",
]  # fmt: skip


CONFIGURATIONS = [
    EXAMPLE,
    *SECTIONS,
    *(written(o, value) for o in OPTIONS for value in BAD[o.kind] + GOOD[o.kind]),
]

Effective = dict[str, str] | str


def ours(text: str, release: str) -> Effective:
    """Our values as Python shows them, by their names in Synapse; or that it does not start."""
    config = yaml.safe_load(text) or {}
    try:
        federation = FederationConfig.read(config, release=release)
        appservice = AppServiceConfig.read(config, release=release)
    except (TypeError, ValueError):
        return "does not start"
    return {name: repr(value) for name, value in {**vars(federation), **vars(appservice)}.items()}


def synapses(python: Path, texts: Iterable[str]) -> list[Effective]:
    """The same from a release's own code."""
    return synapse.ask(python, DRIVER, texts)


def options_read(python: Path) -> dict[str, Any]:
    """The options that the release's code looks up in the section `federation:` and at the top
    level.
    """
    (answer,) = synapse.ask(python, DRIVER, [None])
    assert isinstance(answer, dict)
    return answer
