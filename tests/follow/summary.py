"""Ten lines on what changed with a release, and what is left to do.

`python -m tests.follow.summary RELEASE FORMER`.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from snippets.shared.history import ABSENT, Change, Kind, changed_options, read_history
from tests.follow import ROOT, order
from tests.follow.compare import COMPARED
from tests.follow.history import kept
from tests.follow.steps import read_state
from tests.real import Missing
from tests.real.synapse_source import source_file
from tests.upgrade_notes.test_upstream import headings, inventory

NOT_RUN = "not known: that step was not run"


def listed(names: Iterable[str]) -> str:
    """The number and the names; `none` for none."""
    known = list(names)
    return f"{len(known)}: {', '.join(known)}" if known else "none"


def unknown(release: str, former: str) -> str:
    """Why the history cannot tell the two releases apart; empty if it can."""
    history = read_history()
    if order(release)[:2] == order(former)[:2]:
        return f"not known: a patch replaces {former} in history.json; `git diff` shows how"
    minors = {order(run)[:2] for run in history.releases}
    return "" if {order(release)[:2], order(former)[:2]} <= minors else NOT_RUN


def observed_changes(release: str, former: str) -> list[str]:
    """Four lines about the history."""
    if why := unknown(release, former):
        kinds = ("Options that are new", "Options that are gone", "Options with another default")
        return [f"{kind}: {why}" for kind in (*kinds, "Other observations that changed")]
    return [*options(release, former), others(release, former)]


def options(release: str, former: str) -> list[str]:
    """Three lines: options that are new, are gone, or have another default."""
    changes = changed_options(read_history(), former, release)

    def line(chosen: Iterable[Change]) -> str:
        return listed(change.subject for change in chosen)

    new = line(c for c in changes if c.before is ABSENT)
    if kept("options").exists():
        not_new = json.loads(kept("options").read_text("utf-8"))["not new"]
        if not_new:
            new += f"; {former} reads these too: {', '.join(not_new)}"
    return [
        f"Options that are new: {new}",
        f"Options that are gone: {line(c for c in changes if c.after is ABSENT)}",
        "Options with another default: "
        + line(c for c in changes if c.before is not ABSENT and c.after is not ABSENT),
    ]


def others(release: str, former: str) -> str:
    """The other observed changes."""
    names = [
        f"{kind} of {change.subject}"
        for kind in Kind
        if kind not in (Kind.OPTION, Kind.DEFAULT)  # listed with the options
        for change in read_history().changes(kind, former, release)
    ]
    return f"Other observations that changed: {listed(names)}"


def without_a_note(release: str) -> str:
    """The headings of Synapse's own upgrade notes that upstream.yaml lacks."""
    try:
        upstream = headings(source_file(release, "docs/upgrade.md"))
    except Missing as missing:
        return f"Synapse's upgrade notes: not known: {missing}"
    new = [heading for heading in upstream if heading not in inventory()]
    names = listed(f'"{text}" ({number})' for number, text in new)
    return f"Headings of Synapse's upgrade notes without a note here: {names}"


def comparison(name: str, differences: dict[str, Any]) -> str:
    """How limiter or generator of the two releases differ."""
    line = (
        f"{name}: {differences['source']} lines of its source changed; "
        f"{differences['differing']} of {differences['runs']} runs with the same input differ"
    )
    if "decisions" in differences:
        line += f"; {differences['decisions']} decisions on outcomes differ"
    return line


def compared() -> list[str]:
    """Three lines about limiter, generator and streams."""
    if not COMPARED.exists():
        return [f"{name}: {NOT_RUN}" for name in ("Limiter", "Generator", "Streams")]
    differences = json.loads(COMPARED.read_text("utf-8"))
    streams = differences["streams"]
    return [
        comparison("Limiter", differences["limiter"]),
        comparison("Generator", differences["generator"]),
        f"Streams that are new: {listed(streams['new'])}; gone: {listed(streams['gone'])}; "
        f"with other writers: {listed(streams['writers'])}",
    ]


def rewritten() -> str:
    """How many files differ from the last commit."""
    git = ["git", "diff", "--name-only", "HEAD"]
    done = subprocess.run(git, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        return "Files that were rewritten: not known: this is no git checkout"
    files = done.stdout.split()
    pages = [name for name in files if name.startswith("docs/") and name.endswith(".md")]
    data = [name for name in files if name.endswith((".json", ".jsonl"))]
    return f"Rewritten since the last commit: {listed(pages)} (pages); {listed(data)} (recordings)"


def naming(former: str) -> int:
    """The number of hand-written lines of pages and snippets that name the former release."""
    texts = []
    for path in ROOT.glob("docs/**/*.md"):
        page = path.read_text("utf-8")
        texts.append(re.sub(r"\]\]\] -->.*?<!-- \[\[\[end\]\]\] -->", "", page, flags=re.S))
    texts += [path.read_text("utf-8") for path in ROOT.glob("snippets/**/*.py")]
    whole = re.compile(rf"(?<![\d.]){re.escape(former)}(?![\d])")
    return sum(bool(whole.search(line)) for text in texts for line in text.splitlines())


def left_for_you(former: str) -> str:
    """What is left for you."""
    state = read_state()
    tasks = []
    if state and state.left:
        tasks.append(f"these steps were not run: {', '.join(state.left)}")
    if number := naming(former):
        tasks.append(
            f"hand-written lines that name {former}: {number} (`grep -rnwF {former} docs snippets`)"
        )
    tasks += [
        "write what the lines above ask for",
        "`pytest -n auto --record-started`, then `make test`",
    ]
    return "Left for you: " + "; ".join(tasks)


def summary(release: str, former: str) -> list[str]:
    """The ten lines."""
    return [
        *observed_changes(release, former),
        without_a_note(release),
        *compared(),
        rewritten(),
        left_for_you(former),
    ]


def main(release: str, former: str) -> int:
    print(f"\nSynapse {release} in place of {former}:")
    for number, line in enumerate(summary(release, former), 1):
        print(f"{number:2}. {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
