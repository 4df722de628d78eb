"""The texts in Python source: what a program can print, with … where it fills in a value."""

import ast
import re
from collections.abc import Iterable, Iterator

VALUE = "…"
_FILLED_IN = re.compile(
    r"%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[srdifgxc]"  # %s, %(name)s, %.1f
    r"|\{[\w.\[\]]*(?:![rsa])?(?::[^{}]*)?\}"  # {}, {name!r}
)


def texts(source: str) -> set[str]:
    """Every text in the source, except for documentation, each in one line."""
    tree = ast.parse(source)
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return {" ".join(text.split()) for text in _texts(tree, documentation)}


def found(wanted: Iterable[str], source: str) -> set[str]:
    """Which of the wanted texts the source can print, as a whole or as a part between words."""
    lines = "\n".join(texts(source))
    return {
        text
        for text in wanted
        if text in lines and re.search(rf"(?<!\w){re.escape(text)}(?!\w)", lines)
    }


def printed(text: str, lines: Iterable[str]) -> str | None:
    """The first line that a program printed and that has the text; None if none has it."""
    pattern = re.compile(".+?".join(map(re.escape, text.split(VALUE))))
    return next((line for line in lines if pattern.search(line)), None)


def _texts(node: ast.AST, documentation: set[int]) -> Iterator[str]:
    if id(node) in documentation and isinstance(node, ast.Constant):
        return
    whole = _whole(node)
    if whole is not None:
        yield whole
        return
    for child in ast.iter_child_nodes(node):
        yield from _texts(child, documentation)


def _whole(node: ast.AST) -> str | None:
    """The text that an expression makes; None if it makes none."""
    if isinstance(node, ast.Constant):
        return _FILLED_IN.sub(VALUE, node.value) if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(_whole(part) or VALUE for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = _whole(node.left), _whole(node.right)
        if any(side is not None for side in sides):
            return "".join(VALUE if side is None else side for side in sides)
    return None
