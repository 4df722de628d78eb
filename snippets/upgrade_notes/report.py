"""An upgrade from one release to another, for people and for programs."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from snippets.shared.command_line import shown
from snippets.shared.history import ABSENT, Change, Kind
from snippets.upgrade_notes.advisor import Advice, Upgrade
from snippets.upgrade_notes.files import Configuration, Setting
from snippets.upgrade_notes.wording import in_words

# What a note does to a server that it concerns, and to one that it may concern.
EFFECTS = {
    "stops": ("Stops Synapse", "can stop Synapse"),
    "act": ("You must do something", "may need you"),
    "know": ("Good to know", "good to know"),
}


def as_text(upgrade: Upgrade, configuration: Configuration | None, *, options: bool = False) -> str:
    """A summary, the notes that concern the configuration or may concern it, and other lists.

    `options` adds all options that were added, were removed, or got another default.
    """
    open_ = [each for each in upgrade.advice if each.applies is not False and not each.folded]
    if configuration:  # in the order of the short answer
        open_.sort(key=lambda each: (not each.applies, _rank(each)))
    nothing = "This guide has no note between these releases."
    blocks = [_answer(upgrade, configuration)] if upgrade.advice else [nothing]
    blocks += [_details(each, configuration) for each in open_]
    blocks += _lists(upgrade, configuration)
    if options:
        changes = [
            f"{change.release}  {change.subject}: "
            f"{in_words(Kind.OPTION, change.before)}, then {in_words(Kind.OPTION, change.after)}"
            for change in upgrade.options
        ]
        blocks.append(
            _list("Options that were added, were removed, or got another default:", changes)
        )
    blocks.append(
        f"Going back: {upgrade.oldest_downgrade} is the oldest release "
        f"that can open a database\nafter {upgrade.end} has opened it. "
        "Make a backup before you upgrade."
    )
    return "\n\n".join(blocks)


def _answer(upgrade: Upgrade, configuration: Configuration | None) -> str:
    """The number of notes of each effect, and their titles."""
    open_ = [each for each in upgrade.advice if not each.folded]
    lines = []
    for effect, (does, _) in EFFECTS.items():
        if configuration:
            sure = [each for each in open_ if each.applies and each.note.effect == effect]
            lines += _titles(does, (each.note.label for each in sure))
    undecided = [each for each in open_ if each.applies is None]
    lines += _titles(
        "The configuration cannot tell" if configuration else "Notes",
        (
            f"{each.note.label} ({EFFECTS[each.note.effect][1]})"
            for each in sorted(undecided, key=_rank)
        ),
    )
    if configuration:
        lines.append(f"{_not_in(configuration)}: {sum(each.applies is False for each in open_)}")
    return "\n".join([f"From {upgrade.start} to {upgrade.end}", *lines])


def _rank(advice: Advice) -> int:
    return list(EFFECTS).index(advice.note.effect)


def _titles(name: str, titles: Iterable[str]) -> list[str]:
    lines = [f"  {title}" for title in titles]
    return [f"{name}: {len(lines)}", *lines]


def _details(advice: Advice, configuration: Configuration | None) -> str:
    note = advice.note
    who = f"may concern you: {note.who}" if configuration else f"concerns {note.who}"
    decides = f"{shown(advice.why)}{_at(advice.file, advice.line)}"
    lines = [f"concerns you: {decides}"] if advice.applies else [who]
    if not advice.applies and advice.why != note.who:
        lines.append(f"here    {decides}")
    lines += [f"before  {note.before}", f"after   {note.after}", f"do      {note.todo}"]
    return _list(f"{note.release}  {note.title}", lines)


def _lists(upgrade: Upgrade, configuration: Configuration | None) -> list[str]:
    """Lists of notes that do not concern the files, and of options that ended."""
    apart = [each for each in upgrade.advice if each.applies is False and not each.folded]
    folded = [each for each in upgrade.advice if each.folded]
    lists = {
        f"{_not_in(configuration)}:": [_apart(each) for each in apart],
        "Undone by a later note of this upgrade:": [
            f"{each.note.release}  {each.note.title}: see {each.folded}" for each in folded
        ],
        f"Values with which only {upgrade.end} does not start:": [
            f"{shown(each.option)}{_at(each.file, each.line)}: {shown(each.after)}"
            for each in upgrade.refused
        ],
        f"Options that {upgrade.end} no longer looks up:": [
            f"{shown(setting.name)}{_at(setting.file, setting.line)}, since {change.release}"
            for change, setting in upgrade.ended
        ],
        "Files that Synapse ignores too:": [
            shown(text) for text in (configuration.left_out if configuration else [])
        ],
    }
    return [_list(title, lines) for title, lines in lists.items() if lines]


def _apart(advice: Advice) -> str:
    line = f"{advice.note.release}  {advice.note.title}"
    return f"{line}: {shown(advice.why)}{_at(advice.file, advice.line)}" if advice.why else line


def _not_in(configuration: Configuration | None) -> str:
    several = configuration and len(configuration.files) > 1
    return "Not in these files" if several else "Not in this file"


def as_json(upgrade: Upgrade, configuration: Configuration | None) -> str:
    """The upgrade as JSON. An option that is not looked up has no `before` or no `after`."""
    return json.dumps(
        {
            "from": upgrade.start,
            "to": upgrade.end,
            "files": configuration.files if configuration else [],
            "left_out": configuration.left_out if configuration else [],
            "notes": [asdict(advice) for advice in upgrade.advice],
            "options": [
                {"option": change.subject, "release": change.release, **_sides(change)}
                for change in upgrade.options
            ],
            "ended_options": [_ended(change, setting) for change, setting in upgrade.ended],
            "refused": [asdict(each) for each in upgrade.refused],
            "oldest_downgrade": upgrade.oldest_downgrade,
        },
        indent=2,
    )


def _ended(change: Change, setting: Setting) -> dict[str, Any]:
    place = {"file": setting.file, "line": setting.line}
    return {"option": change.subject, "since": change.release, **place}


def _list(title: str, lines: Sequence[str]) -> str:
    return "\n  ".join([title, *(lines or ["none"])])


def _at(file: str | None, line: int | None) -> str:
    return f" ({shown(file)}:{line})" if file else ""


def _sides(change: Change) -> dict[str, Any]:
    sides = {"before": change.before, "after": change.after}
    return {side: value for side, value in sides.items() if value is not ABSENT}
