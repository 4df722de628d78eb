"""Markdown tables of the notes and of the history."""

from collections.abc import Sequence
from itertools import groupby

from snippets.shared.history import ABSENT, Change, History, Kind, changed_options, read_history
from snippets.shared.release import parse_release
from snippets.upgrade_notes.notes import Note, read_notes
from snippets.upgrade_notes.wording import in_words, subject_in_words

# The effect on a server that a note concerns.
EFFECTS = {
    "stops": "Synapse does not start",
    "act": "something to do",
    "know": "good to know",
}


def _chooser(history: History) -> str:
    """A form that chooses two releases, for `docs/assets/upgrade-notes.js`.

    Rows of `overview` name their release by its index in this list.
    """
    names = " ".join(map(_minor, history.releases))
    return (
        f'<form class="chooser" data-releases="{names}" hidden>\n'
        "<label>You have <select></select></label>\n"
        "<label>You want <select></select></label>\n"
        "<output></output>\n"
        "</form>"
    )


def overview() -> str:
    """The form, and a table of all notes, newest first, with links."""
    notes, history = read_notes(), read_history()
    places = {_minor(release): place for place, release in enumerate(history.releases)}
    lines = ["| Release | What changes | Effect | Subject | Proof |", "|:--|:--|:--|:--|:--|"]
    for note in reversed(notes):
        title = f"[{note.title}](#{note.anchor})"
        effect = EFFECTS[note.effect]
        release = f"{note.release} {{ data-release={places[note.release]} }}"
        lines.append(f"| {release} | {title} | {effect} | {note.subject} | {_badge(note)} |")
    return "\n".join([_chooser(history), "", *lines])


def _minor(release: str) -> str:
    """Such as 1.95 for 1.95.1."""
    return ".".join(map(str, parse_release(release)))


def by_release() -> str:
    """A section for each release, newest first, and in it a table for each note."""
    history, sections = read_history(), []
    for release, notes in groupby(reversed(read_notes()), key=lambda note: note.release):
        sections.append(f"## {release}\n")
        sections += [_section(note, history) for note in notes]
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
    if proof.observed:
        after = history.release(note.release)
        before = history.before(after)
        for one in proof.observed:
            subject = subject_in_words(Kind(one.kind), one.subject)
            lines = [f"{before}: {_code(one.before)}", f"{after}: {_code(one.after)}"]
            rows.append(("Observed", "<br>".join([subject, *lines])))
        day = min(history.recorded[one.kind] for one in proof.observed)
        runs = f"on {before} and {after}, run on {day} and with `make test-releases`"
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


def _more(note: Note) -> list[str]:
    here = [f"[in this guide](../{note.page})"] if note.page else []
    return here + [f"[{_source(url)}]({url})" for url in note.sources]


def _source(url: str) -> str:
    if "/pull/" in url or "/issues/" in url:
        return f"Synapse #{url.rpartition('/')[2]}"
    return "Synapse's upgrade notes" if "/upgrade#" in url else "Synapse's manual"


def _code(text: str) -> str:
    return f"`{text.replace('|', '&#124;')}`"


def options_table() -> str:
    """A table of options that were added, were removed, or got another default, newest first."""
    history = read_history()
    oldest, *_, newest = history.releases
    lines = ["| Option | Release | What became of it |", "|:--|:--|:--|"]
    lines += [
        f"| `{change.subject}` | {_minor(change.release)} | {_became(change)} |"
        for change in reversed(changed_options(history, oldest, newest))
    ]
    return "\n".join(lines)


def _became(change: Change) -> str:
    if change.after is ABSENT:
        return "gone"
    default = (
        "no default"
        if change.after is None
        else f"default {_code(in_words(Kind.OPTION, change.after))}"
    )
    return (
        f"new, {default}"
        if change.before is ABSENT
        else f"{default}, was {_code(in_words(Kind.OPTION, change.before))}"
    )


def downgrade_table() -> str:
    """A table of the oldest release that starts on another one's database, newest first."""
    history = read_history()
    lines = ["| The database was opened by | These start on it |", "|:--|:--|"]
    for back, group in groupby(reversed(history.releases), key=history.oldest_downgrade):
        runs = list(group)
        lines.append(f"| {_range(runs[-1], runs[0])} | {back} and later |")
    return "\n".join(lines)


def _range(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def answers_table(titles: dict[str, str]) -> str:
    """A table of the answers to these requests, with the releases that give each.

    `titles` maps the subject of an observation to its title.
    """
    lines = ["| What | Releases | Observed |", "|:--|:--|:--|"]
    for subject, title in titles.items():
        for first, last, value in read_history().eras(Kind.ANSWER, subject):
            answer = _code(in_words(Kind.ANSWER, value))
            lines.append(f"| {title} | {_range(first, last)} | {answer} |")
    return "\n".join(lines)
