"""A value of a configuration together with its place, and what is found there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from snippets.configuration.values import Finding, Value
from snippets.shared.document import Document, Pair


class Found(NamedTuple):
    """A finding and its place. `line` and `column` count from 1."""

    file: str
    option: str
    line: int
    column: int
    finding: Finding
    by_name: bool = False  # the value is not shown: it may be a secret


@dataclass(frozen=True)
class Spot:
    """A key or a number in a list, its value, and where both stand."""

    file: str
    document: Document
    pair: Pair
    option: str

    @property
    def value(self) -> Any:
        """The value as parsed."""
        return self.pair.value

    @property
    def shown(self) -> str:
        """The value for a message."""
        node = self.pair.value_node
        if not isinstance(node, yaml.ScalarNode):
            return Value(self.value, None).shown
        return Value(self.value, node.value, node.style if node.style in ("'", '"') else "").shown

    def parts(self) -> list["Spot"]:
        """What is in a mapping or a list; nothing for any other value."""
        pairs: Iterable[Pair] = []
        if isinstance(self.value, dict):
            pairs = self.document.pairs(self.pair)
        elif isinstance(self.value, list):
            nodes = self.pair.value_node.value
            numbered = zip(range(len(nodes)), self.value, nodes, strict=True)
            pairs = [Pair(number, value, node, node) for number, value, node in numbered]
        return [Spot(self.file, self.document, pair, f"{self.option}.{pair.key}") for pair in pairs]

    def below(self, *path: Any) -> "Spot":
        """The place at the end of a path, or the last one on it that there is."""
        spot = self
        for key in path:
            inner = [part for part in spot.parts() if part.pair.key == key]
            if not inner:
                break
            spot = inner[0]
        return spot

    def found(
        self, code: str, wrong: str, effective: str, advice: str, *, by_name: bool = False
    ) -> Found:
        """A finding at the value, or at the key if the value is empty or is not to be shown."""
        node = self.pair.value_node
        empty = isinstance(node, yaml.ScalarNode) and not node.value
        place = self.document.place(self.pair.key_node if by_name or empty else node)
        finding = Finding(code, wrong, effective, advice)
        return Found(self.file, self.option, *place, finding, by_name)


def spots(file: str, document: Document) -> dict[Any, Spot]:
    """The keys of a file."""
    return {pair.key: Spot(file, document, pair, str(pair.key)) for pair in document.pairs()}


def in_effect(documents: Iterable[tuple[str, Document]]) -> dict[Any, Spot]:
    """The keys of several files: of two that are equal, the later file's."""
    return {
        key: spot for file, document in documents for key, spot in spots(file, document).items()
    }
