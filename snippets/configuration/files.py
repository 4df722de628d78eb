"""The files of one configuration, found and read as Synapse does."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snippets.shared.document import Document, NoOptions, Unreadable

STANDARD_INPUT = "-"
# No configuration has these at its top level.
_OF_REGISTRATIONS = {"as_token", "hs_token", "sender_localpart", "namespaces"}

# No whole example of Synapse is near this, and PyYAML needs seconds for more.
MOST_BYTES = 500_000


class CannotRead(ValueError):
    """A file of a configuration cannot be read; `place` has file, line and column, if known."""

    def __init__(
        self, message: str, file: str, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.place = {"file": file, "line": line, "column": column}


@dataclass
class Files:
    """The files with options, in the order in which Synapse reads them.

    If two files have the same key, the later file's whole value takes effect.
    """

    documents: dict[str, Document] = field(default_factory=dict)
    passed_over: dict[str, str] = field(default_factory=dict)  # ignored by Synapse, and why
    registrations: dict[str, Document] = field(default_factory=dict)  # given by name


def is_registration(values: Mapping[Any, Any]) -> bool:
    """Whether a file is the registration of an application service."""
    return "server_name" not in values and len(_OF_REGISTRATIONS & values.keys()) > 1


def _is_of_dendrite(values: Mapping[Any, Any]) -> bool:
    """Whether a file configures Dendrite, another homeserver, which has its options in sections."""
    own = isinstance(values.get("global"), Mapping) and any(
        name in values for name in ("client_api", "federation_api", "media_api", "sync_api")
    )
    return own and "server_name" not in values


def read_files(paths: Iterable[str]) -> Files:
    """Reads files, and the *.yaml files of folders, sorted by name. Raises CannotRead.

    As in Synapse, a file that is not a mapping is ignored, unless it is the only one. But a
    registration that is given by its name is kept apart: it is no configuration.
    """
    result = Files()
    empty: dict[str, Unreadable] = {}
    for path in paths:
        for file in _files_of(path, result):
            again = result.documents.pop(file, None)  # the last mention takes effect
            try:
                document = again or Document(text_of(file))
                if _is_of_dendrite(document.values):
                    raise CannotRead("is a configuration of Dendrite, not of Synapse", file)
                alone = file == path and is_registration(document.values)
                (result.registrations if alone else result.documents)[file] = document
            except NoOptions as error:
                empty[file] = error
            except Unreadable as error:
                raise CannotRead(str(error), file, error.line, error.column) from None
    if not result.documents and not result.registrations:
        for file, why in empty.items():
            raise CannotRead(str(why), file, why.line, why.column)
    result.passed_over |= dict.fromkeys(empty, "it has no options")
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
        raise CannotRead("contains no *.yaml file", path)
    return chosen


def text_of(file: str) -> str:
    """The text of a file. Raises CannotRead."""
    try:
        if file == STANDARD_INPUT:
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                data = opened.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            message = f"is larger than {MOST_BYTES // 1000} kB: no configuration of Synapse is"
            raise CannotRead(message, file)
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CannotRead("is not UTF-8", file, line, 1) from None
    except OSError as error:
        raise CannotRead(f"cannot be opened: {error.strerror}", file) from None
