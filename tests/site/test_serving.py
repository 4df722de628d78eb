"""What `mkdocs serve` keeps, so that an edit is shown at once, and what it must not keep."""

import logging
from pathlib import Path

import pytest
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tests.audit.building import serve
from theme import hooks, serving


class Site:
    """A site of two pages, built again and again. `rendered` are the pages of the last build."""

    def __init__(self, root: Path) -> None:
        self.config = MkDocsConfig()
        self.config.load_dict({"site_name": "Two pages", "docs_dir": str(root)})
        self.config.validate()
        self.kept = serving.Kept(root)
        self.texts = {"a.md": "# A\n\n[to B](b.md#place)", "b.md": "# B\n\n## Place"}
        self.rendered: list[str] = []
        self.pages: dict[str, Page] = {}

    def build(self) -> list[str]:
        self.rendered.clear()
        files = Files([File(name, "", "", True) for name in self.texts])
        for file in files:
            file.content_string = self.texts[file.src_uri]
        self.kept.look(files)
        self.pages = {file.src_uri: Page(None, file, self.config) for file in files}
        for page in self.pages.values():
            self._note(page)
            self.kept.prepare(page)
            page.read_source(self.config)
            page.render(self.config, files)
        return self.rendered

    def _note(self, page: Page) -> None:
        render = page.render

        def noting(config: MkDocsConfig, files: Files) -> None:
            self.rendered.append(page.file.src_uri)
            render(config, files)

        page.render = noting  # type: ignore[method-assign]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    (tmp_path / "snippets").mkdir()
    (tmp_path / "snippets" / "code.py").write_text("1")
    monkeypatch.setattr(serving, "MADE_OF", ("snippets",))
    return Site(tmp_path)


def test_only_the_edited_page_is_rendered_again(site: Site) -> None:
    assert site.build() == ["a.md", "b.md"]
    assert site.build() == []
    site.texts["b.md"] += "\n\nMore."
    assert site.build() == ["b.md"]
    page = site.pages["a.md"]
    assert page.title == "A"
    assert page.content
    assert [entry.title for entry in page.toc] == ["A"]


def test_every_page_is_rendered_again_after_an_edit_of_snippets(site: Site, tmp_path: Path) -> None:
    site.build()
    (tmp_path / "snippets" / "code.py").write_text("2, and more")
    assert site.build() == ["a.md", "b.md"]
    (tmp_path / "snippets" / "new.py").touch()
    assert site.build() == ["a.md", "b.md"]


def test_every_page_is_rendered_again_if_a_page_goes_to_which_it_may_link(site: Site) -> None:
    site.build()
    del site.texts["b.md"]
    assert site.build() == ["a.md"]
    assert site.build() == ["a.md"], "a page that is warned of is warned of again"


def test_a_page_that_is_kept_is_warned_of_if_the_place_that_it_links_to_went(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.build()
    site.texts["b.md"] = "# B"
    assert site.build() == ["b.md"]
    files = Files([page.file for page in site.pages.values()])
    site.pages["a.md"].validate_anchor_links(files=files, log_level=logging.WARNING)
    assert "does not contain an anchor '#place'" in caplog.text


def test_mkdocs_build_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_kept", "_serving"):
        monkeypatch.setattr(hooks, name, getattr(hooks, name))
    hooks.on_startup(command="build", dirty=False)
    assert hooks._kept is None
    hooks.on_startup(command="serve", dirty=False)
    assert hooks._kept


@pytest.mark.slow
def test_a_lab_under_mkdocs_serve_is_run_again_after_an_edit_of_snippets() -> None:
    with serve() as served:
        before = served.get("labs/out-of-order/")
        served.edit(
            "snippets/streams/timeline.py", '"drawing timeline"', '"edited drawing timeline"'
        )
        after = served.get("labs/out-of-order/")
    assert "edited drawing timeline" not in before
    assert "edited drawing timeline" in after
