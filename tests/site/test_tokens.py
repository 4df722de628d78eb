"""The visual language: colours stand in one file, and their contrasts suffice."""

import re

import pytest

from tests.docs.guide import ROOT

STYLES = ROOT / "theme" / "styles"
TOKENS = STYLES / "1-tokens.css"
SCHEMES = ("light", "dark")
_TOKEN = re.compile(r"--guide-([\w-]+): light-dark\((#\w+), (#\w+)\);")

Colour = tuple[float, float, float]


def _colours() -> dict[str, dict[str, Colour]]:
    """By scheme and name, each colour as its red, green and blue between 0 and 1."""
    colours: dict[str, dict[str, Colour]] = {scheme: {} for scheme in SCHEMES}
    for name, *pair in _TOKEN.findall(TOKENS.read_text("utf-8")):
        for scheme, written in zip(SCHEMES, pair, strict=True):
            digits = written[1:] if len(written) == 7 else "".join(2 * c for c in written[1:])
            red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
            colours[scheme][name] = red, green, blue
    return colours


COLOURS = _colours()


def _luminance(colour: Colour) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """As the Web Content Accessibility Guidelines define it: 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


GROUNDS = ("paper", "raised", "accent-tint")
TEXTS = ("ink", "quiet", "accent", "keyword", "string", "number", "name")
VERDICTS = ("good", "caution", "bad")


@pytest.mark.proves("colours-have-names")
@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_has_a_contrast_of_4_5_on_each_ground_that_it_lies_on(scheme: str) -> None:
    colour = COLOURS[scheme]
    pairs = [(text, ground) for text in TEXTS for ground in GROUNDS]
    pairs += [(verdict, ground) for verdict in VERDICTS for ground in ("paper", f"{verdict}-tint")]
    pairs += [("ink", f"{verdict}-tint") for verdict in VERDICTS]
    pairs += [("quiet", f"{verdict}-tint") for verdict in VERDICTS]
    weak = {
        pair: round(ratio, 2)
        for pair in pairs
        if (ratio := contrast(colour[pair[0]], colour[pair[1]])) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_marks_and_the_lines_of_controls_have_a_contrast_of_3(scheme: str) -> None:
    colour = COLOURS[scheme]
    weak = {
        (mark, ground): round(ratio, 2)
        for mark in ("edge", "accent", "pending", *VERDICTS)
        for ground in ("paper", "raised")
        if (ratio := contrast(colour[mark], colour[ground])) < 3
    }
    assert weak == {}


@pytest.mark.proves("colours-have-names")
def test_no_other_style_sheet_holds_a_colour_of_its_own() -> None:
    own = {
        path.name: found
        for path in STYLES.glob("*.css")
        if path != TOKENS
        and (found := re.findall(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\(", path.read_text("utf-8")))
    }
    assert own == {}


def test_every_token_that_is_used_is_there_and_every_one_that_is_there_is_used() -> None:
    styles = "".join(path.read_text("utf-8") for path in STYLES.glob("*.css"))
    made = set(re.findall(r"(--guide-[\w-]+):", styles))
    used = set(re.findall(r"var\((--guide-[\w-]+)", styles))
    assert made == used
