"""The headers that the site sends, and the size and links of its files."""

import re
import tomllib
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.docs.guide import ROOT, labs
from tests.real import website

pytestmark = pytest.mark.slow


def test_netlify_publishes_what_make_build_builds() -> None:
    build = tomllib.loads((ROOT / "netlify.toml").read_text("utf-8"))["build"]
    assert build["command"] == "make build"
    assert build["publish"] == "site"
    assert build["environment"]["PYTHON_VERSION"] == "3.11"


def test_every_baseline_security_header_is_sent(built_site: Path) -> None:
    sent = website.headers(built_site)
    assert set(sent) >= {
        "Content-Security-Policy",
        "Permissions-Policy",
        "Referrer-Policy",
        "Strict-Transport-Security",
        "X-Content-Type-Options",
        "X-Frame-Options",
    }
    policy = sent["Content-Security-Policy"]
    assert "unsafe" not in policy.replace("'wasm-unsafe-eval'", "")


def test_the_policy_lets_scripts_compile_webassembly_and_do_nothing_else(built_site: Path) -> None:
    policy = website.headers(built_site)["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    allowed = [source for source in rules["script-src"].split() if "sha256-" not in source]
    assert allowed == ["'self'", "'wasm-unsafe-eval'"]
    assert rules["worker-src"] == "'self'"


def test_what_is_named_after_its_hash_is_kept_for_good_and_nothing_else(built_site: Path) -> None:
    (folder,) = (built_site / "assets" / "run").iterdir()
    assert (
        "immutable"
        in website.headers(built_site, f"/assets/run/{folder.name}/worker.js")["Cache-Control"]
    )
    assert "Cache-Control" not in website.headers(built_site, "/assets/guide.js")


def test_no_page_loads_anything_from_another_site(built_site: Path) -> None:
    loading = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
    outside = [
        f"{page.relative_to(built_site)}: {element}"
        for page in built_site.rglob("*.html")
        for element in BeautifulSoup(page.read_text("utf-8"), "html.parser").find_all(loading)
        if str(element.get(loading[element.name]) or "").startswith(("http:", "https:", "//"))
        and element.get_attribute_list("rel") not in (["canonical"], ["next"], ["prev"])
    ]
    elsewhere = re.compile(r"(?:@import|url\()\s*['\"]?(?:https?:)?//[^'\")]+")
    imports = [
        f"{sheet.relative_to(built_site)}: {match}"
        for sheet in built_site.rglob("*.css")
        for match in elsewhere.findall(sheet.read_text("utf-8"))
    ]
    assert outside + imports == []


def test_a_lab_is_as_light_as_a_page(built_site: Path) -> None:
    page = (built_site / "streams" / "current-stream-id" / "index.html").stat().st_size
    for lab in labs():
        html = built_site / "labs" / lab.stem / "index.html"
        text = html.read_text("utf-8")
        assert html.stat().st_size < 2 * page
        assert "<style" not in text
        assert "clipboard-copy-txt" not in text
