"""What pages say of themselves and of each other, found in what they say anyway."""

import re
from collections.abc import Iterable, Mapping
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import yaml

SEARCH_WORDS = Path(__file__).with_name("search-words.yaml")

_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_HREF = re.compile(r'<a [^>]*?href="([^"]+)"')
_PLAIN = re.compile(
    r'<span class="(?:[nopw]|p p-Indicator|bp|err|fm|sa|vm)">([^<]*)</span>|<span></span>(?=<code)'
)
LONGEST = 200  # letters of a description: search engines cut longer ones
MOST = 4  # related pages
Beside = tuple[str | None, str | None]  # the page before and the page next


def describe(content: str) -> str | None:
    """The first paragraph of a page, in whole sentences, as plain text; None if it has none."""
    if not (paragraph := _PARAGRAPH.search(content)):
        return None
    text = unescape(" ".join(_TAG.sub("", paragraph[1]).split()))
    if len(text) <= LONGEST:
        return text
    sentences = re.findall(r".*?[.?!](?= )", text[:LONGEST])
    return "".join(sentences).strip() or text[: LONGEST - 2].rsplit(" ", 1)[0] + " …"


def read_search_words() -> dict[str, list[str]]:
    """Other names for what each page is about, by its file below docs/."""
    words: dict[str, list[str]] = yaml.safe_load(SEARCH_WORDS.read_text("utf-8"))
    return words


def for_search(html: str) -> str:
    """The page with a line break at each `<br>`, where the theme's index joins two words."""
    return re.sub(r"<br ?/?>", r"\g<0>\n", html)


def lighten(content: str) -> str:
    """A page's content without what changes nothing in its looks.

    Names, `self`, operators, punctuation, spaces, prefixes of strings and what Pygments cannot read
    look like plain text: they need no element, and were half of all on the longest pages.
    """
    return _PLAIN.sub(r"\1", content)


def in_order(tasks: Iterable[Iterable[str | list[str]]]) -> dict[str, Beside]:
    """For each page of a task, what comes before it and what comes next.

    Of pages in a list of their own a reader needs one: nothing leads from one of them to another,
    and no page leads on to the first of them or back to the last.
    """
    order: dict[str, Beside] = {}
    for task in tasks:
        before: str | None = None
        stages = [[stage] if isinstance(stage, str) else stage for stage in task]
        for stage, after in zip(stages, [*stages[1:], []], strict=True):
            for page in stage:
                order[page] = before, after[0] if len(after) == 1 else None
            if len(stage) == 1:
                before = stage[0]
    return order


def related(contents: Mapping[str, str], near: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """For each page, by address, the pages that link to it and those that it links to.

    Those come first that do both, then those that link here. What is `near` a page anyway, in the
    same section, is left out.
    """
    to = {
        url: {
            urlsplit(urljoin(f"/{url}", href)).path.lstrip("/")
            for href in _HREF.findall(content)
            if not urlsplit(href).netloc
        }
        & set(contents)
        for url, content in contents.items()
    }
    found = {}
    for url in contents:
        here = [other for other in contents if url in to[other]]
        there = [other for other in contents if other in to[url]]
        both = [other for other in here if other in there]
        ranked = dict.fromkeys([*both, *here, *there])
        left_out = {url, *near[url]}
        found[url] = [other for other in ranked if other not in left_out][:MOST]
    return found
