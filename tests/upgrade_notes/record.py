"""`make record`: runs every minor release since 1.79, and notes what changes from one to the next.

All of it takes an hour on two cores, and the first time the fetching of 85 releases besides.
"""

import argparse
import datetime
import functools
import json
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from snippets.shared.history import ABSENT, FILE, OPTION, History, joined, read_history
from tests.real import Missing, synapse
from tests.upgrade_notes.observations import KINDS, observed, overlooked

DESCRIPTION = "Runs every minor release of Synapse and records what was seen of it."
ONLY = """record this kind alone, once or more often, and keep the rest as it was recorded: facts
(what a release is and how it reads configurations), options (what it looks up in a file), answers
(what a running homeserver answers). Without it everything is recorded. The day of recording is
that of a recording of everything."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.upgrade_notes.record")
    parser.description = DESCRIPTION
    parser.add_argument("--only", action="append", choices=KINDS, metavar="KIND", help=ONLY)
    kinds = parser.parse_args(arguments).only or list(KINDS)
    names = synapse.releases()
    old = read_history()
    kept = [kind for kind in KINDS if kind not in kinds]
    if kept and list(old.releases) != names:
        print("other releases are recorded: record everything, without --only", file=sys.stderr)
        return 2
    try:
        found = run(names, functools.partial(observed, kinds=kinds))
        if "options" in kinds:
            print("  and once more for the options that others look up", flush=True)
            more = run(names, lambda name: overlooked(name, *lacking(found, name)))
            found = {name: found[name] | dict.fromkeys(more[name]) for name in names}
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    seen = joined([(name, recorded(old, name, kept) | found[name]) for name in names])
    if kept:
        history = History(old.recorded, old.releases, seen)
    else:
        print("  and when each was built", flush=True)
        today = datetime.date.today().isoformat()
        history = History(today, {name: built(name) for name in names}, seen)
    FILE.write_text(written(history), "utf-8")
    print(f"recorded {len(found)} releases of Synapse")
    return 0


def run(names: list[str], look: Callable[[str], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What is seen of each release. Says how far it is. Raises Missing."""
    found: dict[str, dict[str, Any]] = {}
    with ThreadPoolExecutor(2) as pool:
        for name, seen in zip(names, pool.map(look, names), strict=True):
            found[name] = seen
            print(f"  {name}, {len(found)} of {len(names)}", flush=True)
    return found


def lacking(found: dict[str, dict[str, Any]], release: str) -> tuple[set[str], set[str]]:
    """The options that were found at other releases alone, and of these those at an earlier one."""
    names = {run: {name for name in seen if name.startswith(OPTION)} for run, seen in found.items()}
    order = list(names)
    earlier = set().union(*(names[run] for run in order[: order.index(release)]))
    return set().union(*names.values()) - names[release], earlier - names[release]


def recorded(history: History, release: str, kinds: Iterable[str]) -> dict[str, Any]:
    """What is recorded of a release, of these kinds."""
    beginnings = tuple(beginning for kind in kinds for beginning in KINDS[kind])
    found = {
        name: history.value(name, release)
        for name in history.seen
        if beginnings and name.startswith(beginnings)
    }
    return {name: value for name, value in found.items() if value is not ABSENT}


def built(release: str) -> str:
    """The day on which a release's wheel was made."""
    with synapse.wheel(release) as wheel:
        return datetime.date(*max(file.date_time[:3] for file in wheel.infolist())).isoformat()


def written(history: History) -> str:
    """The file, with a line for each name, so that a change can be read."""
    lines = [f"{json.dumps(name)}: {json.dumps(values)}" for name, values in history.seen.items()]
    head = {"recorded": history.recorded, "releases": history.releases}
    return f'{json.dumps(head)[:-1]},\n"seen": {{\n' + ",\n".join(lines) + "\n}\n}\n"


if __name__ == "__main__":
    sys.exit(main())
