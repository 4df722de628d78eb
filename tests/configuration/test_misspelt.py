"""One wrong letter in the name of an option is named, with the right name."""

import random
import string
from collections.abc import Iterator
from itertools import groupby

import pytest
import yaml

from snippets.configuration.check import check
from snippets.configuration.known import OWN_NAMES, known
from snippets.shared.history import options_of, read_history
from snippets.shared.release import NEWEST
from tests.configuration.test_known import nested


def misspelt(rng: random.Random, name: str) -> Iterator[str]:
    """The name without a letter, with one more, and with another one."""
    at, letter = rng.randrange(len(name)), rng.choice(string.ascii_lowercase)
    yield name[:at] + name[at + 1 :]
    yield name[:at] + letter + name[at:]
    yield name[:at] + letter + name[at + 1 :]


@pytest.mark.proves("one-wrong-letter-is-named")
@pytest.mark.slow
@pytest.mark.no_cover
def test_a_wrong_letter_is_named_and_the_right_name_is_proposed() -> None:
    """Except where the file chooses the names, or Synapse itself refuses unknown ones."""
    rng, options = random.Random(17), options_of(read_history(), NEWEST)
    tried = named = right = 0
    for section, names in groupby(sorted(options), lambda option: option.rpartition(".")[0]):
        above = section.split(".") if section else []
        around = {".".join(above[:end]) for end in range(1, len(above) + 1)}
        if "*" in above or around & OWN_NAMES or not known(NEWEST).names(above):
            continue
        wrong = {
            ".".join([*above, other]): name
            for name in (option.rpartition(".")[2] for option in names)
            for other in misspelt(rng, name)
            if len(other) > 1 and ".".join([*above, other]) not in options
        }
        found = {
            problem.option: problem.advice
            for problem in check(yaml.safe_dump(nested(wrong)))
            if problem.code in ("unknown-option", "removed-option", "wrong-level")
        }
        tried += len(wrong)
        named += len(wrong.keys() & found.keys())
        right += sum(f"`{name}`" in found.get(other, "") for other, name in wrong.items())
    assert tried > 1500
    assert named == tried
    assert right >= 0.95 * tried, (right, tried)
