"""No link, anchor or picture of a page is dead, and the check finds one that is."""

from pathlib import Path

import pytest

from tests.docs.guide import DOCS, ROOT, pages
from tests.docs.links import dead_links_of_files, dead_links_of_site

SITE = ROOT / "mkdocs.yml"


def test_no_link_anchor_or_picture_of_the_site_is_dead() -> None:
    assert dead_links_of_site(SITE) == []


def test_no_link_of_the_repositorys_own_pages_is_dead() -> None:
    outside = [page for page in pages() if not page.is_relative_to(DOCS)]
    assert len(outside) >= 2
    assert dead_links_of_files(SITE, outside) == []


CONFIGURATION = """\
site_name: A small site
validation: {links: {anchors: warn, absolute_links: warn, unrecognized_links: warn}}
markdown_extensions:
  - attr_list
  - md_in_html
  - toc: {permalink: true}
  - pymdownx.snippets: {base_path: [.], check_paths: true}
"""
TARGET = """\
# A page

## A heading with `code`, and more: 2

## Another { #by-hand }

--8<-- "part.txt"

<div markdown><span id="in-html"></span></div>
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small site: a page with anchors of every kind, a picture, and a lab."""
    (tmp_path / "mkdocs.yml").write_text(CONFIGURATION)
    (tmp_path / "part.txt").write_text("### From a part\n")
    (tmp_path / "docs" / "labs").mkdir(parents=True)
    (tmp_path / "docs" / "page.md").write_text(TARGET)
    (tmp_path / "docs" / "picture.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "docs" / "labs" / "one.py").write_text("# %% [markdown]\n# [back](../../page/)\n")
    return tmp_path / "mkdocs.yml"


GOOD = [
    "[a page](page.md)",
    "[a heading](page.md#a-heading-with-code-and-more-2)",
    "[an anchor by hand](page.md#by-hand)",
    "[an anchor from a part](page.md#from-a-part)",
    "[an anchor in HTML](page.md#in-html)",
    "[here](#home)",
    "[a lab](labs/one.py)",
    "![a picture](picture.svg)",
    "[elsewhere](https://example.com/no-such-page#nowhere)",
]


@pytest.mark.parametrize("link", GOOD)
def test_a_working_link_is_not_reported(site: Path, link: str) -> None:
    (site.parent / "docs" / "index.md").write_text(f"# Home\n\n{link}\n")
    assert dead_links_of_site(site) == []


@pytest.mark.parametrize(
    ("link", "complaint"),
    [
        ("[x](pgae.md)", "contains a link 'pgae.md', but the target is not found"),
        ("[x](page.md#nowhere)", "'page.md' does not contain an anchor '#nowhere'"),
        ("[x](#nowhere)", "contains a link '#nowhere', but there is no such anchor on this page"),
        ("[x](page.md#another)", "does not contain an anchor '#another'"),
        ("![x](pitcure.svg)", "contains a link 'pitcure.svg', but the target is not found"),
        ("[x](labs/two.py)", "contains a link 'labs/two.py', but the target is not found"),
        ("[x](/page/)", "contains an absolute link '/page/'"),
        ("[x][unwritten]\n\n[unwritten]: gone.md", "contains a link 'gone.md', but the target"),
        ("<div markdown>[x](gone.md)</div>", "contains a link 'gone.md', but the target"),
    ],
)
def test_a_dead_link_a_dead_anchor_and_a_missing_picture_are_named(
    site: Path, link: str, complaint: str
) -> None:
    (site.parent / "docs" / "index.md").write_text(f"# Home\n\n{link}\n")
    (named,) = dead_links_of_site(site)
    assert named.startswith("Doc file 'index.md'")
    assert complaint in named


def test_a_dead_link_of_a_lab_is_named(site: Path) -> None:
    lab = site.parent / "docs" / "labs" / "one.py"
    lab.write_text("# %% [markdown]\n# [back](../../pgae/)\n")
    assert dead_links_of_site(site) == [
        "Doc file 'labs/one.py' contains a link '../../pgae/', but there is no pgae/"
    ]


def test_a_missing_page_of_the_navigation_is_reported(site: Path) -> None:
    site.write_text(CONFIGURATION + "nav: [page.md, pgae.md]\n")
    (named,) = dead_links_of_site(site)
    assert "'pgae.md' is included in the 'nav' configuration, which is not found" in named


@pytest.mark.parametrize(
    ("link", "complaint"),
    [
        ("[x](docs/page.md#by-hand)", []),
        ("[x](docs)", []),
        ("[x](docs/pgae.md)", ["docs/pgae.md', but there is no docs/pgae.md"]),
        ("![x](pitcure.svg)", ["pitcure.svg', but there is no pitcure.svg"]),
        ("[x](docs/page.md#nowhere)", ["docs/page.md#nowhere', but no such anchor"]),
        ("[x](#nowhere)", ["#nowhere', but no such anchor"]),
    ],
)
def test_a_dead_link_of_a_file_outside_the_site_is_named(
    site: Path, link: str, complaint: list[str]
) -> None:
    readme = site.with_name("README.md")
    readme.write_text(f"# Read me\n\n{link}\n")
    assert dead_links_of_files(site, [readme]) == [
        f"README.md contains a link '{part}" for part in complaint
    ]
