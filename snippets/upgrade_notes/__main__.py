"""`python -m snippets.upgrade_notes --from 1.88 --to 1.95 [homeserver.yaml]`: what awaits you."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from snippets.configuration.release import NEWEST

if TYPE_CHECKING:
    from snippets.upgrade_notes.advisor import Advice


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
    from snippets.upgrade_notes.advisor import advise, on_the_way
    from snippets.upgrade_notes.notes import read_notes

    try:
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
    found = [advise(note, document) for note in notes]
    print(_json(found) if options.json else _text(found, options.file))
    return 0


def _refused(message: str) -> int:
    print(f"upgrade_notes: {message}", file=sys.stderr)
    return 2


def _json(found: "list[Advice]") -> str:
    return json.dumps([asdict(advice) for advice in found], indent=2)


def _text(found: "list[Advice]", file: str | None) -> str:
    blocks = []
    for advice in found:
        note = advice.note
        mark = {True: "concerns you: ", False: "does not concern you: ", None: "concerns "}
        place = f" ({file}:{advice.line})" if advice.line else ""
        lines = [f"{note.release}  {note.title}", f"  {mark[advice.applies]}{advice.why}{place}"]
        if advice.applies is not False:
            lines += [
                f"  before  {note.before}",
                f"  after   {note.after}",
                f"  do      {note.todo}",
            ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) or "No note of this guide is on the way."


if __name__ == "__main__":
    sys.exit(main())
