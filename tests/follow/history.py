"""Adds one release to the recorded history: the other releases are not run again.

`python -m tests.follow.history OBSERVER RELEASE FORMER` stores what one of `OBSERVERS` observes;
with `history` as OBSERVER it merges all stored observations into the history.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from snippets.shared.history import FILE, History, Kind, read_history
from tests.follow import FOUND, run_step
from tests.real import Missing, synapse
from tests.upgrade_notes.observations import OBSERVERS, Observations, observed, overlooked
from tests.upgrade_notes.record import built, lacking, tables_of, written


def kept(observer: str) -> Path:
    """The file with the observations of one observer, until they are merged."""
    return FOUND / f"{observer}.json"


def before(release: str) -> dict[str, Observations]:
    """All recorded observations of the releases before this one, oldest first."""
    old = read_history()
    names = [name for name in synapse.releases() if name != release]
    return {name: {kind: old.values(kind, name) for kind in Kind} for name in names}


def observe(observer: str, release: str) -> Observations:
    """The observations of the release. Raises Missing."""
    observations = observed(release, [observer])
    if observer == "options":
        options = {name: values[Kind.OPTION] for name, values in before(release).items()}
        options[release] = observations[Kind.OPTION]
        more = overlooked(release, *lacking(options, release))
        observations[Kind.OPTION] |= dict.fromkeys(more)
    return observations


def not_new(options: Iterable[str], release: str, former: str) -> list[str]:
    """The options that look new, but that the former newest release reads too.

    The search found them only in the new release. Raises Missing.
    """
    known = {name for values in before(release).values() for name in values[Kind.OPTION]}
    names = set(options) - known
    return sorted(overlooked(former, names, ())) if names else []


def together(release: str) -> History:
    """The history with the release added. Raises Missing if an observer was not run."""
    old = read_history()
    observations = before(release)
    observations[release] = {}
    for observer in OBSERVERS:
        if not kept(observer).exists():
            raise Missing(f"not observed yet: {observer}")
        stored = json.loads(kept(observer).read_text("utf-8"))["found"]
        observations[release] |= {Kind(kind): values for kind, values in stored.items()}
    releases = {name: old.releases.get(name) or built(name) for name in observations}
    return History(old.recorded, releases, tables_of(observations))


def main(observer: str, release: str, former: str) -> None:
    if observer not in OBSERVERS:
        FILE.write_text(written(together(release)), "utf-8")
        return
    found = observe(observer, release)
    about: dict[str, Any] = {"found": found}
    if observer == "options":
        about["not new"] = not_new(found[Kind.OPTION], release, former)
    FOUND.mkdir(parents=True, exist_ok=True)
    kept(observer).write_text(json.dumps(about, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(run_step(main, *sys.argv[1:]))
