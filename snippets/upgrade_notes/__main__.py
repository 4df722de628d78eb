"""`python -m snippets.upgrade_notes --from 1.88 --to 1.95 [homeserver.yaml]`: what awaits you."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from snippets.shared.release import NEWEST


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(prog="python -m snippets.upgrade_notes", description=__doc__)
    command.add_argument("--from", dest="start", required=True, metavar="RELEASE", help="you have")
    command.add_argument(
        "--to", dest="end", default=NEWEST, metavar="RELEASE", help=f"you want (default: {NEWEST})"
    )
    command.add_argument("file", nargs="?", help="homeserver.yaml: says which notes concern it")
    command.add_argument(
        "--options", action="store_true", help="all options that came and went, too"
    )
    command.add_argument("--json", action="store_true", help="the result as JSON")
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; the exit status: 0, or 2 for what cannot be read."""
    options = parser().parse_args(arguments)
    try:
        from snippets.shared.document import Document, Unreadable
    except ModuleNotFoundError:
        print("upgrade_notes: this needs PyYAML: pip install pyyaml", file=sys.stderr)
        return 2
    from snippets.shared.history import read_history
    from snippets.upgrade_notes import advisor, report
    from snippets.upgrade_notes.notes import read_notes

    file = options.file
    try:
        document = Document(Path(file).read_text("utf-8")) if file else None
        way = advisor.way(read_notes(), read_history(), options.start, options.end, document)
    except OSError as error:
        return _refused(f"{file}: cannot be opened: {error.strerror}")
    except UnicodeDecodeError:
        return _refused(f"{file}: is not UTF-8")
    except Unreadable as error:
        return _refused(f"{file}:{error.line}:{error.column}: {error}")
    except ValueError as error:
        return _refused(str(error))
    text = report.as_text(way, file, options=options.options)
    print(report.as_json(way) if options.json else text)
    return 0


def _refused(message: str) -> int:
    print(f"upgrade_notes: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
