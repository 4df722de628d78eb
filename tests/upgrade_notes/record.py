"""`make record`: runs every minor release since 1.79, and records what changes between them.

This takes an hour on two cores, plus the download of 85 releases at the first time.
"""

import argparse
import datetime
import functools
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from snippets.shared.history import FILE, History, Kind, read_history
from tests.real import Missing, synapse
from tests.upgrade_notes.eras import eras_of
from tests.upgrade_notes.observations import OBSERVERS, Observations, observed, overlooked

DESCRIPTION = "Runs every minor release of Synapse and records what it is and does."
T = TypeVar("T")
ONLY = """record only these observations and keep the others; may be given several
times: facts (what a release is and how it reads configurations), options (what it looks up in
a file), answers (what a running homeserver answers). Without it everything is recorded."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.upgrade_notes.record")
    parser.description = DESCRIPTION
    parser.add_argument("--only", action="append", choices=OBSERVERS, metavar="WHICH", help=ONLY)
    only = parser.parse_args(arguments).only or list(OBSERVERS)
    names, old = synapse.releases(), read_history()
    if set(only) != set(OBSERVERS) and list(old.releases) != names:
        print("other releases are recorded: record everything, without --only", file=sys.stderr)
        return 2
    try:
        new = run(names, functools.partial(observed, only=only))
        if "options" in only:
            print("  and once more for the options that others look up", flush=True)
            options = {release: new[release][Kind.OPTION] for release in names}
            more = run(names, lambda release: overlooked(release, *lacking(options, release)))
            for release in names:
                options[release] |= dict.fromkeys(more[release])
        releases = old.releases
        if list(releases) != names:
            print("  and when each was built", flush=True)
            releases = {release: built(release) for release in names}
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    FILE.write_text(written(merged(old, releases, new)), "utf-8")
    print(f"recorded {len(new)} releases of Synapse")
    return 0


def run(names: list[str], look: Callable[[str], T]) -> dict[str, T]:
    """What `look` returns for each release. Prints progress. Raises Missing."""
    results: dict[str, T] = {}
    with ThreadPoolExecutor(2) as pool:
        for name, result in zip(names, pool.map(look, names), strict=True):
            results[name] = result
            print(f"  {name}, {len(results)} of {len(names)}", flush=True)
    return results


def lacking(options: dict[str, dict[str, Any]], release: str) -> tuple[set[str], set[str]]:
    """The options that only other releases look up, and those among them of an earlier one."""
    order = list(options)
    earlier = set().union(*(options[run] for run in order[: order.index(release)]))
    missing = set().union(*options.values()) - options[release].keys()
    return missing, earlier & missing


def merged(old: History, releases: dict[str, str], new: dict[str, Observations]) -> History:
    """The history with today's observations instead of the old ones of the same kind."""
    today = datetime.date.today().isoformat()
    tables = tables_of(new)
    days = {**old.recorded, **dict.fromkeys(tables, today)}
    tables = {**old.observations, **tables}
    return History(dict(sorted(days.items())), releases, dict(sorted(tables.items())))


def tables_of(observations: dict[str, Observations]) -> dict[str, dict[str, list[list[Any]]]]:
    """The tables of `history.json`, from the observations of each release, oldest first."""
    kinds = next(iter(observations.values())).keys()
    return {
        kind: eras_of([(release, values[kind]) for release, values in observations.items()])
        for kind in sorted(kinds)
    }


def built(release: str) -> str:
    """The day on which a release's wheel was built."""
    with synapse.wheel(release) as wheel:
        return datetime.date(*max(file.date_time[:3] for file in wheel.infolist())).isoformat()


def written(history: History) -> str:
    """The text of the file, with a line for each subject, so that diffs are readable."""
    tables = []
    for kind, subjects in history.observations.items():
        lines = [f"{json.dumps(name)}: {json.dumps(eras)}" for name, eras in subjects.items()]
        tables.append(f'"{kind}": {{\n' + ",\n".join(lines) + "\n}")
    head = {"recorded": history.recorded, "releases": history.releases}
    return f'{json.dumps(head)[:-1]},\n"observations": {{\n' + ",\n".join(tables) + "\n}\n}\n"


if __name__ == "__main__":
    sys.exit(main())
