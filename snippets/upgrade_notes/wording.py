"""Observations in words."""

import json
from typing import Any

from snippets.shared.history import ABSENT, Kind


def in_words(kind: Kind, value: Any) -> str:
    """The value of an observation of this kind, such as "404 M_NOT_FOUND" for an answer."""
    match kind, value:
        case Kind.OPTION, _ if value is ABSENT:
            return "not looked up"
        case Kind.OPTION, None:
            return "no default"
        case Kind.READING, {"error": str() as error}:
            return f"Synapse does not start: {' '.join(error.split())}"
        case Kind.READING, {"warnings": warnings}:
            return " and warns: ".join(["Synapse starts", *warnings])
        case Kind.ANSWER, [int(), *_]:  # a status, and an error's code
            return " ".join(map(str, value))
        case Kind.ANSWER, [str() as first, *_] if first.startswith("/"):  # one path after another
            return ", then ".join(value)
        case _, []:
            return "none"
        case _, [*parts]:
            return ", ".join(map(str, parts))
        case _, str():
            return value
    return "not there" if value is ABSENT else json.dumps(value)


def subject_in_words(kind: Kind, subject: str) -> str:
    """The subject of an observation, such as "Option `email.smtp_host`"."""
    match kind:
        case Kind.OPTION:
            return f"Option `{subject}`"
        case Kind.LABELS:
            return f"Labels of `{subject}`"
        case Kind.READING:
            return f"Configuration: {subject}"
        case Kind.PACKAGE:
            return f"Package: {subject}"
        case Kind.REQUIREMENT:
            return f"Oldest {subject}"
    return subject[0].upper() + subject[1:]
