"""The configuration of a server's processes, read from files and folders as in Synapse."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snippets.shared.document import Document, Pair, Unreadable

MAIN = "synapse.app.homeserver"


class CannotRead(ValueError):
    """A file that Synapse could not read either. `place` has file, line and column, if known."""

    def __init__(self, message: str, **place: str | int | None) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True)
class Setting:
    """An option, or a part of its value, and its place. Lines count from 1."""

    name: str  # such as federation.client_timeout
    key: Any  # its last part: a key, or an index in a list
    value: Any
    file: str
    line: int


# --8<-- [start:process]
class Process:
    """What one process reads: the shared files, then a worker's own file.

    A top-level option of a later file replaces the whole of an earlier one's, as in Synapse
    (`read_config_files` in its `config/_base.py`).
    """

    def __init__(self, documents: Iterable[tuple[str, Document]]) -> None:
        self.documents = dict(documents)
        self._top = {
            pair.key: (file, document, pair)
            for file, document in self.documents.items()
            for pair in document.pairs()
        }

    def settings(self, path: str) -> list[Setting]:
        """The settings at a path such as `federation.client_timeout`; `*` matches every part."""
        first, *rest = path.split(".")
        matching = []
        for key, (file, document, top) in self._top.items():
            if first in ("*", key):
                parts = [(str(key), top)]
                for name in rest:
                    parts = [
                        (f"{whole}.{part.key}", part)
                        for whole, pair in parts
                        for part in _parts(document, pair)
                        if name in ("*", part.key)
                    ]
                matching += [_setting(whole, part, file, document) for whole, part in parts]
        return matching


# --8<-- [end:process]


def _setting(name: str, pair: Pair, file: str, document: Document) -> Setting:
    return Setting(name, pair.key, pair.value, file, document.place(pair.key_node)[0])


def _parts(document: Document, pair: Pair) -> list[Pair]:
    """The parts of a mapping or a list."""
    if isinstance(pair.value, dict):
        return document.pairs(pair)
    if isinstance(pair.value, list):
        nodes = pair.value_node.value
        return [
            Pair(number, value, node, node)
            for number, (value, node) in enumerate(zip(pair.value, nodes, strict=True))
        ]
    return []


@dataclass(frozen=True)
class Configuration:
    """The processes of a server for which files were given; the main process is first."""

    processes: list[Process]
    files: list[str]
    left_out: list[str]  # files that Synapse ignores, with the reason


def read_configuration(paths: Sequence[str]) -> Configuration:
    """Reads files and folders in the given order. Raises CannotRead.

    A file with a `worker_name` or `worker_app` belongs to a worker: it is read after all others,
    for a process of its own. In a folder, files that end in `.yaml` are read, sorted by name.
    """
    shared: list[tuple[str, Document]] = []
    workers: list[tuple[str, Document]] = []
    left_out: list[str] = []
    for file in _files(paths, left_out):
        document = _read(file)
        if document is None:
            left_out.append(f"{file}: it has no options")
        elif _is_workers(document.values):
            workers.append((file, document))
        else:
            shared.append((file, document))
    if workers and not shared and not any("server_name" in d.values for _, d in workers):
        message = "it is a worker's file: write the shared files too, such as homeserver.yaml"
        raise CannotRead(message, file=workers[0][0])
    processes = [Process(shared)] if shared or not workers else []
    processes += [Process([*shared, worker]) for worker in workers]
    return Configuration(processes, [file for file, _ in (*shared, *workers)], left_out)


def _is_workers(values: dict[Any, Any]) -> bool:
    """Whether Synapse takes the process for a worker: `WorkerConfig.read_config` in 1.163."""
    name = values.get("worker_name", values.get("worker_app"))
    return bool(name) and name != MAIN


def _files(paths: Sequence[str], left_out: list[str]) -> Iterator[str]:
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        try:
            names = sorted(os.listdir(path))
        except OSError as error:
            raise CannotRead(f"cannot be opened: {error.strerror}", file=path) from None
        for name in names:
            file = os.path.join(path, name)
            if name.endswith(".yaml") and os.path.isfile(file):
                yield file
            else:
                left_out.append(f"{file}: it is not a file with a name that ends in .yaml")


def _read(file: str) -> Document | None:
    """The file; None if it is not a mapping, which Synapse ignores."""
    try:
        text = Path(file).read_text("utf-8")
        return Document(text)
    except OSError as error:
        raise CannotRead(f"cannot be opened: {error.strerror}", file=file) from None
    except UnicodeDecodeError:
        raise CannotRead("is not UTF-8", file=file) from None
    except Unreadable as error:
        if str(error).startswith("it has no options"):
            return None
        raise CannotRead(str(error), file=file, line=error.line, column=error.column) from None
