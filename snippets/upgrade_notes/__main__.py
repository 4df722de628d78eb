"""`python -m snippets.upgrade_notes --from 1.88 --to 1.95 [homeserver.yaml]`: what awaits you."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from snippets.configuration.release import NEWEST

if TYPE_CHECKING:
    from snippets.upgrade_notes.advisor import Advice
    from snippets.upgrade_notes.history import Change


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(prog="python -m snippets.upgrade_notes", description=__doc__)
    command.add_argument("--from", dest="start", required=True, metavar="RELEASE", help="you have")
    command.add_argument(
        "--to", dest="end", default=NEWEST, metavar="RELEASE", help=f"you want (default: {NEWEST})"
    )
    command.add_argument("file", nargs="?", help="homeserver.yaml: says which notes concern it")
    command.add_argument("--json", action="store_true", help="the result as JSON")
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; the exit status: 0, or 2 for what cannot be read."""
    options = parser().parse_args(arguments)
    try:
        from snippets.configuration.document import Document, Unreadable
    except ModuleNotFoundError:
        print("upgrade_notes: this needs PyYAML: pip install pyyaml", file=sys.stderr)
        return 2
    from snippets.upgrade_notes.advisor import advise, ended_options, on_the_way
    from snippets.upgrade_notes.history import read_history
    from snippets.upgrade_notes.notes import read_notes

    history = read_history()
    try:
        start, end = history.release(options.start), history.release(options.end)
        notes = on_the_way(read_notes(), options.start, options.end)
        document = Document(Path(options.file).read_text("utf-8")) if options.file else None
    except OSError as error:
        return _refused(f"{options.file}: cannot be opened: {error.strerror}")
    except UnicodeDecodeError:
        return _refused(f"{options.file}: is not UTF-8")
    except Unreadable as error:
        return _refused(f"{options.file}:{error.line}:{error.column}: {error}")
    except ValueError as error:
        return _refused(str(error))
    way = Way(
        [advise(note, document) for note in notes],
        list(ended_options(history, document, start, end)) if document else [],
        history.oldest_way_back(end),
    )
    print(_json(way) if options.json else _text(way, options))
    return 0


class Way(NamedTuple):
    """All that is said of the way from one release to another."""

    advice: "list[Advice]"
    ended: "list[tuple[Change, int]]"
    back: str


def _refused(message: str) -> int:
    print(f"upgrade_notes: {message}", file=sys.stderr)
    return 2


def _json(way: Way) -> str:
    return json.dumps(
        {
            "notes": [asdict(advice) for advice in way.advice],
            "ended_options": [
                {"option": _option(change), "since": change.release, "line": line}
                for change, line in way.ended
            ],
            "oldest_way_back": way.back,
        },
        indent=2,
    )


def _option(change: "Change") -> str:
    return change.name.partition(" ")[2]


def _text(way: Way, options: argparse.Namespace) -> str:
    blocks = [_advice(advice, options.file) for advice in way.advice]
    blocks = blocks or ["No note of this guide is on the way."]
    if way.ended:
        lines = [f"Options that {options.end} no longer looks up:"]
        lines += [
            f"  {_option(change)} ({options.file}:{line}), since {change.release}"
            for change, line in way.ended
        ]
        blocks.append("\n".join(lines))
    blocks.append(
        f"The way back: {way.back} is the oldest release whose schema fits a database\n"
        f"that {options.end} has opened. Make a backup before you upgrade."
    )
    return "\n\n".join(blocks)


def _advice(advice: "Advice", file: str | None) -> str:
    note = advice.note
    mark = {True: "concerns you: ", False: "does not concern you: ", None: "concerns "}
    place = f" ({file}:{advice.line})" if advice.line else ""
    lines = [f"{note.release}  {note.title}", f"  {mark[advice.applies]}{advice.why}{place}"]
    if advice.applies is not False:
        lines += [f"  before  {note.before}", f"  after   {note.after}", f"  do      {note.todo}"]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
