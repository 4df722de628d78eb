"""What the search index has of a page. Writers of pages need not think of it."""

import re

LEFT_OUT = ("The code", "The proof")
_HEADING = re.compile(r"<h([1-6])(?=[ >])(.*?)>(.*?)</h\1>", re.DOTALL)


def for_search(html: str) -> str:
    """The page, with the sections of `LEFT_OUT` and all below them marked for the theme's index.

    The theme takes the marks off again before it writes the page. It drops each `<br>`, and glues
    the words around it together, so there a line ends as well.
    """
    outer = 7  # the level of the heading that is left out; deeper than any is none

    def mark(heading: re.Match[str]) -> str:
        nonlocal outer
        level, attributes, title = int(heading[1]), heading[2], heading[3]
        if level <= outer:
            outer = level if _text(title) in LEFT_OUT else 7
        excluded = ' data-search-exclude="true"' if outer < 7 else ""
        return f"<h{level}{attributes}{excluded}>{title}</h{level}>"

    return re.sub(r"<br ?/?>", r"\g<0>\n", _HEADING.sub(mark, html))


def _text(title: str) -> str:
    link = re.sub(r'<a class="headerlink".*?</a>', "", title)
    return re.sub(r"<[^>]+>", "", link).strip()
