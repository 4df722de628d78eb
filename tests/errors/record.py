"""Finds what prints each entry of the pages about errors: `make record`.

Synapse's texts are searched in the package of each minor release, the proxies' in what they print
when the mistake is made.
"""

import datetime
import hashlib
import json
import sys
from collections.abc import Iterable
from typing import Any

from snippets.errors.entries import (
    GUIDE,
    PRINTED,
    PROXIES,
    SYNAPSE,
    BadEntry,
    Entry,
    every_entry,
    unproven,
)
from tests.errors import proxies
from tests.errors.texts import found, printed
from tests.real import Missing, synapse


def of_synapse(entries: Iterable[Entry]) -> list[str]:
    """The texts of Synapse's entries."""
    return [entry.text for entry in entries if entry.program == SYNAPSE]


def of_proxies(entries: Iterable[Entry]) -> dict[str, str]:
    """The proxy that prints each text of the proxies' entries."""
    return {entry.text: entry.program for entry in entries if entry.program in PROXIES}


def search_packages(texts: list[str]) -> dict[str, list[str]]:
    """For each text the releases that can print it, oldest first. Raises Missing."""
    known: dict[bytes, set[str]] = {}  # most files are the same in the next release
    having: dict[str, list[str]] = {text: [] for text in texts}
    for release in synapse.releases():
        of_release: set[str] = set()
        with synapse.wheel(release) as files:
            for name in files.namelist():
                if name.startswith("synapse/") and name.endswith(".py"):
                    source = files.read(name)
                    digest = hashlib.sha256(source).digest()
                    if digest not in known:
                        known[digest] = found(texts, source.decode())
                    of_release |= known[digest]
        for text in of_release:
            having[text].append(release)
    return having


def make_mistakes(programs: dict[str, str]) -> dict[str, str]:
    """For each text a line of its proxy that has it. Raises Missing."""
    lines: dict[str, list[str]] = {program: [] for program in PROXIES}
    for mistake in proxies.MISTAKES:
        lines[mistake.program] += proxies.lines(mistake)
    found_in = {text: printed(text, lines[program]) for text, program in programs.items()}
    return {text: line for text, line in found_in.items() if line is not None}


def recording(entries: list[Entry], today: str) -> dict[str, Any]:
    """What prints each entry. Raises Missing."""
    releases = synapse.releases()
    having = {
        text: having for text, having in search_packages(of_synapse(entries)).items() if having
    }
    return {
        "recorded": today,
        "releases": releases,
        "versions": {name: kind.version() for name, kind in proxies.KINDS.items()},
        "synapse": {text: [having[0], having[-1]] for text, having in having.items()},
        "gaps": {
            text: missing for text, having in having.items() if (missing := _gap(releases, having))
        },
        "proxies": make_mistakes(of_proxies(entries)),
    }


def _gap(releases: list[str], having: list[str]) -> list[str]:
    """The releases without a text, between two that have it."""
    between = releases[releases.index(having[0]) : releases.index(having[-1])]
    return [release for release in between if release not in having]


def main() -> int:
    """Writes the recording, unless nothing prints an entry."""
    try:
        entries = every_entry()
        new = recording(entries, datetime.date.today().isoformat())
    except (BadEntry, Missing) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    if problems := unproven(entries, new):
        print("\n".join(problems), file=sys.stderr)
        return 1
    PRINTED.write_text(json.dumps(new, indent=1, ensure_ascii=False) + "\n", "utf-8")
    texts = sum(entry.program != GUIDE for entry in entries)
    print(f"found what prints {texts} texts, and recorded it in {PRINTED.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
