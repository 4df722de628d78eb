"""The generated parts of the pages about errors."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from snippets.errors.entries import (
    GUIDE,
    PROGRAMS,
    PROXIES,
    SUBJECTS,
    SYNAPSE,
    Entry,
    read_entries,
    read_printed,
)
from snippets.shared.markdown import code, provenance, table

_SITE = Path(__file__).parents[2] / "mkdocs.yml"
_IN_NAVIGATION = re.compile(r'^ +- "?(.+?)"?: ([\w/-]+\.\w+)$', re.MULTILINE)
_HEADINGS = {SYNAPSE: "Synapse", GUIDE: "The commands of this guide"}
_WORDS_OF_AN_ANCHOR = 8


def titles() -> dict[str, str]:
    """The title of each page in the navigation, by its file below docs/."""
    return {file: title for title, file in _IN_NAVIGATION.findall(_SITE.read_text("utf-8"))}


def errors(subject: str) -> str:
    """All entries of a subject, by program: a heading for each text, with its cause and its fix."""
    entries, printed = read_entries(subject), read_printed()
    programs = [name for name in PROGRAMS if any(entry.program == name for entry in entries)]
    parts = []
    for name in programs:
        parts.append(f"## {_HEADINGS.get(name, name)}")
        parts += blocks([entry for entry in entries if entry.program == name], printed)
    parts.append(provenance(_proof(programs, printed)))
    return "\n\n".join(parts)


def overview() -> str:
    """A table of the subjects: how many texts, of which programs, and what no release means."""
    rows = []
    for subject in SUBJECTS:
        entries = read_entries(subject)
        programs = [name for name in PROGRAMS if any(entry.program == name for entry in entries)]
        link = f"[{titles()[f'errors/{subject}.md']}]({subject}.md)"
        spoken = ["this guide's commands" if name == GUIDE else name for name in programs]
        rows.append((link, len(entries), ", ".join(spoken)))
    first, *_, last = read_printed()["releases"]
    rule = f"Where an entry names no release, all minor releases of Synapse from {first} to {last} "
    return "\n\n".join(
        [
            table(["About", "Texts", "Printed by"], rows, right=["Texts"]),
            f"{rule}have the text.",
        ]
    )


def addresses(subject: str) -> dict[str, str]:
    """The address of each text of a subject on the site."""
    return {
        text: f"errors/{subject}/#{anchor}"
        for text, anchor in _anchors(read_entries(subject)).items()
    }


def blocks(entries: Sequence[Entry], printed: Mapping[str, Any]) -> Iterator[str]:
    """A heading and a paragraph for each entry."""
    anchors = _anchors(entries)
    names = titles()
    for entry in entries:
        file, _, section = entry.page.partition("#")
        link = f"[{names[file]}](../{file}{'#' if section else ''}{section})"
        yield f"### {code(entry.text)} {{#{anchors[entry.text]}}}"
        yield f"{_when(entry, printed)}{entry.cause} **Fix:** {entry.fix} More: {link}."


def _when(entry: Entry, printed: Mapping[str, Any]) -> str:
    """The releases of Synapse that print a text, where not all do."""
    if entry.program != SYNAPSE:
        return ""
    releases = printed["releases"]
    first, last = printed["synapse"][entry.text]
    oldest, newest = first == releases[0], last == releases[-1]
    first, last = (release.rpartition(".")[0] for release in (first, last))
    if oldest and newest:
        return ""
    if newest:
        return f"Since {first}: "
    if oldest:
        return f"Up to {last}: "
    return f"Only {first}: " if first == last else f"{first} to {last}: "


def _proof(programs: Sequence[str], printed: Mapping[str, Any]) -> str:
    """One line that says where the texts were found."""
    first, *between, last = printed["releases"]
    releases = f"{first} to {last}, all {len(between) + 2} minor releases"
    known = [f"in the packages of Synapse {releases}"]
    proxies = [printed["versions"][name] for name in programs if name in PROXIES]
    if proxies:
        known.append(f"in what {', '.join(proxies)} print when the mistake is made")
    if GUIDE in programs:
        known.append("in the commands of this guide")
    return f"Found on {printed['recorded']} {'; '.join(known)}."


def _anchors(entries: Sequence[Entry]) -> dict[str, str]:
    """An anchor for each text: its first words, and a number where another has the same."""
    anchors: dict[str, str] = {}
    for entry in entries:
        words = re.findall(r"[a-z0-9]+", entry.text.lower())[:_WORDS_OF_AN_ANCHOR]
        anchor = name = "-".join(words)
        number = 1
        while anchor in anchors.values():
            number += 1
            anchor = f"{name}-{number}"
        anchors[entry.text] = anchor
    return anchors
