"""Markdown tables of the notes and of the history."""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from textwrap import indent

from snippets.shared.history import ABSENT, Change, History, Kind, changed_options, read_history
from snippets.shared.release import parse_release
from snippets.upgrade_notes import places
from snippets.upgrade_notes.notes import Note, read_notes, read_started
from snippets.upgrade_notes.wording import in_words, subject_in_words

# The effect on a server that a note concerns, and the class of the verdict that shows it.
EFFECTS = {
    "stops": ("Stops Synapse", " .bad"),
    "act": ("Something to do", " .caution"),
    "know": ("Good to know", ""),
}


def choice(here: str = "") -> str:
    """A choice of two releases for `docs/assets/upgrade-notes.js`, and links to the pages of notes.

    `here` is the first release of the page that it stands on, or "" on the page with the list.
    """
    names = " ".join(map(_minor, read_history().releases))
    what = "Notes on this page" if here else "Notes"
    fields = [
        f'<p><label>{label} <select name="{name}" aria-describedby="{name}-refused"></select>'
        f'</label> <span class="refused" id="{name}-refused"></span></p>'
        for name, label in (("from", "You have"), ("to", "You want"))
    ]
    form = [
        f'<form class="chooser" autocomplete="off" data-releases="{names}" data-what="{what}">',
        *fields,
        '<p><output></output> <button type="button">Clear all ticks</button></p>',
        "</form>",
    ]
    pages = [
        f"**{places.title(first)}**"
        if first == here
        else f"[{places.title(first)}]({places.name(first)}.md){{ .keeps }}"
        for first in places.FIRST
    ]
    links = f"Each note in full: {', '.join(pages)}."
    if here:
        links += " In short: [all notes](index.md){ .keeps }."
    return "\n".join([*form, "", links])


def list_of_notes() -> str:
    """A line for each note, oldest first, that leads to its card.

    Each line, and the first of each release, has the anchor that it had when all cards were on
    this page.
    """
    lines = ['<ol class="notes" data-search-exclude markdown>']
    for release, found in groupby(read_notes(), key=lambda note: note.release):
        old = f'<span id="{_old_anchor(release)}"></span>'
        for note in found:
            lines.append(
                f'<li id="{note.anchor}" {_data(note)} markdown>{_box(note)}{old}'
                f"[{_heading(note)}]({places.in_source(note)}){{ .keeps }} {_effect(note)}<br>"
                f"{_facts(note)} **Do:** {note.todo}</li>"
            )
            old = ""
    return "\n".join([*lines, "</ol>"])


def cards(first: str) -> str:
    """The cards of the page that begins with this release, oldest first; above them the choice."""
    notes, history = read_notes(), read_history()
    titles = {note.label: note for note in notes}
    here = [note for note in notes if places.first_of(note) == first]
    sections = [choice(first), ""]
    for release, found in groupby(here, key=lambda note: note.release):
        id_ = f' id="{_old_anchor(release)}"'
        for note in found:
            sections.append(_card(note, titles.get(note.undone_by), history, id_))
            id_ = ""
    return "\n".join(sections)


def newest_notes(number: int) -> str:
    """The newest notes as a list, newest first, for a page in the folder above."""
    return "\n".join(
        f"- [{_heading(note)}](upgrade-notes/{places.in_source(note)}) {_effect(note)}"
        for note in read_notes()[: -number - 1 : -1]
    )


def _minor(release: str) -> str:
    """Such as 1.95 for 1.95.1."""
    return ".".join(map(str, parse_release(release)))


def _old_anchor(release: str) -> str:
    """What the heading of a release was called, such as 195 for 1.95."""
    return release.replace(".", "")


def _data(note: Note) -> str:
    return f'data-note="{note.anchor}" data-effect="{note.effect}"'


def _heading(note: Note) -> str:
    return f'<span class="release">{note.release}</span> {note.title}'


def _box(note: Note, label: str = "") -> str:
    """A box to tick, which the browser remembers."""
    name = escape(f"Done: {note.label}").replace("`", "")
    return f'<label class="done"><input type="checkbox" aria-label="{name}">{label}</label>'


def _effect(note: Note) -> str:
    words, verdict = EFFECTS[note.effect]
    return f"*{words}*{{.verdict{verdict}}}"


def _facts(note: Note) -> str:
    proof = "" if note.proof.status == "proven" else " Not proven here."
    subject = note.subject[0].upper() + note.subject[1:]
    return f'<span class="facts">{subject}. Concerns {note.who}.{proof}</span>'


def _card(note: Note, undone_by: Note | None, history: History, attribute: str) -> str:
    undone = (
        f"Pointless if you go to {undone_by.release} or newer: see "
        f"[{undone_by.title}]({places.in_source(undone_by)}).\n\n"
        if undone_by
        else ""
    )
    title = "Proof" if note.proof.status == "proven" else "Not proven here: why"
    return f"""\
<section class="upgrade-note"{attribute} {_data(note)} markdown>

## {_heading(note)} {{ #{note.anchor} }}

{_box(note, " Done")}

{_effect(note)} {_facts(note)}

/// change
//// before
{note.before}
////
//// after
{note.after}
////
///

**Do:** {note.todo}

{undone}More: {", ".join(_more(note))}.

??? contributors "{title}"

{indent(chr(10).join(_proof(note, history)), "    ")}

</section>
"""


def _proof(note: Note, history: History) -> list[str]:
    """The lines of a list; what was observed first."""
    proof = note.proof
    if proof.status != "proven":
        return [f"- {proof.reason}"]
    lines = []
    if proof.observed:
        after = history.release(note.release)
        before = history.before(after)
        for one in proof.observed:
            lines.append(f"- {subject_in_words(Kind(one.kind), one.subject)}")
            for release, what in ((before, one.before), (after, one.after)):
                lines.append(f"    - {release}: {_verbatim(what)}")
        day = min(history.recorded[one.kind] for one in proof.observed)
        lines.append(f"- Run on {before} and {after} on {day}, and by `make test-releases`.")
    if proof.tests:
        releases = " and ".join(proof.started(read_started()))
        lines.append(f"- {releases} are started on every run by {_tests(proof.tests)}.")
    if proof.recorded:
        releases = " and ".join(proof.recorded.releases)
        lines.append(
            f"- What was recorded on {releases} on {proof.recorded.date} is compared with this "
            f"guide's code on every run by {_tests(proof.recorded.tests)}."
        )
    if proof.read:
        releases = " and ".join(proof.read.releases)
        lines.append(
            f"- `{proof.read.file}` is read in the source packages of {releases} on every run "
            f"by {_tests(proof.read.tests)}."
        )
    return lines


def _verbatim(text: str) -> str:
    """As code, also where the text has backticks itself."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


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
