"""What is wrong with the registration files of a configuration, each alone and together."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from snippets.configuration import namespaces
from snippets.configuration.listed import Listed
from snippets.configuration.placed import Found, in_effect, spots
from snippets.configuration.refusals import clashes
from snippets.configuration.registration import Registration
from snippets.configuration.values import NO_START
from snippets.shared.document import Document

_IN_CONTAINER = "/data/"  # where the official container has its files


def problems_of_registrations(
    listed: Listed, documents: Mapping[str, Document], release: str
) -> list[Found]:
    """Everything that is wrong with registrations and their paths, each by itself and together.

    Without a configuration, what depends on the server's name is not said.
    """
    options = in_effect(documents.items())
    named = options.get("server_name")
    server_name = named.value if named and isinstance(named.value, str) else None
    files = {
        name: Registration(name, file, release, server_name)
        for name, file in listed.documents.items()
    }
    found = [*listed.found, *(one for file in files.values() for one in file.problems())]
    texts = [option.value for option in options.values() if isinstance(option.value, str)]
    if any(text.startswith(_IN_CONTAINER) for text in texts):
        found += [one for file in files.values() for one in file.on_loopback()]
    found += _clashes(files, release)
    for one, other in combinations(files.values(), 2):
        found += _overlaps(one, other, server_name)
    return found


def in_folder(name: str, document: Document) -> Found:
    """What is wrong with a registration in a folder of configuration files."""
    first = next(iter(spots(name, document).values()))
    return first.found(
        "registration-in-folder",
        "is of a registration, in a folder of configuration files",
        "Synapse reads the file as configuration too, and ignores all of it",
        "move the file to another folder",
        by_name=True,
    )


def _clashes(files: Mapping[str, Registration], release: str) -> Iterator[Found]:
    reported: set[tuple[str, str]] = set()
    values: dict[str, Mapping[Any, Any]] = {name: file.values for name, file in files.items()}
    for clash in clashes(values, release):
        if (clash.file, clash.field) in reported:
            continue
        reported.add((clash.file, clash.field))
        spot = files[clash.file].fields[clash.field]
        harmless = clash.field == "hs_token"
        yield spot.found(
            "shared-hs-token" if harmless else "shared-between-services",
            f"is the same as in {clash.other}",
            "each of the two can pass as Synapse to the other" if harmless else NO_START,
            "write a different one in each file",
            by_name=True,
        )


def _overlaps(one: Registration, other: Registration, server_name: str | None) -> Iterator[Found]:
    for kind in ("users", "aliases"):
        for first, _, exclusive in one.expressions(kind):
            for second, spot, also in other.expressions(kind):
                server = server_name or namespaces.server_of(second) or "example.com"
                name = namespaces.overlap(first, second, server) if exclusive and also else None
                if name:
                    yield spot.found(
                        "overlapping-namespaces",
                        f"{spot.shown} is exclusive, and overlaps with one in {one.name}",
                        f"neither service can create {name}",
                        "let each service have names of its own",
                    )
                    return
