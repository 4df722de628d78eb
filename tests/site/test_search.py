"""The search of the built site in a real browser: what it finds, and what it asks for and when."""

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, Route, expect

from snippets.configuration.option_pages import anchor
from snippets.configuration.sections import every_option, page_of
from snippets.errors.entries import SUBJECTS, read_entries
from snippets.errors.tables import addresses
from tests.docs.guide import DOCS
from tests.site import PATIENCE_MS

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

QUERIES = Path(__file__).with_name("queries.yaml")
INDEX = "**/search_index.json"
expect.set_options(timeout=PATIENCE_MS)

# Asks the site's own worker, with the site's own index, as the theme does.
ASK = """async queries => {
    const worker = new Worker(JSON.parse(document.getElementById("__config").textContent).search);
    const answer = message => new Promise(done => {
        worker.addEventListener("message", ({data}) => done(data.data), {once: true});
        worker.postMessage(message);
    });
    const index = await (await fetch("search/search_index.json")).json();
    await answer({type: 0, data: {...index, options: {}}});
    const found = [];
    for (const query of queries) {
        const {items} = await answer({type: 2, data: query});
        found.push(items.map(sections => sections[0].location));
    }
    return found;
}"""


class Query(NamedTuple):
    """What a reader types or pastes, and the pages that answer it."""

    kind: str
    text: str
    pages: list[str]

    def place(self, found: list[str]) -> int:
        """How many pages stand before the first right one."""
        pages = [location.split("#")[0] for location in found]
        return min((pages.index(page) for page in self.pages if page in pages), default=len(pages))


def read_kinds() -> dict[str, dict[str, Any]]:
    """The queries of the file as they stand there."""
    kinds: dict[str, dict[str, Any]] = yaml.safe_load(QUERIES.read_text("utf-8"))
    return kinds


def read_queries() -> list[Query]:
    """The queries of the file. Its `upgrade-notes/` also means each page of notes below that."""
    notes = [f"upgrade-notes/{path.stem}/" for path in (DOCS / "upgrade-notes").glob("from-*.md")]
    return [
        Query(kind, str(text), [*pages, *(notes if "upgrade-notes/" in pages else [])])
        for kind in ("symptoms", "tasks")
        for text, named in read_kinds()[kind].items()
        for pages in [[named] if isinstance(named, str) else named]
    ]


def address_of(page: str) -> str:
    """The address of a page on the site, by its file below docs/, without a section."""
    return re.sub(r"(index)?\.md(#.*)?$", "/", page).replace("//", "/")


class Asked:
    """What a page asked for, by the end of the address."""

    def __init__(self, page: Page) -> None:
        self.addresses: list[str] = []
        page.on("request", lambda request: self.addresses.append(request.url))

    def for_search(self) -> list[str]:
        ends = ("search_index.json", "/workers/search.")
        return [address for address in self.addresses if any(end in address for end in ends)]


def field(page: Page) -> Any:
    return page.locator(".md-search__input")


def first_result(page: Page) -> Any:
    return page.locator(".md-search-result__link").first


def leads_to(path: str) -> re.Pattern[str]:
    return re.compile(re.escape(path) + r"(\?|#|$)")


@pytest.mark.proves("texts-are-found")  # many symptoms begin with a day, a time and numbers
@pytest.mark.parametrize("kind", ["symptoms", "tasks"])
def test_a_search_leads_to_the_right_page_first_in_80_per_cent_and_within_three_in_95(
    kind: str, page: Page, address: str
) -> None:
    """Never reword a query: reword the page, or add to theme/search-words.yaml."""
    queries = [query for query in read_queries() if query.kind == kind]
    page.goto(address)
    field(page).focus()
    answers = page.evaluate(ASK, [query.text for query in queries])
    places = [query.place(found) for query, found in zip(queries, answers, strict=True)]
    reached = [100 * sum(place < best for place in places) // len(places) for best in (1, 3)]
    report = [f"{kind}, {len(places)}: first {reached[0]} %, within three {reached[1]} %"]
    report += [
        f"  {place + 1:2}. {query.text[:90]}\n      {query.pages[0]} stands behind {found[:2]}"
        for query, found, place in zip(queries, answers, places, strict=True)
        if place > 0
    ]
    print("\n".join(report))
    assert reached[0] >= 80, "\n".join(report)
    assert reached[1] >= 95, "\n".join(report)


def test_the_name_of_an_option_leads_to_its_place_first(page: Page, address: str) -> None:
    places = read_kinds()["options"]
    page.goto(address)
    field(page).focus()
    answers = page.evaluate(ASK, list(places))
    assert {name: found[0] for name, found in zip(places, answers, strict=True)} == places


def test_the_first_two_letters_of_each_option_find_something(page: Page, address: str) -> None:
    """Lunr lost words with digits: then a search for how they begin failed."""
    beginnings = sorted({word[:2] for option in every_option() for word in words_of(option)})
    page.goto(address)
    field(page).focus()
    answers = page.evaluate(ASK, beginnings)
    assert [text for text, found in zip(beginnings, answers, strict=True) if not found] == []


def test_the_name_of_each_option_leads_to_it_or_to_one_of_the_same_words(
    page: Page, address: str
) -> None:
    """Such as `rc_message.burst_count` and `rc_message_burst_count`."""
    places: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for option in every_option():
        at = f"configuration/options/{page_of(option).file}/#{anchor(option)}"
        places[words_of(option)] |= {at, f"configuration/options/#{option}"}
    page.goto(address)
    field(page).focus()
    answers = page.evaluate(ASK, every_option())
    assert [
        f"{option}: {found[:2]}"
        for option, found in zip(every_option(), answers, strict=True)
        if found[0] not in places[words_of(option)]
    ] == []


def words_of(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9]+", name))


@pytest.mark.proves("texts-are-found")
@pytest.mark.parametrize("subject", SUBJECTS)
def test_each_error_leads_to_its_entry_or_to_its_page(
    subject: str, page: Page, address: str
) -> None:
    entries, places = read_entries(subject), addresses(subject)
    page.goto(address)
    field(page).focus()
    answers = page.evaluate(ASK, [entry.text for entry in entries])
    assert [
        f"{entry.text}: {found}"
        for entry, found in zip(entries, (answer[:3] for answer in answers), strict=True)
        if places[entry.text] not in found
        and address_of(entry.page) not in [place.partition("#")[0] for place in found]
    ] == []


def test_there_are_60_queries_and_half_are_symptoms(built_site: Path) -> None:
    queries = read_queries()
    assert len(queries) >= 60
    assert 2 * sum(query.kind == "symptoms" for query in queries) >= len(queries)
    pages = {page for query in queries for page in query.pages}
    assert [page for page in sorted(pages) if not (built_site / page / "index.html").exists()] == []


def test_the_index_leaves_out_what_is_folded_for_contributors(built_site: Path) -> None:
    index = json.loads((built_site / "search" / "search_index.json").read_text("utf-8"))
    known = " ".join(_words(section["text"]) for section in index["docs"])
    folded = [
        _words(str(paragraph))
        for html in built_site.rglob("index.html")
        for paragraph in BeautifulSoup(html.read_text("utf-8"), "html.parser").select(
            "details.contributors > p"
        )
    ]
    assert len(folded) >= 30
    assert [text for text in folded if text in known] == []


def _words(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text().split())


def test_words_around_a_line_break_stay_two_in_the_index(built_site: Path) -> None:
    index = json.loads((built_site / "search" / "search_index.json").read_text("utf-8"))
    text = " ".join(section["text"] for section in index["docs"])
    assert re.findall(r"MSC\d{4}\d\.\d+\.\d", text) == []


def test_nothing_is_fetched_for_the_search_before_somebody_is_about_to_search(
    page: Page, address: str
) -> None:
    asked = Asked(page)
    page.goto(address)
    page.locator("h1").hover()
    page.wait_for_load_state("networkidle")
    assert asked.for_search() == []


@pytest.mark.parametrize("intent", ["hover", "focus", "/", "s", "f", "Control+k", "Meta+k"])
def test_pointing_at_the_search_or_a_key_fetches_it(intent: str, page: Page, address: str) -> None:
    page.goto(address)
    with page.expect_response(INDEX):
        if intent == "hover":
            page.locator(".md-search__form").hover()
        elif intent == "focus":
            field(page).focus()
        else:
            page.keyboard.press(intent)
    if intent != "hover":
        expect(field(page)).to_be_focused()
        expect(field(page)).to_have_value("")


def test_a_touch_on_the_search_fetches_it(browser: Browser, address: str) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 844})
    try:
        page = context.new_page()
        page.goto(address)
        with page.expect_response(INDEX):
            page.locator(".md-header__button[for=__search]").tap()
    finally:
        context.close()


def test_an_address_with_words_to_mark_fetches_the_index_at_once(page: Page, address: str) -> None:
    with page.expect_response(INDEX):
        page.goto(f"{address}/streams/repairing-a-stream/?h=sequence")
    expect(page.locator("article mark").first).to_have_text(re.compile("sequence", re.IGNORECASE))


def test_what_is_typed_before_the_index_has_come_is_not_lost(page: Page, address: str) -> None:
    held: list[Route] = []
    page.route(INDEX, lambda route: held.append(route))
    page.goto(address)
    with page.expect_request(INDEX):
        page.keyboard.press("/")
    page.keyboard.type("sequence is inconsistent")
    expect(field(page)).to_have_value("sequence is inconsistent")
    held[0].continue_()
    expect(first_result(page)).to_have_attribute("href", leads_to("streams/repairing-a-stream/"))


@pytest.mark.parametrize("failure", ["no network", "status 500"])
def test_a_search_that_could_not_be_loaded_says_so_and_is_tried_again(
    failure: str, page: Page, address: str
) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route(
        INDEX, lambda route: route.abort() if failure == "no network" else route.fulfill(status=500)
    )
    page.goto(address)
    page.keyboard.press("/")
    says = page.locator(".md-search-result__meta")
    expect(says).to_have_text("The search could not be loaded. Type on to try again.")
    page.unroute(INDEX)
    page.keyboard.type("sequence is inconsistent")
    expect(first_result(page)).to_have_attribute("href", leads_to("streams/repairing-a-stream/"))
    assert complaints == []


def test_a_search_whose_worker_could_not_be_loaded_says_so(page: Page, address: str) -> None:
    page.route("**/workers/search.*", lambda route: route.abort())
    page.goto(address)
    page.keyboard.press("/")
    says = page.locator(".md-search-result__meta")
    expect(says).to_have_text("The search fails. Reload this page.")


def test_results_stand_under_their_page_with_the_heading_that_matches(
    page: Page, address: str
) -> None:
    page.goto(address)
    page.keyboard.press("Control+k")
    page.keyboard.type("bounding token from the future")
    best = page.locator(".md-search-result__item").first
    expect(best.locator("h1")).to_have_text("When streams go wrong")
    expect(best.locator("h2").first).to_have_text('"Bounding token from the future"')
    page.keyboard.press("Enter")
    page.wait_for_url(
        re.compile("/streams/when-streams-go-wrong/.*#bounding-token-from-the-future$")
    )


def test_another_name_of_a_page_finds_it_and_is_not_shown(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.press("/")
    page.keyboard.type("rollback previous version")
    result = page.locator(".md-search-result__item", has_text="Going back").first
    expect(result).to_be_visible()
    expect(result.locator(".md-tags").first).to_be_hidden()


TRACEBACK = """\
Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/synapse/config/appservice.py", line 112, in load
ValueError: sender_localpart needs characters
which are not URL encoded.
"""


@pytest.mark.parametrize("place", ["the search", "the large field"])
def test_a_pasted_traceback_is_searched_for_as_one_line(
    place: str, page: Page, address: str
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{address}/nowhere")
    page.evaluate("text => navigator.clipboard.writeText(text)", TRACEBACK)
    if place == "the search":
        page.keyboard.press("/")
    else:
        page.get_by_label("Paste an error or a log line").focus()
    page.keyboard.press("Control+v")
    expect(field(page)).to_have_value(re.compile("needs characters which are not"))
    expect(first_result(page)).to_have_attribute(
        "href", leads_to("application-services/registration/")
    )


def test_an_address_that_leads_nowhere_lists_the_pages_that_come_near_and_six_tasks(
    page: Page, address: str
) -> None:
    answer = page.goto(f"{address}/sync/backoff-misbehaves-foo%E0%A4%A")
    assert answer is not None
    assert answer.status == 404
    near = page.locator(".lost li a")
    expect(near.first).to_have_attribute(
        "href", leads_to("federation-backoff/when-backoff-misbehaves/")
    )
    expect(field(page)).not_to_be_focused()
    expect(page.locator(".tasks a")).to_have_count(6)
    near.first.click()
    page.wait_for_url(leads_to("federation-backoff/when-backoff-misbehaves/"))


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_moves_when_the_pages_that_come_near_are_listed(
    width: int, page: Page, address: str
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    held: list[Route] = []
    page.route(INDEX, lambda route: held.append(route))
    with page.expect_request(INDEX):
        page.goto(f"{address}/sync/backoff-foo")
    below = page.locator(".tasks")
    before = below.bounding_box()
    held[0].continue_()
    expect(page.locator(".lost li")).to_have_count(3)
    assert below.bounding_box() == before


def test_the_large_field_hands_its_text_to_the_search(page: Page, address: str) -> None:
    page.goto(f"{address}/nowhere")
    large = page.get_by_label("Paste an error or a log line")
    large.press_sequentially("seq")
    expect(field(page)).to_be_focused()
    page.keyboard.type("uence is inconsistent")
    expect(field(page)).to_have_value("sequence is inconsistent")
    expect(first_result(page)).to_have_attribute("href", leads_to("streams/repairing-a-stream/"))
    page.keyboard.press("Escape")
    expect(large).to_have_value("")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("text", ["", "sequence"])
def test_a_closed_search_has_nothing_that_the_tab_key_reaches(
    width: int, text: str, page: Page, address: str
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{address}/streams/")
    if text:
        page.keyboard.press("f")
        page.keyboard.type(text)
        expect(first_result(page)).to_be_visible()
        page.keyboard.press("Escape")
    reached = []
    link = page.locator("article a").first
    while not link.evaluate("link => link === document.activeElement"):
        page.keyboard.press("Tab")
        stop = page.evaluate("document.activeElement.className || document.activeElement.tagName")
        reached.append(str(stop))
        assert len(reached) < 100, reached
    assert [stop for stop in reached if "result" in stop or "scrollwrap" in stop] == []


def test_without_scripts_there_is_no_field_that_does_nothing(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(f"{address}/nowhere")
        expect(page.locator(".find")).to_be_hidden()
        expect(page.locator(".tasks a").first).to_be_visible()
    finally:
        context.close()
