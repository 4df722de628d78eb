"""Finds dead links, dead anchors and missing pictures without building the site.

MkDocs checks the links of pages during a build. This calls its own functions for the pages alone:
no template, no lab and no search index is built, and nothing is written.
"""

import contextlib
import logging
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import jupytext
import markdown
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files, get_files
from mkdocs.structure.nav import get_navigation
from mkdocs.structure.pages import Page


class _Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextlib.contextmanager
def _complaints() -> Iterator[list[str]]:
    """The warnings of MkDocs inside the block. It does not check anchors at the log level DEBUG."""
    logger, handler = logging.getLogger("mkdocs"), _Complaints()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    try:
        yield handler.messages
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)


def dead_links_of_site(config_file: Path) -> list[str]:
    """One line for each dead link, anchor or picture on the pages and labs of a site.

    These are MkDocs' warnings, by the site's `validation`. MkDocs does not check labs: for these,
    the same is done here.
    """
    with contextlib.chdir(config_file.parent), _complaints() as messages:
        config = load_config(str(config_file), plugins=[])  # a plugin might run the labs
        config = config.plugins.on_config(config)
        files = config.plugins.on_files(get_files(config), config=config)
        get_navigation(files, config)
        pages = [file.page or Page(None, file, config) for file in files.documentation_pages()]
        for page in pages:
            page.read_source(config)
            page.render(config, files)
        for page in pages:
            page.validate_anchor_links(files=files, log_level=logging.WARNING)
        return [*messages, *_dead_links_of_labs(config, files)]


def _dead_links_of_labs(config: MkDocsConfig, files: Files) -> Iterator[str]:
    built = {file.url for file in files}
    for lab in files:
        if not lab.src_uri.startswith("labs/"):
            continue
        url = lab.src_uri.removesuffix(".py") + "/"  # the URL that mkdocs-jupyter gives it
        built.add(url)
        cells = jupytext.read(Path(config.docs_dir, lab.src_uri)).cells
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        for target in _Html(config, text).targets:
            path = urlsplit(urljoin(f"/{url}", target)).path.removeprefix("/")
            if path not in built:
                yield f"Doc file '{lab.src_uri}' contains a link '{target}', but there is no {path}"


def dead_links_of_files(config_file: Path, pages: list[Path]) -> list[str]:
    """The same for Markdown files outside the site, which link to files of the repository."""
    with contextlib.chdir(config_file.parent):
        config = load_config(str(config_file), plugins=[])
        html = {page: _Html(config, page.read_text("utf-8")) for page in pages}
        dead = []
        for page in pages:
            for target in html[page].targets:
                path, _, anchor = target.partition("#")
                file = page.parent / unquote(path) if path else page
                if not file.exists():
                    dead.append(f"{page.name} contains a link '{target}', but there is no {path}")
                elif anchor and file.suffix == ".md":
                    known = html.get(file) or _Html(config, file.read_text("utf-8"))
                    if anchor not in known.ids:
                        dead.append(f"{page.name} contains a link '{target}', but no such anchor")
        return dead


class _Html(HTMLParser):
    """The links and pictures of a text that are on the site, and its anchors."""

    def __init__(self, config: MkDocsConfig, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.ids: set[str] = set()
        self.feed(
            markdown.markdown(
                text, extensions=config.markdown_extensions, extension_configs=config.mdx_configs
            )
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name in ("href", "src") and value and not urlsplit(value).scheme:
                self.targets.append(value)
