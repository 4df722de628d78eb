"""The mark behind a sentence opens how it is known: by mouse and keyboard, without scripts."""

from typing import TYPE_CHECKING

import pytest
from markdown import Markdown
from mkdocs.exceptions import PluginError

from snippets.shared.claims import read_claims
from tests import ROOT
from theme.claims import ClaimsExtension, in_lab

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PUBLISHED = read_claims()["claims"]
LABEL = "without-a-port-8448"
PAGE = "/reverse-proxies/delegation/"


def html(text: str, repository: str | None = None) -> str:
    return str(Markdown(extensions=["tables", ClaimsExtension(repository)]).convert(text))


def test_a_mark_becomes_a_button_and_what_it_opens_stands_at_the_end_of_the_page() -> None:
    page = html(f"Says. [={LABEL}]\n\nMore. [=opinion]")
    paragraph, more, opened = page.split("\n", 2)
    assert paragraph.startswith('<p>Says.<button aria-label="How this is known: run" class="claim')
    assert more == "<p>More.</p>"
    assert 'popover=""' in opened
    assert all(test.partition("::")[2] in opened for test in PUBLISHED[LABEL]["tests"])


def test_a_mark_is_found_in_items_and_rows_and_not_in_code() -> None:
    assert html(f"- Says. [={LABEL}]").count("<button") == 1
    assert html(f"| A |\n|:--|\n| a [={LABEL}] |").count("<button") == 1
    assert "<button" not in html(f"`[={LABEL}]`")


def test_what_stands_below_has_one_text_for_all_of_its_marks() -> None:
    page = html("One: [=below]\n\nTwo: [=below]")
    assert page.count('popovertarget="proof-below"') == 2
    assert page.count('id="proof-below"') == 1


def test_a_lab_has_the_same_buttons() -> None:
    page = in_lab(f"<p>Says. [={LABEL}]</p><p>More.\n[=opinion]</p>", None)
    assert page.startswith('<p>Says.<button class="claim run" popovertarget="proof-')
    assert page.partition("</button>")[2].startswith("</p><p>More.</p><div class=")
    assert page.count("<button") == page.count('popover=""') == 1


def test_a_test_leads_to_its_source_where_the_repository_is_published() -> None:
    file = PUBLISHED[LABEL]["tests"][0].partition("::")[0]
    page = html(f"Says. [={LABEL}]", "https://git.example.com/guide/")
    assert f'<a href="https://git.example.com/guide/blob/main/{file}"><code>test_' in page
    assert (ROOT / file).is_file()


def test_a_mark_without_a_proof_stops_the_build_and_says_what_to_write() -> None:
    with pytest.raises(PluginError, match=r'\[=no-such-label\]: write @pytest\.mark\.proves\("no'):
        html("Says. [=no-such-label]")


@pytest.mark.slow
def test_the_keyboard_opens_and_closes_it_without_scripts(browser: "Browser", address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(address + PAGE)
        proof = page.locator(f"#proof-{LABEL}")
        assert not proof.is_visible()
        page.locator(f"#{LABEL}").press("Enter")
        proof.wait_for(state="visible")
        page.keyboard.press("Escape")
        proof.wait_for(state="hidden")
    finally:
        context.close()


@pytest.mark.slow
def test_it_fits_a_phone_and_a_press_elsewhere_closes_it(page: "Page", address: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address + PAGE)
    page.locator(f"#{LABEL}").click()
    box = page.locator(f"#proof-{LABEL}").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    page.locator("h1").click()
    page.locator(f"#proof-{LABEL}").wait_for(state="hidden")


ALONE = """[...document.querySelectorAll(".claim")].filter(mark => {
    const before = document.createRange();
    before.selectNodeContents(mark.parentElement);
    before.setEndBefore(mark);
    const text = [...before.getClientRects()].at(-1);
    return text && mark.checkVisibility() && mark.getBoundingClientRect().top > text.bottom;
}).map(mark => mark.id)"""


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_mark_is_alone_on_a_line(width: int, page: "Page", address: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/federation-backoff/", "/streams/repairing-a-stream/", PAGE):
        page.goto(address + path)
        assert page.evaluate(ALONE) == []


@pytest.mark.slow
def test_marks_are_not_printed(page: "Page", address: str) -> None:
    page.goto(address + PAGE)
    assert page.locator(".claim:visible").count()
    page.emulate_media(media="print")
    assert page.locator(".claim:visible").count() == 0
