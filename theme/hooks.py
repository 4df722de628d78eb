"""Additions to the site's build, beyond mkdocs.yml. Writers of pages need not read this."""

import base64
import errno
import hashlib
import os
import re
import socket
import sys
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from mkdocs_jupyter.config import settings

if TYPE_CHECKING:  # it is known from on_startup on
    from theme.serving import Kept

ROOT = Path(__file__).parents[1]
STYLES = ROOT / "theme" / "styles"
NOTES = "upgrade-notes/"
PYTHON = "assets/run/"
_serving = False
_kept: "Kept | None" = None  # only while the site is served
_python: Path | None = None  # what runs Python in the reader's browser


def on_startup(*, command: str, dirty: bool) -> None:
    """Makes this checkout's modules known, here and in the labs, which use the site's styles."""
    global _serving, _kept
    sys.path.insert(0, str(ROOT))
    if command == "serve":
        from theme.serving import Kept

        _serving, _kept = True, Kept(ROOT)
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
    )
    os.environ["JUPYTER_CONFIG_DIR"] = settings.templates_dir = str(ROOT / "theme" / "notebook")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Adds the parts of pages. Stops `mkdocs serve` with one line if its port is taken."""
    global _serving
    from theme.claims import ClaimsExtension
    from theme.glossary import GlossaryExtension
    from theme.lexers import register
    from theme.parts import PartsExtension
    from theme.tables import TablesExtension

    register()
    if config.repo_url:
        config.edit_uri = "edit/main/docs/"
    config.markdown_extensions += [
        PartsExtension(), TablesExtension(), ClaimsExtension(config.repo_url), GlossaryExtension(),
    ]  # fmt: skip
    if _serving:
        _serving = False  # later calls are rebuilds, while the server itself uses the port
        host, port = config.dev_addr
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                why = "is taken" if error.errno == errno.EADDRINUSE else f"fails ({error.strerror})"
                raise Abort(
                    f"{host}:{port} {why}; choose another port: mkdocs serve -a {host}:{port + 1}"
                ) from None
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> None:
    """Adds the style sheet, and the upgrade notes for programs."""
    styles = "\n".join(path.read_text("utf-8") for path in sorted(STYLES.glob("*.css")))
    files.append(File.generated(config, "assets/guide.css", content=styles))
    from snippets.shared.history import read_history
    from snippets.upgrade_notes.feed import as_atom, as_json
    from snippets.upgrade_notes.notes import FILE, BadNote, read_notes

    try:
        notes, history = read_notes(), read_history()
    except BadNote as bad:
        raise Abort(f"{FILE}: {bad}") from None
    page = f"{config.site_url}{NOTES}"
    for name, content in (
        ("upgrade-notes.json", as_json(notes, history)),
        ("upgrade-notes.atom", as_atom(notes, history, page)),
    ):
        files.append(File.generated(config, f"{NOTES}{name}", content=content))
    _add_python(files, config)
    if _kept:
        _kept.look(files)


def _add_python(files: Files, config: MkDocsConfig) -> None:
    """Adds what runs Python in the reader's browser; without it the pages say what is missing."""
    global _python
    from theme.run.building import Missing, build

    try:
        _python = build(lambda doing: print(doing, file=sys.stderr, flush=True))
    except Missing as missing:
        _python = None
        print(f"Pages cannot run Python: {missing}", file=sys.stderr)
        return
    for path in sorted(_python.iterdir()):
        name = f"{_assets(_python)}{path.name}"
        files.append(File.generated(config, name, abs_src_path=str(path)))


def on_nav(nav: Navigation, *, config: MkDocsConfig, files: Files) -> None:
    """Gives each page what comes before and next in its task, not in the navigation."""
    from theme.pages import in_order

    order = in_order(config.extra["tasks"])
    pages = {page.file.src_uri: page for page in nav.pages}
    if unknown := [name for name in order if name not in pages]:
        raise Abort(f"mkdocs.yml: tasks: no page of the navigation is {unknown[0]}")
    for name, page in pages.items():
        before, after = order.get(name, (None, None))
        page.previous_page = pages[before] if before else None
        page.next_page = pages[after] if after else None


def on_pre_page(page: Page, *, config: MkDocsConfig, files: Files) -> Page:
    """While the site is served, a page that nothing has changed is not rendered again."""
    if _kept:
        _kept.prepare(page)
    return page


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Gives the search other names for what a page is about, and readers the releases."""
    from theme.pages import read_search_words
    from theme.releases import with_releases

    page.meta["tags"] = read_search_words().get(page.file.src_uri, [])
    try:
        return with_releases(markdown)
    except ValueError as unknown:
        raise Abort(f"{page.file.src_uri}: {unknown}") from None


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Describes a page by its first paragraph, if it does not describe itself; makes it light."""
    from theme.claims import in_lab
    from theme.pages import describe, for_search, lighten

    if page.file.src_uri.endswith(".py"):
        html = in_lab(html, config.repo_url)
    html = _with_buttons(html, page)
    page.meta.setdefault("description", escape(describe(html) or config.site_description or ""))
    return with_address(lighten(for_search(html)), config.repo_url)


def _assets(folder: Path) -> str:
    return f"{PYTHON}{folder.name.rpartition('-')[2]}/"


def _with_buttons(html: str, page: Page) -> str:
    from theme.run.building import sizes
    from theme.run.buttons import with_buttons, without_buttons

    if not _python:
        return without_buttons(html)
    assets = get_relative_url(_assets(_python), page.url)
    return with_buttons(html, page.file.src_uri, assets, sizes(_python))


def with_address(html: str, repository: str | None) -> str:
    """The commands that get the tools, with the repository's address if it is known."""
    return html.replace("git+REPOSITORY", f"git+{escape(repository)}") if repository else html


def on_env(env: Environment, *, config: MkDocsConfig, files: Files) -> None:
    """Finds the pages that belong together, when all of them have been read.

    While the site is served, the theme's templates are compiled once.
    """
    from theme.pages import related

    if _kept:
        env.bytecode_cache = _kept.templates
    pages = {file.page.url: file.page for file in files.documentation_pages() if file.page}
    near = {
        url: [other for other in pages if pages[other].parent == page.parent]
        for url, page in pages.items()
    }
    contents = {
        url: page.content or "" for url, page in pages.items() if not page.meta.get("lists_all")
    }
    for url, others in related(contents, near).items():
        pages[url].meta["related"] = [pages[other] for other in others]


def on_post_template(output: str, *, template_name: str, config: MkDocsConfig) -> str:
    """Does for 404.html what on_post_page does for pages."""
    return _named(output)


def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """Names elements for screen readers that the theme leaves without a name of their own.

    A `script` in the page's front matter runs in its head, before anything of the page is drawn.
    """
    if script := page.meta.get("script"):
        tag = f'<script src="{get_relative_url(script, page.url)}"></script>'
        output = output.replace("</head>", f"{tag}</head>", 1)
    return _named(output)


def _named(output: str) -> str:
    for theirs, ours in (
        ('role="dialog"', 'role="dialog" aria-label="Search"'),
        ('="md-search-result__meta"', '="md-search-result__meta" role="status"'),
        ('class="md-path" aria-label="Navigation"', 'class="md-path" aria-label="Breadcrumbs"'),
        (' tabindex=""', ""),  # no valid value
    ):
        output = output.replace(theirs, ours)
    return output


_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


# Lunr takes two nodes of its index for one if an edge and a number read alike: "1" to node 23, and
# "12" to node 3. Then words with digits are lost, and a search for their beginning fails.
_ALIKE, _APART = "e=e+s+o.id}return e", 'e=e+s+o.id+","}return e'


def on_post_build(config: MkDocsConfig) -> None:
    """Mends the theme's search, and writes `_headers`.

    By it Netlify sends the content security policy of this build. The theme has a few inline
    scripts; the policy names each by its hash and allows no other.
    """
    site = Path(config.site_dir)
    for worker in site.glob("assets/javascripts/workers/search.*.js"):
        text = worker.read_text("utf-8")
        if _ALIKE not in text and _APART not in text:
            raise Abort(
                f"{worker.name}: it is written in another way; see _ALIKE in theme/hooks.py"
            )
        worker.write_text(text.replace(_ALIKE, _APART), "utf-8")
    scripts = {
        script
        for page in site.rglob("*.html")
        for script in _INLINE_SCRIPT.findall(page.read_text("utf-8"))
    }
    hashes = sorted(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in scripts
    )
    policy = "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' 'wasm-unsafe-eval' {' '.join(hashes)}",
            "worker-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )
    (site / "_headers").write_text(f"/*\n  Content-Security-Policy: {policy}\n", "utf-8")
