"""The way from one release to another, for people and for programs."""

import json
from dataclasses import asdict
from typing import Any

from snippets.shared.history import ABSENT, OPTION, Change, told
from snippets.upgrade_notes.advisor import Advice, Way


def as_text(way: Way, file: str | None, *, options: bool = False) -> str:
    """The notes and what else there is; `file` names the configuration. `options` adds them all."""
    blocks = [_advice(advice, file) for advice in way.advice]
    blocks = blocks or ["No note of this guide is on the way."]
    if options:
        blocks.append(
            _list(
                "Options that came, went, or changed their default:",
                [
                    f"{change.release}  {_option(change)}: "
                    f"{told(change.before)}, then {told(change.after)}"
                    for change in way.options
                ],
            )
        )
    if way.ended:
        blocks.append(
            _list(
                f"Options that {way.end} no longer looks up:",
                [
                    f"{_option(change)} ({file}:{line}), since {change.release}"
                    for change, line in way.ended
                ],
            )
        )
    blocks.append(
        f"The way back: {way.back} is the oldest release whose schema fits a database\n"
        f"that {way.end} has opened. Make a backup before you upgrade."
    )
    return "\n\n".join(blocks)


def as_json(way: Way) -> str:
    """The same. An option that is not looked up has no `before` or no `after`."""
    return json.dumps(
        {
            "notes": [asdict(advice) for advice in way.advice],
            "options": [
                {"option": _option(change), "release": change.release, **_sides(change)}
                for change in way.options
            ],
            "ended_options": [
                {"option": _option(change), "since": change.release, "line": line}
                for change, line in way.ended
            ],
            "oldest_way_back": way.back,
        },
        indent=2,
    )


def _advice(advice: Advice, file: str | None) -> str:
    note = advice.note
    mark = {True: "concerns you: ", False: "does not concern you: ", None: "concerns "}
    place = f" ({file}:{advice.line})" if advice.line else ""
    lines = [f"{mark[advice.applies]}{advice.why}{place}"]
    if advice.applies is not False:
        lines += [f"before  {note.before}", f"after   {note.after}", f"do      {note.todo}"]
    return _list(f"{note.release}  {note.title}", lines)


def _list(title: str, lines: list[str]) -> str:
    return "\n  ".join([title, *(lines or ["none"])])


def _option(change: Change) -> str:
    return change.name.removeprefix(OPTION)


def _sides(change: Change) -> dict[str, Any]:
    sides = {"before": change.before, "after": change.after}
    return {side: value for side, value in sides.items() if value is not ABSENT}
