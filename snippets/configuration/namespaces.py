"""What the expressions of a registration match, as far as that can be said without guessing.

Synapse uses `re.match`: an expression is tried at the start of a name, and its end is open.
"""

import re
import warnings
from collections.abc import Iterator

SIGILS = {"users": "@", "aliases": "#", "rooms": "!"}
# Names of nobody's bridge: who matches them all matches everybody.
_ANYBODY = ("alice", "bob.7", "q-x_z")
_FILLS = ("x", "ab", "0_")
_LONGEST = 60  # of a name that an expression is tried with
_MOST_REPEATS = 4  # an expression with more can take very long
_SPECIAL = re.compile(r"[*+?\[\](){}|^$]")


def misses(expression: str, sigil: str) -> bool:
    """Whether it cannot match, because it begins with another letter than `@`, `#` or `!`."""
    if "|" in expression:
        return False
    start = re.match(r"\^*(?:\\([^\w\s])|([^\\.\[(*+?{$|]))(?![*?{])", expression)
    return start is not None and (start[1] or start[2]) != sigil


def server_of(expression: str) -> str | None:
    """The server name in it; empty if it has none, and None if that cannot be said."""
    if "(?" in expression or "|" in expression:
        return None
    _, _, name = expression.partition(":")
    name = re.sub(r"\\([^\w\s])", r"\1", name.removesuffix("$").removesuffix(r"\Z"))
    return None if _SPECIAL.search(name) or "\\" in name else name


def names_server(expression: str) -> bool:
    """Whether it says something of the server."""
    return ":" in expression.replace("(?:", "")


def open_end(expression: str) -> bool:
    """Whether names that go on behind it match too, although it has an end."""
    return not expression.endswith(("$", r"\Z", "*", "+"))


def matches(expression: str, name: str) -> bool:
    """Whether Synapse finds that it matches. False if trying it could take very long."""
    repeats = len(re.findall(r"[*+{]", expression))
    if repeats > _MOST_REPEATS or re.search(r"\)[*+{]", expression) or len(name) > _LONGEST:
        return False
    with warnings.catch_warnings(action="ignore"):
        return re.match(expression, name) is not None


def matches_everybody(expression: str, sigil: str, server: str) -> bool:
    """Whether it matches names that no bridge would choose."""
    return all(matches(expression, f"{sigil}{name}:{server}") for name in _ANYBODY)


def overlap(one: str, other: str, server: str) -> str | None:
    """A name that both match, if one can be made from their text."""
    for first, second in ((one, other), (other, one)):
        for name in _examples(first, server):
            if matches(first, name) and matches(second, name):
                return name
    return None


def _examples(expression: str, server: str) -> Iterator[str]:
    """Names that it matches; none if it is more than text with `.*` in it."""
    text = expression.removeprefix("^").removesuffix("$")
    for fill in _FILLS:
        filled = re.sub(r"(?<!\\)(?:\.|\[[^\]]*\])[*+]", fill, text)
        name = re.sub(r"\\([^\w\s])", r"\1", filled)
        if not _SPECIAL.search(name) and "\\" not in name:
            yield name if names_server(expression) else f"{name}:{server}"
