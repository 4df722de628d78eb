"""`make record`: records how real Synapses read durations and options.

The values of all options take about 20 minutes on two cores.
"""

import ast
import datetime
import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from snippets.configuration import OPTIONS
from snippets.configuration.known import FILE as WORDS
from snippets.configuration.tables import CONFIGURATIONS, DURATIONS
from snippets.shared.history import read_history
from tests.configuration import configurations, durations, treatments
from tests.real import Missing, synapse
from tests.upgrade_notes.eras import eras_of

# Pairs of successive releases; the newer one has additional options.
NEIGHBOURS = (("1.86.0", "1.87.0"), ("1.89.0", "1.90.0"))
FILES = ("synapse/config/federation.py", "synapse/config/appservice.py")


def first_releases() -> dict[str, str | None]:
    """For each option the first release that has it, or None if all have it.

    Read from the releases' wheels, which are downloaded into a temporary folder.
    """
    texts = {
        release: "".join(synapse.wheel_files(release, FILES))
        for pair in NEIGHBOURS
        for release in pair
    }
    return {
        option.name: next(
            (
                newer.removesuffix(".0")
                for older, newer in NEIGHBOURS
                if f'"{option.name}"' in texts[newer] and f'"{option.name}"' not in texts[older]
            ),
            None,
        )
        for option in OPTIONS
    }


def words(text: str) -> dict[str, bool]:
    """The names that a module of Synapse's configuration could look up.

    `top NAME` is looked up in a variable called `config`, usually the whole file. `word NAME` is a
    string, an argument or a field in the code. These include names that are read by iteration,
    through `**`, or only if another option is set.
    """
    used = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case (
                ast.Call(ast.Attribute(ast.Name("config"), _), [ast.Constant(str() as name), *_])
                | ast.Subscript(ast.Name("config"), ast.Constant(str() as name))
                | ast.Compare(ast.Constant(str() as name), _, [ast.Name("config")])
            ):
                used.add(f"top {name}")
        match node:
            case ast.Constant(str() as value) if re.fullmatch(r"[\w.-]+", value):
                used.update(f"word {name}" for name in value.split(".") if name)
            case ast.keyword(str() as name) | ast.arg(name) | ast.AnnAssign(ast.Name(name)):
                used.add(f"word {name}")
    return dict.fromkeys(used, True)


def words_of(release: str) -> dict[str, bool]:
    """The same for a release's whole configuration, from its wheel."""
    used: dict[str, bool] = {}
    for text in synapse.wheel_files(release, ["synapse/config/*.py"]):
        used |= words(text)
    return used


def main() -> int:
    values = [yaml.safe_load(text) for text in durations.TRAPS]
    try:
        pythons = {release: synapse.python(release) for release in synapse.COMPARED}
        first = first_releases()
        found_words = [(release, words_of(release)) for release in read_history().releases]
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    _write(WORDS, {"names": eras_of(found_words)}, indent=None)
    read = {release: durations.synapses(python, values) for release, python in pythons.items()}
    _write(DURATIONS, {"traps": durations.TRAPS, "synapse": read})
    texts = configurations.CONFIGURATIONS
    effective = {
        release: configurations.synapses(python, texts) for release, python in pythons.items()
    }
    _write(CONFIGURATIONS, {"first": first, "texts": texts, "synapse": effective})
    treatments.main(datetime.date.today().isoformat())
    return 0


def _write(path: Path, content: dict[str, Any], indent: int | None = 2) -> None:
    recorded = {"recorded": datetime.date.today().isoformat(), **content}
    path.write_text(json.dumps(recorded, indent=indent) + "\n", "utf-8")
    print(f"recorded {path.name}")


if __name__ == "__main__":
    sys.exit(main())
