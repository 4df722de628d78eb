"""What the pages show of the notes and of the history, as Markdown."""

from collections.abc import Sequence
from itertools import groupby

from snippets.shared.history import ABSENT, OPTION, Change, History, changed_options, told
from snippets.shared.release import parse_release
from snippets.upgrade_notes.notes import Note

# What a note does to a server that it concerns.
EFFECTS = {
    "stops": "Synapse does not start",
    "act": "something to do",
    "know": "good to know",
}
# The tests of what was seen, which every note that shows something has in common.
SEEN_BY = (
    "test_what_a_note_says_was_seen_at_its_release_and_not_before",
    "test_a_release_is_still_as_recorded",
)


def chooser(history: History) -> str:
    """What `docs/assets/upgrade-notes.js` makes a choice of two releases of."""
    oldest, *_, newest = history.releases
    return (
        f'<form class="chooser" data-oldest="{oldest}" data-newest="{newest}" hidden>\n'
        "<label>You have <select></select></label>\n"
        "<label>You want <select></select></label>\n"
        "<output></output>\n"
        "</form>"
    )


def overview(notes: Sequence[Note]) -> str:
    """A line for each note, newest first, with a link to it."""
    lines = ["| Release | What changes | Effect | Subject | Proof |", "|:--|:--|:--|:--|:--|"]
    for note in reversed(notes):
        title = f"[{note.title}](#{note.anchor})"
        effect = EFFECTS[note.effect]
        lines.append(f"| {note.release} | {title} | {effect} | {note.subject} | {_badge(note)} |")
    return "\n".join(lines)


def by_release(notes: Sequence[Note], history: History) -> str:
    """A section for each release, newest first, and in it a table for each note."""
    sections = []
    for release, found in groupby(reversed(notes), key=lambda note: note.release):
        sections.append(f"## {release}\n")
        sections += [_section(note, history) for note in found]
    return "\n".join(sections)


def _badge(note: Note) -> str:
    return "proven" if note.proof.status == "proven" else "not proven here"


def _section(note: Note, history: History) -> str:
    rows = [
        ("Effect", EFFECTS[note.effect]),
        ("Before", note.before),
        ("After", note.after),
        ("To do", note.todo),
        *_proof(note, history),
        ("More", ", ".join(_more(note))),
    ]
    heading = [
        f"### {note.title} {{ #{note.anchor} }}\n",
        f"| Concerns | {note.who} |",
        "|:--|:--|",
    ]
    return "\n".join([*heading, *(f"| {name} | {what} |" for name, what in rows)]) + "\n"


def _proof(note: Note, history: History) -> list[tuple[str, str]]:
    proof = note.proof
    if proof.status != "proven":
        return [("Not proven", proof.reason)]
    rows = []
    if proof.seen:
        after = history.release(note.release)
        before = history.before(after)
        for sight in proof.seen:
            lines = [f"{before}: {_code(sight.before)}", f"{after}: {_code(sight.after)}"]
            rows.append(("Seen", "<br>".join([_what(sight.name), *lines])))
        runs = f"on {before} and {after}, run on {history.recorded} and with `make test-releases`"
        rows.append(("Proven", runs))
    if proof.tests:
        releases = ", ".join(proof.releases)
        rows.append(("Proven", f"{releases} are started on every run by {_tests(proof.tests)}"))
    if proof.recorded:
        releases = " and ".join(proof.recorded.releases)
        compared = "this guide's code is compared with that on every run"
        tests = _tests(proof.recorded.tests)
        rows.append(
            ("Proven", f"recorded on {releases} on {proof.recorded.date}; {compared}: {tests}")
        )
    if proof.read:
        releases = " and ".join(proof.read.releases)
        packages = f"read in the source packages of {releases} on every run"
        rows.append(("Proven", f"`{proof.read.file}`, {packages}: {_tests(proof.read.tests)}"))
    return rows


def _tests(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _what(name: str) -> str:
    """What was looked at, for people."""
    kind, _, rest = name.partition(" ")
    match kind:
        case "option":
            return f"Option `{rest}`"
        case "labels":
            return f"Labels of `{rest.removeprefix('of ')}`"
        case "reads":
            return f"Configuration: {rest}"
        case "answers":
            return rest[0].upper() + rest[1:]
        case "package":
            return f"Package: {rest}"
    return {
        "postgresql": "Oldest PostgreSQL that it takes",
        "python": "Python that it asks for",
        "sqlite": "Oldest SQLite that it takes",
    }[name]


def _more(note: Note) -> list[str]:
    here = [f"[in this guide](../{note.page})"] if note.page else []
    return here + [f"[{_source(url)}]({url})" for url in note.sources]


def _source(url: str) -> str:
    if "/pull/" in url or "/issues/" in url:
        return f"Synapse #{url.rpartition('/')[2]}"
    return "Synapse's upgrade notes" if "/upgrade#" in url else "Synapse's manual"


def _code(text: str) -> str:
    return f"`{text.replace('|', '&#124;')}`"


def options_table(history: History) -> str:
    """The options that came, went, or changed their default, newest first."""
    oldest, *_, newest = history.releases
    lines = ["| Release | Option | What became of it |", "|:--|:--|:--|"]
    for change in reversed(changed_options(history, oldest, newest)):
        number = ".".join(map(str, parse_release(change.release)))
        lines.append(f"| {number} | `{change.name.removeprefix(OPTION)}` | {_became(change)} |")
    return "\n".join(lines)


def _became(change: Change) -> str:
    if change.after is ABSENT:
        return "gone"
    default = "no default" if change.after is None else f"default {_code(told(change.after))}"
    return (
        f"new, {default}"
        if change.before is ABSENT
        else f"{default}, was {_code(told(change.before))}"
    )


def way_back_table(history: History) -> str:
    """For releases the oldest one that starts on their database, newest first."""
    lines = ["| The database was opened by | These start on it |", "|:--|:--|"]
    for back, found in groupby(reversed(history.releases), key=history.oldest_way_back):
        runs = list(found)
        lines.append(f"| {_range(runs[-1], runs[0])} | {back} and later |")
    return "\n".join(lines)


def _range(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def eras(history: History, names: dict[str, str]) -> str:
    """What was seen under each name, with the releases for which it holds. `names` has titles."""
    lines = ["| What | Releases | Seen |", "|:--|:--|:--|"]
    for name, title in names.items():
        for first, last, value in history.eras(name):
            lines.append(f"| {title} | {_range(first, last)} | {_code(told(value))} |")
    return "\n".join(lines)
