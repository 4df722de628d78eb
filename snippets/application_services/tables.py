"""Markdown tables of the recordings."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snippets.shared.markdown import code, provenance
from snippets.shared.release import NEWEST_RUN

# `make record` writes these.
TOKEN, ERRORS = Path(__file__).with_name("token.json"), Path(__file__).with_name("errors.json")
REGISTRATIONS = Path(__file__).with_name("registrations.json")
# The registrations that a page shows, out of all that were tried.
SHOWN = (
    "no url",
    "as_token: 12345",
    'id: "a|b"',
    'sender_localpart: "@irc_bot:example.com"',
    'sender_localpart: "irc bot"',
    "no namespaces",
    'namespaces: {"users": "@_irc_.*"}',
    'namespaces: {"users": [{"regex": "@_irc_.*"}]}',
    'namespaces: {"users": [{"regex": "@_irc_.*", "exclusive": "true"}]}',
    'namespaces: {"users": [{"regex": "(", "exclusive": true}]}',
    'protocols: "irc"',
    "protocols: [1]",
    'ip_range_whitelist: "10.0.0.0/8"',
    'ip_range_whitelist: ["10.0.0.0/33"]',
    'org.matrix.msc3202: "true"',
    'io.element.msc4190: "true"',
    "the same id in two files",
    "the same as_token in two files",
)
# Titles of the answers of every release that are about the paths it requests.
PATHS = {
    "paths for an alias": "`query_alias`",
    "paths for a protocol": "`get_3pe_protocol`",
    "paths for a transaction": "`push_bulk`",
    "paths for a ping of MSC2659": "`ping`, with `msc2659_enabled`",
    "paths for a ping": "`ping`",
    "where the token is": "the token",
}
_CALLS = ("query_user", "query_alias", "query_3pe", "get_3pe_protocol", "push_bulk", "ping")
_EXISTS = {"true": "there", "false": "not there"}
_WORDS: dict[str, dict[str, str]] = {
    "query_user": _EXISTS,
    "query_alias": _EXISTS,
    "query_3pe": {"[]": "no results"},
    "get_3pe_protocol": {"null": "no protocol"},
    "push_bulk": {"true": "arrived", "false": "not arrived"},
    "ping": {"null": "success", '"error"': "error"},
}


def read_recording(file: Path) -> dict[str, Any]:
    """One of the recordings in this folder."""
    recorded: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return recorded


def refused_registrations(recorded: Mapping[str, Any]) -> str:
    """A table of the wrong registrations that a page shows, with the error of each release."""
    releases = recorded["releases"]
    lines = [f"| Written | {' | '.join(releases)} |", "|:--|" + ":--|" * len(releases)]
    for name in SHOWN:
        answers = [_said(errors[name]) for errors in releases.values()]
        same = len(set(answers)) == 1
        cells = [answers[0], *("the same" if same else other for other in answers[1:])]
        wrong = code(name) if ": " in name else name
        lines.append(f"| {wrong} | {' | '.join(cells)} |")
    tried = len(next(iter(releases.values())))
    return "\n".join(
        [*lines, "", provenance(f"Recorded on {recorded['recorded']}, of {tried} that were tried.")]
    )


def _said(error: str | None) -> str:
    return "accepts it" if error is None else code(error)


def answers(recorded: Mapping[str, Any], release: str = NEWEST_RUN) -> str:
    """A table of a release's result for each answer of a service, by call."""
    lines = [
        "| The service sends | " + " | ".join(f"`{call}`" for call in _CALLS) + " |",
        "|:--|" + ":--|" * len(_CALLS),
    ]
    for case, calls in recorded["releases"][release].items():
        cells = []
        for call in _CALLS:
            given, *warned = calls[call]
            cells.append(_WORDS[call][json.dumps(given)] + (", warns" if warned else ""))
        lines.append(f"| {case} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", provenance(f"Recorded on {recorded['recorded']}.")])


def logged(recorded: Mapping[str, Any], call: str, release: str = NEWEST_RUN) -> str:
    """A table of what a release logs for each answer to one call."""
    lines = [f"| The service sends | In the log of {release} |", "|:--|:--|"]
    for case, calls in recorded["releases"][release].items():
        lines += [f"| {case} | `{line}` |" for line in calls[call][1:]]
    return "\n".join(lines)


def places(recorded: Mapping[str, Any]) -> str:
    """A table of where the token is in each call, by release and option."""
    cases = {name: case["calls"] for name, case in recorded["cases"].items()}
    lines = ["| Call | " + " | ".join(cases) + " |", "|:--|" + ":--|" * len(cases)]
    for call in next(iter(cases.values())):
        cells = [" and ".join(calls[call][2]) for calls in cases.values()]
        lines.append(f"| `{call}` | {' | '.join(cells)} |")
    day = f'Recorded on {recorded["recorded"]}. "default" is without the option.'
    return "\n".join([*lines, "", provenance(day)])


def requests(recorded: Mapping[str, Any], case: str) -> str:
    """A table of the method and target of each call."""
    release = case.partition(",")[0]
    lines = [f"| Call | Request, as {release} sent it |", "|:--|:--|"]
    for call, (method, target, _) in recorded["cases"][case]["calls"].items():
        lines.append(f"| `{call}` | `{method} {target}` |")
    return "\n".join(lines)


def headers(recorded: Mapping[str, Any], most: int = 8) -> str:
    """A table of the Authorization headers of one request, by release."""
    lines = ["| Release | Authorization headers of one request |", "|:--|:--|"]
    for release, values in recorded["headers"].items():
        shown = [f"`{header}`" if header else "an empty one" for header in values[:most]]
        more = ", …" if values[most:] else ""
        lines.append(f"| {release} | {len(values)}: {', '.join(shown)}{more} |")
    return "\n".join([*lines, "", provenance(f"Recorded on {recorded['recorded']}.")])
