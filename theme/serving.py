"""What `mkdocs serve` keeps from one build to the next, so that a writer sees an edit at once.

A page is rendered again, and a lab run again, if its own file has changed or anything in `MADE_OF`,
or if the site has other files than before. `mkdocs build` keeps nothing: it runs what it publishes.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jinja2.bccache import Bucket, BytecodeCache
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler

# What pages are made of, beside their own file.
MADE_OF = (
    "mkdocs.yml",
    "snippets",
    "theme",
    "docs/proof.json",
    "docs/claims.json",
    "docs/glossary.md",
)


class Kept:
    """The rendered pages, each with the state of the files that it was rendered from."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.templates = Templates()
        self._made_of: object = None
        self._pages: dict[str, tuple[object, dict[str, Any]]] = {}

    def look(self, files: Files) -> None:
        """Notes the state of all that pages are made of, before they are rendered."""
        paths = [path for name in MADE_OF for path in _files(self.root / name)]
        self._made_of = sorted(file.src_uri for file in files), [_state(path) for path in paths]

    def prepare(self, page: Page) -> None:
        """Lets a page be what was rendered in a build before, if nothing has changed since."""
        render = page.render
        state = self._made_of, page.file.content_string

        def take_or_render(config: MkDocsConfig, files: Files) -> None:
            of, rendered = self._pages.get(page.url, (None, {}))
            if of == state:
                vars(page).update(rendered)
                # What it links to are files of this build, whose pages may have other anchors now.
                page.links_to_anchors = {
                    files.src_uris[to.src_uri]: anchors
                    for to, anchors in (page.links_to_anchors or {}).items()
                }
                return
            before = vars(page).copy()
            with _warnings() as warnings:
                render(config, files)
            if not warnings.counts:  # a page that is warned of is warned of in every build
                new = {k: v for k, v in vars(page).items() if k not in before or v is not before[k]}
                self._pages[page.url] = state, new

        page.render = take_or_render  # type: ignore[method-assign]


class Templates(BytecodeCache):
    """The theme's templates as they were compiled, by a digest of their source."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._code.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


@contextmanager
def _warnings() -> Iterator[CountHandler]:
    """Counts what MkDocs warns of, which in a strict build is an error."""
    counter, logger = CountHandler(level=logging.WARNING), logging.getLogger("mkdocs")
    logger.addHandler(counter)
    try:
        yield counter
    finally:
        logger.removeHandler(counter)


def _files(path: Path) -> list[Path]:
    """A file, or all files in a folder that are no result of running it."""
    found = path.rglob("*") if path.is_dir() else [path]
    return sorted(file for file in found if file.is_file() and "__pycache__" not in file.parts)


def _state(file: Path) -> tuple[str, int, int]:
    """What differs after an edit: name, time and length of a file."""
    stat = file.stat()
    return str(file), stat.st_mtime_ns, stat.st_size
