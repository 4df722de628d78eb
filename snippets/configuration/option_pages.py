"""The generated parts of the pages of options: what real Synapses do with each of them."""

import json
from collections.abc import Iterator
from typing import Any

from snippets.configuration.effects import effects, listed
from snippets.configuration.gone import HAD, every_gone_option, instead_of
from snippets.configuration.options import OPTIONS
from snippets.configuration.reading import paths
from snippets.configuration.sections import every_option, page_of
from snippets.configuration.shapes import NO_SWITCHES, Shape
from snippets.configuration.treatment import Treatment, treatments
from snippets.shared.history import Kind, options_of, read_history
from snippets.shared.markdown import code, table
from snippets.shared.release import COMPARED, OLDEST, parse_release

OLD, NEW = COMPARED
IN_DETAIL = {option.path: option for option in OPTIONS}  # in docs/configuration/options.md
_KINDS = {bool: Shape.SWITCH.value, str: Shape.TEXT.value, int: Shape.WHOLE.value}  # of defaults
MOST_ITEMS = 5  # of a default that is a list


def options_page(file: str) -> str:
    """How the options of a page are treated, in an answer box; then each with its anchor.

    Options of the top level come first, then each section with its own.
    """
    here = [option for option in every_option() if page_of(option).file == file]
    sections = {option.partition(".")[0] for option in here if "." in option}
    parts = [_answer(here)]
    alone = [option for option in here if option not in sections and "." not in option]
    if alone:
        parts.append("## On the top level")
        parts += map(_entry, alone)
    for section in sorted(sections):
        inside = [option for option in here if option.startswith(f"{section}.")]
        parts += [f"## {code(section)} {{ #{section} }}", _facts(section), *map(_entry, inside)]
    return "\n\n".join(parts)


def all_options() -> str:
    """A table of every option with its kind and its newest default, which the search leaves out."""
    rows = [
        (
            f"[{code(option)}](options/{page_of(option).file}.md#{anchor(option)})",
            ". ".join([kind(option), *_when(option)]),
            "" if option in NO_SWITCHES else _code_of(_defaults(option)[-1][2]),
        )
        for option in every_option()
    ]
    options = table(["Option", "Kind", "Default"], rows)
    # The search takes up again what stands behind an end of the same kind, such as a </div> inside.
    return f'<section data-search-exclude="true" markdown>\n\n{options}\n\n</section>'


def gone_options() -> str:
    """A table of the options that the newest release does not look up, and an older one did."""
    eras = {option: _defaults(option) for option in every_gone_option()}
    rows = [
        (
            code(option),
            _minor(found[-1][1])
            if found
            else f"before {_minor(OLDEST)}, such as in {_minor(HAD[option])}",
            instead_of(option, NEW) or "",
        )
        for option, found in eras.items()
    ]
    return table(["Option", "Up to", "What to do"], rows)


def anchor(option: str) -> str:
    """The name without the parts that the file chooses, if no other option has that name."""
    short = option.replace(".*", "")
    return option.replace("*", "-") if "*" in option and short in every_option() else short


def kind(option: str) -> str:
    """What an option accepts, in words."""
    if option in IN_DETAIL:
        return IN_DETAIL[option].kind.value
    if not (treatment := _newest(option)):
        return _KINDS.get(type(_defaults(option)[-1][2]), "kind not known")
    if treatment.shape is Shape.WORD:
        words = [code(word) for word in treatment.words]
        return f"one of {listed(words, 'or')}" if len(words) > 1 else f"text, such as {words[0]}"
    return "any value" if treatment.shape is Shape.ANY else treatment.shape.value


def _newest(option: str) -> Treatment | None:
    """What the newest release does of which an accepted value is known."""
    known = [treatments(release).get(option) for release in (NEW, OLD)]
    return next((one for one in known if one and _accepts(one)), None)


def _accepts(treatment: Treatment) -> bool:
    accepted = [one for one in treatment.outcomes.values() if not one.error]
    return bool(accepted or treatment.words)


def _answer(options: list[str]) -> str:
    known = [treatment for option in options if (treatment := treatments(NEW).get(option))]
    said = [effects(treatment) for treatment in known]
    counts = {
        "some values are refused": sum(
            "Refuses" in text and "no value" not in text for text in said
        ),
        "values of another kind are kept unchecked": sum("unchecked" in text for text in said),
        "the text `'false'` is read as true": sum("as true" in text for text in said),
    }
    found = [f"{what} by {number}" for what, number in counts.items() if number]
    return (
        f"/// answer\nValues were tried for {len(known)} of these {len(options)} options "
        f"on Synapse {NEW}: {listed(found)}.\n\n"
        "The words below are explained with [all options](../all-options.md#how-to-read-an-entry)."
        "\n///"
    )


def _entry(option: str) -> str:
    return f"### {code(option)} {{ #{anchor(option)} }}\n\n{_facts(option)}"


def _facts(option: str) -> str:
    """What is known of an option, in one paragraph that the search leaves out."""
    words = kind(option)
    said = [", ".join([words[0].upper() + words[1:], *_default(option)]), *_when(option)]
    if beside := _beside(option):
        said.append(f"Beside {listed(beside)}")
    if instead := instead_of(option, NEW):
        said.append(instead[0].upper() + instead[1:])
    text = f"{'. '.join(said)}. {_effects(option)}"
    if option in IN_DETAIL:
        text += f" [In detail](../options.md#{IN_DETAIL[option].name})."
    return f'{text}\n{{ data-search-exclude="true" }}'


def _effects(option: str) -> str:
    """What the newest release does; and the older one, if that is something else."""
    known = {release: treatments(release).get(option) for release in COMPARED}
    said = {release: effects(one) for release, one in known.items() if one}
    if NEW in said and said.get(OLD, said[NEW]) == said[NEW]:
        return said[NEW]
    if OLD in said:
        return f"{said.get(NEW, '')} In {_minor(OLD)}: {said[OLD]}".strip()
    if any(option in options_of(read_history(), release) for release in COMPARED):
        return "No tried value is read."
    return f"Neither {_minor(OLD)} nor {_minor(NEW)} has it."


def _beside(option: str) -> list[str]:
    """The options that it was tried beside, since it does more there."""
    treatment = _newest(option)
    found = list(paths(treatment.beside)) if treatment else []
    return [code(name) for name in found if name != option.partition(".")[0]]


def _default(option: str) -> Iterator[str]:
    """Its defaults, newest first."""
    newest, *older = reversed(_defaults(option))
    if newest[2] is not None and option not in NO_SWITCHES:
        yield f"default {_code_of(newest[2])}"
    for _, last, value in older:
        yield f"until {_minor(last)} {_code_of(value) or 'none'}"


def _defaults(option: str) -> list[tuple[str, str, Any]]:
    """The first and the last release with each default, oldest first."""
    return read_history().eras(Kind.OPTION, option)


def _when(option: str) -> Iterator[str]:
    """Which releases have the option, if not all of them do."""
    oldest, *_, newest = read_history().releases
    since, until = _defaults(option)[0][0], _defaults(option)[-1][1]
    if since != oldest:
        yield f"Since {_minor(since)}"
    if until != newest:
        yield f"Gone after {_minor(until)}"


def _code_of(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and len(value) > MOST_ITEMS:
        return f"{len(value)} items"
    return code(value if isinstance(value, str) and value else json.dumps(value))


def _minor(release: str) -> str:
    return ".".join(map(str, parse_release(release)))
