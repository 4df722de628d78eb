"""What an option does with values that are not of its kind, in few words."""

from collections.abc import Collection, Iterable, Sequence

from snippets.configuration.outcomes import AS_WRITTEN, spread
from snippets.configuration.reading import judged
from snippets.configuration.shapes import Shape
from snippets.configuration.treatment import Treatment
from snippets.configuration.values import Value
from snippets.shared.markdown import code

EMPTY = ("false", "0", "''", "null", "[]", "{}")
# The values of the spread that a reader thinks of as one. Texts that mean something else, such as
# `10m` and `'false'`, are in none.
GROUPS = {
    "`true`": ("true",),
    "`1`": ("1",),
    "positive numbers": ("10:00", "100000"),
    "negative numbers": ("-1",),
    "fractions": ("1.5",),
    "non-empty text": (
        "1h30m", "text", "https://one.example", "one.example", "'@one:example.com'",
        "'#one:example.com'", "127.0.0.0/8",
    ),
    "non-empty lists": tuple(text for text in spread() if text.startswith("[") and text != "[]"),
    "non-empty mappings": tuple(text for text in spread() if text.startswith("{") and text != "{}"),
    **{code(text): (text,) for text in EMPTY},
}  # fmt: skip
ODD = ("'false'", "'true'", "10m", "50M", "'10'")
_EMPTY = [code(text) for text in EMPTY]

# Groups that have one name together, larger ones first. Beside all empty values, what is not empty
# is not said.
_JOINED: Sequence[tuple[str, Collection[str]]] = (
    ("numbers", ("`1`", "positive numbers", "negative numbers", "fractions", "`0`")),
    ("whole numbers", ("`1`", "positive numbers", "negative numbers", "`0`")),
    ("true and false", ("`true`", "`false`")),
    ("text", ("non-empty text", "`''`")),
    ("lists", ("non-empty lists", "`[]`")),
    ("mappings", ("non-empty mappings", "`{}`")),
    ("numbers but `0`", ("`1`", "positive numbers", "negative numbers", "fractions")),
    ("positive numbers", ("`1`", "positive numbers")),
)  # fmt: skip
_WHOLE = ("`1`", "positive numbers", "negative numbers")

# The groups that an option of a kind is for. What a switch reads is said otherwise.
_MEANT: dict[Shape, Collection[str]] = {
    Shape.DURATION: _WHOLE,
    Shape.SIZE: _WHOLE,
    Shape.WHOLE: _WHOLE,
    Shape.NUMBER: (*_WHOLE, "fractions"),
    Shape.SWITCH: GROUPS,
    Shape.WORD: ("non-empty text",),
    Shape.TEXT: ("non-empty text",),
    Shape.LIST: ("non-empty lists",),
    Shape.MAPPING: ("non-empty mappings",),
    Shape.ANY: GROUPS,
}

_READ_AS: dict[Shape, Collection[str]] = {  # odd texts that an option of a kind reads anyway
    Shape.DURATION: ODD,
    Shape.SIZE: ODD,
    Shape.WHOLE: ("'10'",),
    Shape.NUMBER: ("'10'",),
    Shape.SWITCH: ("'false'", "'true'"),
    Shape.WORD: ODD,
}
_RIGHT = {  # that it is accepted with the right content is known only of some
    Shape.LIST: ("non-empty lists", "lists of the right items"),
    Shape.MAPPING: ("non-empty mappings", "mappings with the right options"),
}
_NAMED = {Shape.DURATION: "durations", Shape.SIZE: "sizes", Shape.WORD: "these words"}


def effects(treatment: Treatment) -> str:
    """Sentences on which values are refused, which are kept unchecked, misread or warned of.

    A group of values is refused if each tried one is. "some lists" are lists of which at least one
    is refused and at least one is not.
    """
    outcomes = treatment.outcomes
    refused = {text for text, outcome in outcomes.items() if outcome.error}
    kept = {text for text, outcome in outcomes.items() if AS_WRITTEN in outcome.changed.values()}
    said = [*_refused(treatment, refused), *_unchecked(treatment.shape, kept), *_misread(treatment)]
    return " ".join(said) or "Refuses no value that was tried."


def _refused(treatment: Treatment, refused: set[str]) -> Iterable[str]:
    whole = [group for group, values in GROUPS.items() if refused.issuperset(values)]
    part = {
        group: next(text for text in values if text in refused)
        for group, values in GROUPS.items()
        if group not in whole and refused.intersection(values)
    }
    special = _special(treatment, refused)
    names = [
        *_joined(whole),
        *(f"some {group}, such as {code(text)}" for group, text in part.items()),
    ]
    left = [*special, *_joined(group for group in GROUPS if group not in {*whole, *part})]
    left += [f"some {group}" for group in part]
    left += _odd(treatment, refused) if not any("text" in name for name in left) else []
    if not left:
        yield "Refuses each value that was tried."
    elif len(left) < len(names) or special:
        yield f"Refuses all but {listed(left)}."
    elif names:
        yield f"Refuses {listed(names)}."


def _special(treatment: Treatment, refused: set[str]) -> list[str]:
    """What is accepted that is in no group."""
    if treatment.shape in _RIGHT:
        group, right = _RIGHT[treatment.shape]
        return [right] if refused.issuperset(GROUPS[group]) else []
    if "text" not in refused:
        return []
    if treatment.shape is Shape.WORD and len(treatment.words) == 1:
        return [f"{code(treatment.words[0])} of what was tried"]
    if treatment.shape in _NAMED:
        return [_NAMED[treatment.shape]]
    return [] if "a_file" in refused else ["paths of files"]


def _odd(treatment: Treatment, refused: set[str]) -> list[str]:
    """The accepted texts that are in no group, unless the kind of the option says so."""
    said = _READ_AS.get(treatment.shape, ())
    return [code(text) for text in ODD if text not in (*said, *refused)]


def _unchecked(shape: Shape, kept: set[str]) -> Iterable[str]:
    groups = [group for group, values in GROUPS.items() if kept.issuperset(values)]
    groups = [group for group in groups if group not in _EMPTY]
    if len(groups) == len(GROUPS) - len(_EMPTY) and shape is not Shape.SWITCH:
        yield "Kept as it is." if shape is Shape.ANY else "Keeps any value unchecked."
    elif unchecked := [group for group in groups if group not in _MEANT[shape]]:
        yield f"Keeps {listed(_joined([*unchecked, *_EMPTY])[:-1])} unchecked."


def _misread(treatment: Treatment) -> Iterable[str]:
    """What is read as something else than the file seems to say, and what is warned of."""
    outcome = treatment.outcomes["'false'"]
    value = Value("false", "false", "'")
    for finding in judged(treatment, value, outcome):
        if finding.code == "not-true-or-false" and finding.effective.endswith("true"):
            yield "Reads `'false'` as true."
    read = [outcome for outcome in treatment.outcomes.values() if not outcome.error]
    if warned := sum(bool(outcome.warnings) for outcome in read):
        yield "Warns." if warned == len(read) else "Warns of some values."


def _joined(groups: Iterable[str]) -> list[str]:
    """Short names for the groups."""
    found = list(groups)
    all_empty = set(_EMPTY).issubset(found)
    if all_empty:
        found = [group for group in found if group not in _EMPTY]
    for name, parts in _JOINED:
        needed = [part for part in parts if not (all_empty and part in _EMPTY)]
        if set(needed).issubset(found):
            at = found.index(needed[0])
            found = [name if n == at else group for n, group in enumerate(found)
                     if n == at or group not in needed]  # fmt: skip
    return [*found, "empty values"] if all_empty else found


def listed(names: Sequence[str], before_last: str = "and") -> str:
    """The names in a sentence."""
    *first, last = names
    return f"{', '.join(first)} {before_last} {last}" if first else last
