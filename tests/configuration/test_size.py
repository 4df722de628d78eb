"""Sizes are read as real Synapses read them."""

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from snippets.configuration.size import BadSize, parse_size
from tests.configuration.treated_values import SPREAD
from tests.real import synapse
from tests.real.fixtures import synapse_python
from tests.real.releases import COMPARED

DRIVER = Path(__file__).with_name("synapse_size_driver.py")
TRAPS = [
    "50K",
    "50M",
    "50G",
    "1T",
    "50 MB",
    "50MB",
    "1.5M",
    "50m",
    "M",
    "+5M",
    "-5M",
    "1_000K",
    " 5M",
]


def ours(value: Any, release: str) -> int | None:
    try:
        return parse_size(value, release=release)
    except BadSize:
        return None


@pytest.mark.parametrize(
    ("value", "size"), [("50M", 52_428_800), (7, 7), ("7", 7), ("2K", 2048), ("1G", 1_073_741_824)]
)
def test_a_size_is_a_whole_number_and_a_unit(value: object, size: int) -> None:
    assert parse_size(value) == size


@pytest.mark.parametrize("value", ["50 MB", "1.5M", "", "M", True, None, 1.5, []])
def test_anything_else_is_no_size_and_the_error_says_what_to_write(value: object) -> None:
    with pytest.raises(BadSize, match="write a whole number and one of K, M, G, T, such as 50M"):
        parse_size(value)


def test_before_1_93_there_is_no_gigabyte() -> None:
    with pytest.raises(BadSize, match="one of K, M, such as 50M"):
        parse_size("1G", release="1.92")
    assert parse_size("1G", release="1.93") == 1024**3


@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_sizes_are_read_as_by_synapse(release: str) -> None:
    rng = random.Random(release)
    made = [
        f"{rng.randint(-9, 999)}{rng.choice(['', *'KMGTkmgtBb', ' M', 'MB'])}" for _ in range(500)
    ]
    values = [*map(yaml.safe_load, SPREAD), *TRAPS, *made]
    read = synapse.ask(synapse_python(release), DRIVER, values)
    assert [ours(value, release) for value in values] == read
    assert len({size for size in read if size}) > 100
