"""Which changes a module admits: each is an edit of a few bytes that leaves the rest as it is.

Not changed is what does not decide anything, or what mypy and ruff hold: docstrings, annotations,
decorators, `cast`, `__all__`, `if __name__` and `if TYPE_CHECKING`, lines marked `no cover`, and
wording: strings with a space, help texts and what f-strings say.
"""

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COMPARED = {"==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">"} | (
    {"in": "not in", "not in": "in", "is": "is not", "is not": "is"}
)
CALCULATED = {"+": "-", "-": "+", "*": "/", "/": "*", "//": "*", "%": "*", "**": "*"} | (
    {"|": "&", "&": "|", "^": "&", "<<": ">>", ">>": "<<"}
)
JOINED = {"and": "or", "or": "and"}
WORDING = {"description", "epilog", "help", "metavar", "usage"}


@dataclass(frozen=True)
class Mutant:
    """One change. `original` and `changed` are the lines that it touches, without line breaks.

    With file and function they name the mutant wherever the lines move.
    """

    file: str
    line: int
    function: str
    original: str
    changed: str
    source: bytes  # the whole file, changed

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is known by."""
        return self.file, self.function, self.original, self.changed

    @property
    def subject(self) -> str:
        """The folder of `snippets/` that it is in."""
        return Path(self.file).parts[1]


class Changes:
    """Finds the changes of one file."""

    def __init__(self, file: str, source: bytes) -> None:
        self.file, self.source = file, source
        self.lines = source.splitlines(keepends=True)

    def all(self) -> Iterator[Mutant]:
        """In the order of the file."""
        yield from self._inside(ast.parse(self.source), "module")

    def _inside(self, node: ast.AST, function: str) -> Iterator[Mutant]:
        if isinstance(node, ast.stmt) and b"no cover" in self.lines[node.lineno - 1]:
            return
        if _decides_nothing(node):
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            function = node.name if function == "module" else f"{function}.{node.name}"
        for start, end, text in self._edits(node):
            yield self._mutant(start, end, text, function)
        for child in _deciding(node):
            yield from self._inside(child, function)

    def _edits(self, node: ast.AST) -> Iterator[tuple[int, int, bytes]]:
        """From and up to which byte, and what to write there."""
        match node:
            case ast.Constant():
                yield from self._constant(node)
            case ast.Compare(left=left, comparators=others):
                for before, after in itertools.pairwise([left, *others]):
                    yield from self._between(before, after, COMPARED)
            case ast.BoolOp(values=values):
                for before, after in itertools.pairwise(values):
                    yield from self._between(before, after, JOINED)
            case ast.BinOp(left=left, right=right):
                yield from self._between(left, right, CALCULATED)
            case ast.AugAssign(target=target, value=value):
                yield from self._between(target, value, CALCULATED)
            case ast.UnaryOp(op=ast.Not()):
                yield self._span(node)[0], self._span(node)[0] + len("not"), b""
            case ast.UnaryOp(op=ast.USub()):
                yield self._span(node)[0], self._span(node)[0] + 1, b"+"
            case ast.Expr(value=ast.Call() | ast.Await() as call) if self._exact(call):
                yield *self._span(node), b"pass"
            case ast.If(test=test) | ast.IfExp(test=test) if self._exact(test):
                yield *self._span(test), b"True"
                yield *self._span(test), b"False"
            case ast.While(test=test):
                yield *self._span(test), b"False"
            case ast.comprehension(ifs=[*tests]):
                for test in filter(self._exact, tests):
                    yield *self._span(test), b"True"

    def _constant(self, node: ast.Constant) -> Iterator[tuple[int, int, bytes]]:
        start, end = self._span(node)
        value = node.value
        if not self._exact(node):
            return
        if isinstance(value, bool):
            yield start, end, str(not value).encode()
        elif isinstance(value, int | float):
            yield start, end, str(value + 1).encode()
        elif isinstance(value, str | bytes) and not re.search(r"\s", repr(value)):
            quotes = 3 if self.source[start:end].endswith((b'"""', b"'''")) else 1
            yield end - quotes, end - quotes, b"X"

    def _between(
        self, before: ast.expr, after: ast.expr, others: dict[str, str]
    ) -> Iterator[tuple[int, int, bytes]]:
        start, end = self._span(before)[1], self._span(after)[0]
        operators = sorted((re.escape(text) for text in others), key=len, reverse=True)
        found = re.search("|".join(operators), self.source[start:end].decode())
        if found and self._exact(before) and self._exact(after):
            new = others[found[0]].encode()
            yield start + found.start(), start + found.end(), new

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        def at(line: int | None, column: int | None) -> int:
            return sum(map(len, self.lines[: (line or 1) - 1])) + (column or 0)

        return at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset)

    def _exact(self, node: ast.expr) -> bool:
        """Whether Python says rightly where it is: within f-strings 3.11 often does not."""
        start, end = self._span(node)
        try:
            there = ast.parse(b"(" + self.source[start:end] + b")", mode="eval").body
        except SyntaxError:
            return False
        return ast.unparse(there) == ast.unparse(node)

    def _mutant(self, start: int, end: int, text: bytes, function: str) -> Mutant:
        first = self.source.rfind(b"\n", 0, start) + 1
        last = self.source.find(b"\n", end)
        changed = self.source[:start] + text + self.source[end:]
        return Mutant(
            self.file,
            self.source.count(b"\n", 0, start) + 1,
            function,
            " ".join(self.source[first:last].decode().split()),
            " ".join(changed[first : last + len(changed) - len(self.source)].decode().split()),
            changed,
        )


def _decides_nothing(node: ast.AST) -> bool:
    match node:
        case ast.If(test=test):
            return ast.unparse(test).startswith(("__name__ ==", "TYPE_CHECKING"))
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name == "__all__"
        case ast.keyword(arg=name):
            return name in WORDING
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in {"cast", "TypeVar"}
    return False


def _deciding(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node, except for types and decorators."""
    for name, part in ast.iter_fields(node):
        if name not in {"annotation", "returns", "decorator_list"}:
            parts = part if isinstance(part, list) else [part]
            yield from (child for child in parts if isinstance(child, ast.AST))


def mutants(root: Path, only: str = "snippets") -> list[Mutant]:
    """All of a file, or of the modules in a folder; what looks the same counts once."""
    files = [root / only] if (root / only).is_file() else sorted((root / only).rglob("*.py"))
    every = (
        mutant
        for file in files
        for mutant in Changes(file.relative_to(root).as_posix(), file.read_bytes()).all()
    )
    return list({mutant.key: mutant for mutant in every}.values())
