"""Tries values for an option in files in which the release reads it.

This file runs in the environment of a release. Each line that it reads is a mapping as JSON

- `option`: a name with dots, `*` for an item of a list or for a name that the file chooses;
- `values`: what to try;
- `needs`: the rest of the file, or null to search for it.

Each answer has

- `bare`: the outcome of each value in the minimal file, if the option has a place there. An outcome
  is `["refuses", error]`, or `["reads", changed attributes, warnings]`. An attribute whose new
  value is the value of the file itself is `=`; one that differs at each start is `?`;
- `needs`: the least rest of a file in which more values change what is read, if there is one;
- `there`: the outcomes in that file;
- `words`: the words in the code that the option accepts, if it refuses others.

If `needs` is given, the answer has only `there`, and `files`: the files that were read.
"""

import contextlib
import functools
import io
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.real.driver import LEAST, serve
from tests.upgrade_notes.synapse_options_driver import taken
from tests.upgrade_notes.synapse_reading import (
    BASES,
    KEPT,
    MADE_UP,
    parsed,
    put,
    sections,
    shape,
)

Place = tuple[str, ...]
Outcome = list[Any]
LONGEST = 160
UNLIKELY = "quite_unlikely"
MOST_WORDS = 15  # more are no enumeration, but accepted for their form
LEFT_OUT = {"left": "out"}
# Values that show in which file an option matters.
PROBES: tuple[Any, ...] = (
    UNLIKELY, True, 7, "7m", "https://one.example", [UNLIKELY], {UNLIKELY: {}},
    False, [], {}, None,
)  # fmt: skip
MEANT = 7  # so many of them are what somebody could mean; the rest is rather nothing
HTTPS = {
    "listeners": [{"port": 1, "type": "http", "tls": True}],
    "tls_certificate_path": "a_file",
    "tls_private_key_path": "a_file",
}
# The files to search in: the minimum, then those that need more, then those that need less.
FILES = (
    dict(LEAST),
    {**LEAST, **HTTPS},
    *({**taken(base), **LEAST} for base in BASES if len(base) > len(LEAST)),
    *({name: value for name, value in LEAST.items() if name != left} for left in LEAST),
)
RICHEST = FILES[2]


# -- What the release does with a file --


def read(given: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Every attribute of every section, and what was logged or printed. Raises what it raises.

    Each file is read in a folder with nothing but `a_file`: Synapse makes folders for some paths.
    """
    KEPT.lines.clear()
    for made in set(os.listdir()) - {"a_file"}:
        shutil.rmtree(made) if Path(made).is_dir() else Path(made).unlink()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        config = parsed(given)
    attributes = {
        f"{kind.section}.{name}": shape(value)
        for kind, section in zip(config.config_classes, sections(config), strict=False)
        for name, value in vars(section).items()
        if name != "root"
    }
    return attributes, [*KEPT.lines, *filter(None, printed.getvalue().split("\n"))]


def outcome(
    control: tuple[dict[str, Any], list[str]], given: dict[str, Any], value: Any
) -> Outcome:
    """The difference that the file makes, compared with the control."""
    try:
        attributes, said = read(given)
    except (Exception, SystemExit) as raised:
        return ["refuses", clipped(general(f"{type(raised).__name__}: {raised}", value))]
    before, said_before = control
    changed = {
        name: part for name, part in attributes.items() if part != before.get(name, UNLIKELY)
    }
    if any(part != shape(value) for part in changed.values()):
        again, _ = read(given)
        changed |= {name: "?" for name in changed if again[name] != attributes[name]}
    return [
        "reads",
        {name: plain(part, value) for name, part in sorted(changed.items())[:3]},
        [clipped(line) for line in said if line not in said_before],
    ]


def plain(part: Any, value: Any) -> str:
    if part == shape(value):
        return "="
    return clipped(part.partition(" ")[2] or part) if isinstance(part, str) else "…"


def general(error: str, value: Any) -> str:
    """The error, with `VALUE` instead of the value itself, so that alike errors are equal.

    The parts of a set are sorted: Python shows them in another order at each start.
    """
    for part in (repr(value), str(value)):
        if len(part) > 2 or (not isinstance(value, str) and value is not None):
            error = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", "VALUE", error)
    return re.sub(r"\{('\w+'(?:, '\w+')+)\}", in_order, error)


def in_order(shown: re.Match[str]) -> str:
    return f"{{{', '.join(sorted(shown[1].split(', ')))}}}"


def clipped(text: str) -> str:
    """The text on one line, without what differs between two runs."""
    text = " ".join(re.sub(r"0x[0-9a-f]{6,}|/tmp/\S*", "…", text).split())
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


# -- The file around an option --


def without(given: Any, place: Place) -> Any:
    """The file without the option."""
    step, rest = place[0], place[1:]
    if isinstance(given, list):
        return [without(item, rest) if rest else item for item in given]
    if not isinstance(given, dict):
        return given
    step = MADE_UP if step == "*" else step
    if rest and step in given:
        return {**given, step: without(given[step], rest)}
    return {name: value for name, value in given.items() if name != step}


def control_of(base: dict[str, Any], place: Place) -> tuple[dict[str, Any], list[str]] | None:
    """The reading of the file without the option, or as it is if the option is required."""
    for given in (without(base, place), base):
        with contextlib.suppress(Exception, SystemExit):
            return read(given)
    return None


def profile(base: dict[str, Any], place: Place, values: Iterable[Any]) -> list[Outcome] | None:
    """The outcome of each value in this file; None if the file has no place for the option."""
    try:
        files = [(put(base, place, value), value) for value in values]
    except LookupError:
        return None
    control = control_of(base, place)
    if control is None:
        control = ({}, [])
        for given, _ in files:
            with contextlib.suppress(Exception, SystemExit):
                control = read(given)
                break
    return [outcome(control, given, value) for given, value in files]


def weight(outcomes: list[Outcome] | None) -> tuple[int, int]:
    """How much an option matters in a file: for how many values, and for the file's acceptance."""
    outcomes = outcomes or []
    changing = sum(1 for one in outcomes if one[0] == "reads" and one[1])
    different = {one[0] for one in outcomes}
    return changing, len(different)


def richest(place: Place) -> tuple[dict[str, Any], list[Outcome]] | None:
    """A file in which the option matters more than in the minimal one."""
    best, found, files = (-1, -1), None, FILES[1:]
    if "*" not in place:  # otherwise the minimal file has no item to put it into
        bare = profile(FILES[0], place, PROBES) or []
        best = weight(bare)
        if any(one[0] == "reads" and one[1] for one in bare[:MEANT]):
            files = (RICHEST,)  # what it is read into is known
    for base in files:
        outcomes = profile(base, place, PROBES)
        if outcomes and weight(outcomes) > best:
            best, found = weight(outcomes), (base, outcomes)
    return found


def reduced(base: dict[str, Any], place: Place, wanted: list[Outcome]) -> dict[str, Any]:
    """The file without everything that makes no difference to the outcomes."""

    def alike(given: dict[str, Any]) -> bool:
        return profile(given, place, PROBES) == wanted

    alone = {name: value for name, value in base.items() if name in LEAST or name == place[0]}
    if alone != base and alike(alone):
        base = alone
    for part in list(parts(base, ())):
        fewer = without(base, part)
        kept = part == place[: len(part)] or part[0] in LEAST
        if not kept and fewer != base and alike(fewer):
            base = fewer
    return fewer if alike(fewer := without(base, place)) else base


def parts(given: Any, above: Place) -> Iterator[Place]:
    """The places in a file, outer ones first."""
    if isinstance(given, dict):
        for name, value in given.items():
            yield (*above, name)
            yield from parts(value, (*above, name))
    elif isinstance(given, list) and given:
        yield from parts(given[0], (*above, "*"))


# -- Words --


def words(base: dict[str, Any], place: Place) -> list[str]:
    """The words of the code that the option accepts, also beside others, if it refuses others."""
    some = profile(base, place, [UNLIKELY, True, 7, "7m", [UNLIKELY], {UNLIKELY: {}}]) or []
    if not some or any(one[0] == "reads" for one in some):
        return []  # it accepts more than words
    candidates, found = constants(place), set()
    for file in (base, RICHEST):
        tried = profile(file, place, candidates) or []
        found |= {word for word, one in zip(candidates, tried, strict=False) if one[0] == "reads"}
    return sorted(found) if len(found) <= MOST_WORDS else []


def constants(place: Place) -> list[str]:
    """The words in the modules of the configuration that mention the option."""
    found = set(words_of("synapse.api.constants"))
    for name in list(sys.modules):
        if name.startswith("synapse.config.") and name != "synapse.config._base":
            code = set(words_of(name))
            if place[-1] in code or place[0] in code:
                found |= code
    return sorted(word for word in found if re.fullmatch(r"[A-Za-z][\w+-]{1,30}", word))


@functools.cache
def words_of(module: str) -> list[str]:
    loader: Any = sys.modules[module].__loader__
    return list(_constants(loader.get_code(module)))


def _constants(code: Any) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, tuple | frozenset):
            yield from (part for part in constant if isinstance(part, str))
        elif hasattr(constant, "co_consts"):
            yield from _constants(constant)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    place, values = tuple(request["option"].split(".")), request["values"]
    if (needs := request["needs"]) is not None:
        base = {n: value for n, value in {**LEAST, **needs}.items() if value != LEFT_OUT}
        return {
            "files": [put(base, place, value) for value in values],
            "there": profile(base, place, values),
        }
    rich = richest(place)
    beside = reduced(rich[0], place, rich[1]) if rich else None
    return {
        "bare": None if beside and "*" in place else profile(FILES[0], place, values),
        "needs": rest(beside),
        "there": profile(beside, place, values) if beside else None,
        "words": words(beside or FILES[0], place),
    }


def rest(base: dict[str, Any] | None) -> dict[str, Any] | None:
    """The file without the minimum, whose missing parts are named."""
    if base is None:
        return None
    added = {name: value for name, value in base.items() if LEAST.get(name) != value}
    return {**added, **{name: LEFT_OUT for name in LEAST if name not in base}}


if __name__ == "__main__":
    Path("a_file").write_text("text", "utf-8")
    serve(answer)
