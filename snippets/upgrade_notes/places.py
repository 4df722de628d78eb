"""The pages of this guide that have the notes, and where each note is.

Addresses stay: a page that gets too long ends where a new one begins, which is named here after
the first release that has no note yet.
"""

from snippets.shared.release import parse_release
from snippets.upgrade_notes.notes import Note

# The first release of each page, oldest first.
FIRST = ("1.80", "1.100", "1.136", "1.150")


def name(first: str) -> str:
    """The page that begins with this release, such as "from-1-150"."""
    return f"from-{first.replace('.', '-')}"


def title(first: str) -> str:
    """Which releases that page has, such as "1.100 to 1.135", or "1.150 and newer"."""
    following = FIRST[FIRST.index(first) + 1 :]
    if not following:
        return f"{first} and newer"
    major, minor = parse_release(following[0])
    return f"{first} to {major}.{minor - 1}"


def first_of(note: Note) -> str:
    """The first release of the note's page."""
    release = parse_release(note.release)
    return next(first for first in reversed(FIRST) if parse_release(first) <= release)


def in_source(note: Note) -> str:
    """The note's place as a page beside it links it, for MkDocs to check."""
    return f"{name(first_of(note))}.md#{note.anchor}"


def in_site(note: Note) -> str:
    """The note's address, below that of the upgrade notes."""
    return f"{name(first_of(note))}/#{note.anchor}"
