"""A YAML file as Synapse reads it, with the line and column of everything in it."""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import yaml

# `<<` can make mappings grow exponentially. No real file comes near this limit.
MOST_MERGED_PAIRS = 100_000
BREAK = r"\r\n|[\n\r\x85\u2028\u2029]"
BYTE_ORDER_MARK = "\ufeff"  # PyYAML skips one, and does not count it as a column
_NAME = re.compile(r"(alias|anchor|tag|handle) '.*'")  # may be a secret without quotes: `*hunter2`
_MERGE, _TEXT = "tag:yaml.org,2002:merge", "tag:yaml.org,2002:str"


class Unreadable(ValueError):
    """The file cannot be read. `line` and `column` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line, self.column = line, column


class NoOptions(Unreadable):
    """The file can be read but is not a mapping: it is empty, a list, or plain text."""


class Pair(NamedTuple):
    """A key and its value, each as parsed and as the YAML node that knows its place."""

    key: Any  # mostly a string
    value: Any
    key_node: yaml.Node
    value_node: yaml.Node


class Scalar(NamedTuple):
    """A name or a value within a line: its first column and the one behind it, from 0."""

    first: int
    behind: int
    is_key: bool


class Document:
    """A file that is a mapping; `values` is what Synapse gets from it, `lines` its text by line.

    Raises Unreadable if Synapse could not read the file, and NoOptions if it is not a mapping.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = re.split(BREAK, text.removeprefix(BYTE_ORDER_MARK))
        while len(self.lines) > 1 and not self.lines[-1]:
            self.lines.pop()
        self._root: yaml.Node | None = None
        try:
            self.values = self._read(text)
        except yaml.reader.ReaderError as error:
            message = f"the character U+{error.character:04X} is not allowed in YAML"
            before = re.split(BREAK, text[: error.position].removeprefix(BYTE_ORDER_MARK))
            raise self._unreadable(message, len(before), len(before[-1]) + 1) from None
        except yaml.MarkedYAMLError as error:
            message = ", ".join(filter(None, (error.context, error.problem)))
            message = _NAME.sub(r"\1", message)
            mark = error.problem_mark
            assert mark
            raise self._unreadable(message, mark.line + 1, mark.column + 1) from None
        except RecursionError:
            raise self._unreadable("it is nested too deeply", 1, 1) from None

    def _read(self, text: str) -> dict[Any, Any]:
        loader = yaml.SafeLoader(text)
        self._root = loader.get_single_node()
        self._used_again = self._nodes_used_again()
        self._written = self._pairs_as_written()
        try:
            values = loader.construct_document(self._root) if self._root else None
        except (yaml.YAMLError, RecursionError):
            raise
        except Exception as error:  # PyYAML does not catch Python's own, such as for 30 February
            message = f"YAML cannot read this value ({type(error).__name__})"
            raise self._unreadable(message, *self._culprit()) from None
        if not isinstance(values, dict):
            raise NoOptions("it has no options: write `option: value`", 1, 1)
        return values

    def pairs(self, pair: Pair | None = None) -> list[Pair]:
        """The pairs of a mapping, in file order; by default those of the whole file.

        A key that occurs twice is listed once, with its last occurrence: that one takes effect.
        """
        node, values = (pair.value_node, pair.value) if pair else (self._root, self.values)
        assert isinstance(node, yaml.MappingNode)
        nodes_of = {_key(key): (key, value) for key, value in node.value}
        return [Pair(key, values[key], *nodes) for key, nodes in nodes_of.items()]

    def overridden(self, pair: Pair | None = None) -> Iterator[tuple[yaml.Node, Pair]]:
        """Each key that the mapping repeats further down, with the pair that takes effect."""
        node = pair.value_node if pair else self._root
        in_effect = {pair.key: pair for pair in self.pairs(pair)}
        for key, _ in self._written[id(node)]:
            if key is not in_effect[_key(key)].key_node:
                yield key, in_effect[_key(key)]

    def is_used_again(self, node: yaml.Node) -> bool:
        """Whether an alias, `*name`, uses the node in another place too."""
        return id(node) in self._used_again

    @cached_property
    def scalars(self) -> dict[int, list[Scalar]]:
        """Where names and values stand, by line, from left to right."""
        mappings = [node for node in self._nodes() if isinstance(node, yaml.MappingNode)]
        keys = {id(key) for mapping in mappings for key, _ in mapping.value}
        spans = defaultdict(list)
        for node in self._nodes():
            if isinstance(node, yaml.ScalarNode):
                start, end, is_key = node.start_mark, node.end_mark, id(node) in keys
                for line in range(start.line, end.line + 1):
                    first = start.column if line == start.line else 0
                    behind = end.column if line == end.line else sys.maxsize
                    spans[line + 1].append(Scalar(first, behind, is_key))
        return {line: sorted(found) for line, found in spans.items()}

    def place(self, node: yaml.Node) -> tuple[int, int]:
        """The line and column where the node starts, counted from 1."""
        return self._place(node.start_mark.line + 1, node.start_mark.column + 1)

    def _place(self, line: int, column: int) -> tuple[int, int]:
        if line > len(self.lines):  # the end of the file
            return len(self.lines), len(self.lines[-1]) + 1
        return line, column

    def _unreadable(self, message: str, line: int, column: int) -> Unreadable:
        return Unreadable(message, *self._place(line, column))

    def _pairs_as_written(self) -> dict[int, list[tuple[yaml.Node, yaml.Node]]]:
        """The pairs of every mapping before `<<` is resolved, by the mapping's id."""
        mappings = [node for node in self._nodes() if isinstance(node, yaml.MappingNode)]
        sizes: dict[int, int] = {}
        written = sum(len(node.value) for node in mappings)
        if sum(_merged_size(node, sizes) for node in mappings) - written > MOST_MERGED_PAIRS:
            message = "its mappings grow without bounds where `<<` merges them"
            raise self._unreadable(message, 1, 1)
        return {
            id(node): [pair for pair in node.value if pair[0].tag != _MERGE] for node in mappings
        }

    def _nodes_used_again(self) -> set[int]:
        counted = Counter(id(part) for node in self._nodes() for part in _parts(node))
        return {node for node, count in counted.items() if count > 1}

    def _nodes(self) -> Iterator[yaml.Node]:
        visited: set[int] = set()
        left = [self._root] if self._root else []
        while left:
            node = left.pop()
            if id(node) not in visited:
                visited.add(id(node))
                yield node
                left.extend(_parts(node))

    def _culprit(self) -> tuple[int, int]:
        """The place of the first scalar that cannot be read on its own, or the file's start."""
        scalars = (node for node in self._nodes() if isinstance(node, yaml.ScalarNode))
        return next((self.place(node) for node in scalars if not _readable(node)), (1, 1))


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return []


def _key(node: yaml.Node) -> Any:
    if node.tag == _TEXT:
        return node.value
    return yaml.SafeLoader("").construct_object(node, deep=True)


def _readable(node: yaml.Node) -> bool:
    try:
        _key(node)
    except Exception:
        return False
    return True


def _merged_size(node: yaml.Node, sizes: dict[int, int]) -> int:
    """How many pairs a mapping has once `<<` is resolved."""
    if not isinstance(node, yaml.MappingNode):
        return 0
    if id(node) not in sizes:
        sizes[id(node)] = 2 * MOST_MERGED_PAIRS  # a mapping that merges itself would never end
        size = 0
        for key, value in node.value:
            if key.tag == _MERGE:
                merged = value.value if isinstance(value, yaml.SequenceNode) else [value]
                size += sum(_merged_size(other, sizes) for other in merged)
            else:
                size += 1
        sizes[id(node)] = size
    return sizes[id(node)]
