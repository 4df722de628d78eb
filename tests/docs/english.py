"""`make lint`: the spelling and the length of sentences, in what pages say.

A word is right if it is in pyspellchecker's English dictionary or in `words.txt`, the names of the
field. Code, links and addresses are left out.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from spellchecker import SpellChecker

from tests.docs.claims.passages import Passage
from tests.docs.claims.site import every_passage
from tests.docs.guide import ROOT

WORDS = Path(__file__).with_name("words.txt")
LONGEST = 25  # words of a sentence
AVERAGE = 14
INSTEAD = {
    "but for": "except for",
    "of use": "usable",
    "goes by": "uses",
    "whilst": "while",
    "amongst": "among",
    "upon": "on",
    "e.g.": "for example",
    "i.e.": "that is",
}
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_CODE = re.compile(r"`[^`]*`")
_NOT_PROSE = re.compile(r"<[^>]*>|https?://\S+|\{[.#:][^}]*\}|^(?:[-*+:]|\d+\.) +")
_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_END = re.compile(r'(?<=[.?!])[*_")]*\s+(?=[A-Z0-9*`"(\[]|nginx)|(?<=[:;]) +|\s*\|\s*')


def prose(passage: Passage) -> str:
    """What is to be read of a passage: code is one word, of a link its text is left."""
    text = _LINK.sub(r"\1", passage.words)
    return _NOT_PROSE.sub(" ", _CODE.sub("`code`", text)).strip()


def sentences(text: str) -> list[str]:
    """The sentences; a colon, a semicolon and the edge of a cell end one, too."""
    return [part for part in (part.strip() for part in _END.split(text)) if part]


@cache
def _dictionary() -> SpellChecker:
    dictionary = SpellChecker(language="en")
    dictionary.word_frequency.load_words(WORDS.read_text("utf-8").split())
    return dictionary


def misspelt(text: str) -> list[str]:
    """The words that no dictionary has, in the order of the text; capitals only are a name."""
    words = [word for word in _WORD.findall(text.replace("`code`", "")) if not word.isupper()]
    stems = [word.removesuffix("'s").lower() for word in words]
    unknown = _dictionary().unknown(stems)
    return [word for word, stem in zip(words, stems, strict=True) if stem in unknown]


def problems(passages: Iterable[Passage]) -> Iterator[str]:
    """What is wrong, by page and line."""
    for passage in passages:
        where = f"{passage.page.relative_to(ROOT).as_posix()}:{passage.line}"
        text = prose(passage)
        for word in misspelt(text):
            yield f"{where}: {word} is in no dictionary: mend it, or add it to {WORDS.name}"
        for phrase, better in INSTEAD.items():
            if re.search(rf"\b{re.escape(phrase)}(?!\w)", text, re.IGNORECASE):
                yield f'{where}: "{phrase}": write "{better}"'
        for sentence in sentences(text):
            if (count := len(sentence.split())) > LONGEST:
                yield f"{where}: a sentence of {count} words, and {LONGEST} is the most: {sentence}"


def average(passages: Iterable[Passage]) -> float:
    """The words of a sentence, on average; cells and headings of items are not counted."""
    counts = [
        len(sentence.split())
        for passage in passages
        if passage.kind != "row"
        for sentence in sentences(prose(passage))
    ]
    return sum(counts) / len(counts)


def main() -> int:
    """Prints what is wrong; returns 1 if anything is."""
    passages = every_passage()
    wrong = list(problems(passages))
    if (mean := average(passages)) > AVERAGE:
        wrong.append(f"sentences have {mean:.1f} words on average, and {AVERAGE} is the most")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
