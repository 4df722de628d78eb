"""The files of one configuration, found and read as Synapse does."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from snippets.shared.document import Document, NoOptions, Unreadable

STANDARD_INPUT = "-"


class CannotRead(ValueError):
    """A file of a configuration cannot be read; with its place, as far as that is known."""

    def __init__(
        self, message: str, file: str, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.place = {"file": file, "line": line, "column": column}


@dataclass
class Files:
    """The files that hold options, in the order in which Synapse reads them.

    Of a key that stands in two of them, the later one's value counts, as a whole.
    """

    documents: dict[str, Document] = field(default_factory=dict)
    passed_over: dict[str, str] = field(default_factory=dict)  # what Synapse ignores, and why


def read_files(paths: Iterable[str]) -> Files:
    """Reads files, and of folders each *.yaml by name. Raises CannotRead.

    A file among others that holds no mapping is passed over, as Synapse does.
    """
    result = Files()
    empty: dict[str, Unreadable] = {}
    for path in paths:
        for file in _files_of(path, result):
            again = result.documents.pop(file, None)  # the last place counts
            try:
                result.documents[file] = again or Document(_text(file))
            except NoOptions as error:
                empty[file] = error
            except Unreadable as error:
                raise CannotRead(str(error), file, error.line, error.column) from None
    if not result.documents:
        for file, why in empty.items():
            raise CannotRead(str(why), file, why.line, why.column)
    result.passed_over |= dict.fromkeys(empty, "it holds no options")
    return result


def _files_of(path: str, result: Files) -> list[str]:
    if path == STANDARD_INPUT or not Path(path).is_dir():
        return [path]
    try:
        entries = sorted(Path(path).iterdir())
    except OSError as error:
        raise CannotRead(f"cannot be opened: {error.strerror}", path) from None
    files = [entry for entry in entries if entry.is_file()]
    chosen = [str(file) for file in files if file.name.endswith(".yaml")]
    for entry in entries:
        if entry not in files:
            result.passed_over[str(entry)] = "it is a folder inside a folder"
        elif str(entry) not in chosen:
            result.passed_over[str(entry)] = "its name does not end in .yaml"
    if not chosen:
        raise CannotRead("holds no *.yaml file", path)
    return chosen


def _text(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == STANDARD_INPUT else Path(file).read_bytes()
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CannotRead("is not UTF-8", file, line, 1) from None
    except OSError as error:
        raise CannotRead(f"cannot be opened: {error.strerror}", file) from None
