"""Turns the values of each release into the eras that a recording stores."""

from collections.abc import Sequence
from typing import Any


def eras_of(values: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, list[list[Any]]]:
    """For each name its eras, as in `history.json`, from the values of each release, oldest first.

    An era is [release, value], or [release] where that release no longer has the name.
    """
    eras: dict[str, list[list[Any]]] = {}
    for number, (release, now) in enumerate(values):
        before = values[number - 1][1] if number else {}
        for name in {**before, **now}:
            if name not in now:
                eras[name].append([release])
            elif name not in before or before[name] != now[name]:
                eras.setdefault(name, []).append([release, now[name]])
    return dict(sorted(eras.items()))
