"""The notes between two releases, and which of them concern a configuration."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from snippets.shared.history import ABSENT, Change, History, Kind, changed_options
from snippets.shared.release import parse_release
from snippets.upgrade_notes.conditions import decide
from snippets.upgrade_notes.files import Configuration, Setting
from snippets.upgrade_notes.notes import Note

if TYPE_CHECKING:  # this needs PyYAML
    from snippets.configuration.difference import Difference


# --8<-- [start:advice]
@dataclass(frozen=True)
class Advice:
    """A note of an upgrade, and whether it concerns the configuration.

    `applies` is None if the configuration cannot tell, or if there is none. `folded` is the label
    of a later note of the upgrade that makes this one pointless, or "".
    """

    note: Note
    applies: bool | None
    why: str  # what decides; if nothing here decides, who is concerned
    file: str | None  # the place of the option that decides
    line: int | None
    folded: str = ""


@dataclass(frozen=True)
class Upgrade:
    """From one release to another: the notes between them, and the changes of options.

    `ended` has the options of the configuration that `end` no longer looks up, with their places;
    `refused` what only `end` refuses to start with.
    `oldest_downgrade` is the oldest release that can open a database that `end` has opened.
    """

    start: str
    end: str
    advice: list[Advice]
    options: list[Change]
    ended: list[tuple[Change, Setting]]
    refused: "list[Difference]"
    oldest_downgrade: str


def examine_upgrade(
    notes: Iterable[Note],
    history: History,
    start: str,
    end: str,
    configuration: Configuration | None = None,
) -> Upgrade:
    """The notes after `start`, up to and including `end`, with advice on the configuration.

    Raises ValueError if `end` is not newer than `start`, or if one of them was not run.
    """
    first, last = history.release(start), history.release(end)
    after, until = parse_release(start), parse_release(end)
    if after >= until:
        raise ValueError(f"{start} is not before {end}: write the older release first")
    between = [note for note in notes if after < parse_release(note.release) <= until]
    return Upgrade(
        start,
        end,
        _folded([advise(note, configuration) for note in between]),
        changed_options(history, first, last),
        list(_ended(history, configuration, first, last)) if configuration else [],
        list(_refused(configuration, start, end)) if configuration else [],
        history.oldest_downgrade(last),
    )


def _folded(advice: Sequence[Advice]) -> list[Advice]:
    """Marks notes that a later one makes pointless, if the later one may concern these files."""
    later = {each.note.label for each in advice if each.applies is not False}
    return [
        replace(each, folded=each.note.undone_by) if each.note.undone_by in later else each
        for each in advice
    ]


# --8<-- [end:advice]


def advise(note: Note, configuration: Configuration | None) -> Advice:
    """Whether the note concerns the configuration, and why. One affected process is enough."""
    if configuration is None:
        return Advice(note, None, note.who, None, None)
    against = Advice(note, False, "", None, None)
    for applies, condition in ((True, note.concerns), (None, note.perhaps)):
        for process in configuration.processes:
            verdict = decide(condition, process)
            setting = verdict.setting
            place = (setting.file, setting.line) if setting else (None, None)
            if verdict.met:
                return Advice(note, applies, verdict.why or note.who, *place)
            if not against.why:
                against = replace(against, why=verdict.why, file=place[0], line=place[1])
    return against


def _ended(
    history: History, configuration: Configuration, start: str, end: str
) -> Iterator[tuple[Change, Setting]]:
    """Each place of an option that `end` no longer looks up, once."""
    for change in history.changes(Kind.OPTION, start, end):
        if change.after is ABSENT and history.value(Kind.OPTION, change.subject, end) is ABSENT:
            settings = [
                setting
                for process in configuration.processes
                for setting in process.settings(change.subject)
            ]
            places = {(setting.file, setting.line): setting for setting in settings}
            yield from ((change, setting) for setting in places.values())


def _refused(configuration: Configuration, start: str, end: str) -> "Iterator[Difference]":
    """Each place with which only `end` does not start, once."""
    from snippets.configuration.difference import differences

    every = (
        difference
        for process in configuration.processes
        for difference in differences(process.documents, start, end)
    )
    yield from dict.fromkeys(difference for difference in every if difference.refused)
