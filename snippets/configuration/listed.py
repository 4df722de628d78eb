"""The registration files that `app_service_config_files` lists, found and read as Synapse does."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from snippets.configuration.files import CannotRead, text_of
from snippets.configuration.placed import Found, Spot, in_effect, spots
from snippets.configuration.values import NO_START, clipped
from snippets.shared.document import Document, Unreadable

OPTION = "app_service_config_files"


class Listed:
    """The registrations of a configuration, by name, and what is wrong with their paths.

    Of a relative path, Synapse looks in the folder that it is started in. A file that is given by
    its name is taken for the listed one with the same path, or else with the same last part: in a
    container it may have another path.
    """

    def __init__(self, documents: Mapping[str, Document], given: Mapping[str, Document]) -> None:
        self.documents: dict[str, Document] = {}
        self.found: list[Found] = []
        self._left = dict(given)
        self._paths: set[str] = set()
        listed = in_effect(documents.items()).get(OPTION)
        for item in listed.parts() if listed else []:
            if isinstance(item.value, str):
                self.found += self._read(item, item.value)
        for name, document in self._left.items():
            self.documents[name] = document
            if documents:
                self.found += _not_listed(name, document)

    def _read(self, item: Spot, path: str) -> Iterator[Found]:
        if path in self._paths:
            advice = "remove one of the two"
            yield item.found("bad-registration-path", "is listed twice", NO_START, advice)
            return
        self._paths.add(path)
        if not path.startswith("/"):
            yield item.found(
                "relative-path",
                "is a relative path",
                "Synapse looks for it in the folder that it is started in",
                "write the whole path",
            )
        if name := self._given_as(path):
            self.documents[name] = self._left.pop(name)
            return
        try:
            if here := _on_this_machine(item.file, path):
                self.documents[here] = Document(text_of(here))
            else:
                yield _missing(item, path)
        except (CannotRead, Unreadable, OSError) as error:
            at = f"{error.line}:{error.column}: " if isinstance(error, Unreadable) else ""
            wrong = f"cannot be read: {at}{error}"
            yield item.found("bad-registration-path", wrong, NO_START, "repair the file")

    def _given_as(self, path: str) -> str | None:
        """The name under which the file is given to the checker, if it is."""
        if path in self._left:
            return path
        return next((name for name in self._left if Path(name).name == Path(path).name), None)


def _on_this_machine(file: str, path: str) -> str | None:
    """Where the listed file is; a relative one may also be beside the file that lists it."""
    beside = str(Path(file).parent / path)
    return next((place for place in (path, beside) if Path(place).is_file()), None)


def _missing(item: Spot, path: str) -> Found:
    if Path(path).parent.is_dir():
        advice = "create the file, or remove its path"
        return item.found("bad-registration-path", "is not there", NO_START, advice)
    return item.found(
        "registration-elsewhere",
        f"is not checked: the folder {clipped(str(Path(path).parent))} is not on this machine",
        "Synapse needs the file where it runs, such as in its container",
        f"give the checker the file too, such as a copy of {clipped(Path(path).name)}",
    )


def _not_listed(name: str, document: Document) -> Iterator[Found]:
    first = next(iter(spots(name, document).values()))
    advice = f"add its path to {OPTION}"
    effect = "Synapse does not read it"
    wrong = "is of a registration that the configuration does not list"
    yield first.found("not-listed", wrong, effect, advice, by_name=True)
