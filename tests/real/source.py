"""Which releases have a text in their source: found by searching the releases' packages."""

import fnmatch
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests import ROOT
from tests.real import synapse
from theme.releases import minors


class Fact(NamedTuple):
    """A text in a file of Synapse's source; its releases are found, and pages name it for them.

    A file that cannot name it, such as code, is `page`, with a sentence that must stand there. In
    it, {first}, {before} and {last} are the releases, as `theme/releases.py` explains.
    """

    file: str
    text: str
    page: str = ""
    sentence: str = ""


def packages() -> list[str]:
    """The releases to search, oldest first: all that have a hash here."""
    lines = synapse.WHEELS.with_suffix(".in").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


@cache
def _installed(release: str, file: str) -> str:
    files = list(synapse.python(release).parents[1].glob(f"lib/python*/site-packages/{file}"))
    return "".join(path.read_text("utf-8") for path in sorted(files))


def of_live(release: str, facts: Mapping[str, Fact]) -> dict[str, bool]:
    """Whether an installed release has each fact's text. Raises Missing."""
    return {name: fact.text in _installed(release, fact.file) for name, fact in facts.items()}


def of_wheel(release: str, facts: Mapping[str, Fact]) -> dict[str, bool]:
    """The same for any release, from its wheel. Raises Missing."""
    with synapse.wheel(release) as files:
        names = files.namelist()
        return {
            name: any(
                fact.text in files.read(file).decode() for file in fnmatch.filter(names, fact.file)
            )
            for name, fact in facts.items()
        }


def recording(facts: Mapping[str, Fact], today: str) -> dict[str, Any]:
    """For each fact, the releases that have its text, from all packages. Raises Missing."""
    releases = packages()
    answers = {release: of_wheel(release, facts) for release in releases}
    having = {name: [release for release in releases if answers[release][name]] for name in facts}
    return {
        "recorded": today,
        "read": releases,
        "first_and_last": {
            name: [with_text[0], with_text[-1]] for name, with_text in having.items()
        },
        "gaps": [
            name for name, with_text in having.items() if with_text != _between(releases, with_text)
        ],
    }


def _between(releases: list[str], having: list[str]) -> list[str]:
    return releases[releases.index(having[0]) : releases.index(having[-1]) + 1]


def has(recorded: Mapping[str, Any], release: str) -> dict[str, bool]:
    """Whether a release has each fact's text, according to the recording."""
    return {
        name: release in _between(recorded["read"], ends)
        for name, ends in recorded["first_and_last"].items()
    }


def sentence(recorded: Mapping[str, Any], name: str, fact: Fact) -> str:
    """The fact's sentence, with the releases from the recording."""
    return fact.sentence.format(**minors(recorded, name))


def says(page: str, sentence: str) -> bool:
    """Whether a file of ours has the sentence, whatever its line breaks."""
    return " ".join(sentence.split()) in " ".join((ROOT / page).read_text("utf-8").split())


def write(path: Path, facts: Mapping[str, Fact], today: str) -> None:
    """Searches every package and rewrites a recording. Raises Missing."""
    path.write_text(json.dumps(recording(facts, today), indent=1) + "\n", "utf-8")
    print(f"recorded what {len(packages())} releases have in their source in {path.name}")
