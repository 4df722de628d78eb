"""Adds one release to what is recorded of all: the others are not run again.

`python -m tests.follow.history KIND RELEASE FORMER` observes one kind of `KINDS` and keeps it;
with `history` as the kind it puts them together, once all are there.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from snippets.shared.history import FILE, OPTION, History, joined, read_history
from tests.follow import FOUND
from tests.real import Missing, synapse
from tests.upgrade_notes.observations import KINDS, observed, overlooked
from tests.upgrade_notes.record import built, lacking, recorded, written


def kept(kind: str) -> Path:
    """Where the observations of one kind are kept until they are put together."""
    return FOUND / f"{kind}.json"


def before(release: str) -> dict[str, dict[str, Any]]:
    """Everything that is recorded of the releases before this one, oldest first."""
    old = read_history()
    names = [name for name in synapse.releases() if name != release]
    return {name: recorded(old, name, KINDS) for name in names}


def observe(kind: str, release: str, former: str) -> dict[str, Any]:
    """What is observed of the release. Raises Missing."""
    found = observed(release, [kind])
    if kind == "options":
        others = before(release)
        found |= dict.fromkeys(overlooked(release, *lacking({**others, release: found}, release)))
    return found


def not_new(found: dict[str, Any], release: str, former: str) -> list[str]:
    """The options that no release had until now, and that the former newest reads all the same.

    The search came upon them in the new release only. Raises Missing.
    """
    known = set().union(*before(release).values())
    names = {name for name in found if name.startswith(OPTION)} - known
    return sorted(overlooked(former, names, ())) if names else []


def together(release: str) -> History:
    """The history with the release. Raises FileNotFoundError where a kind was not observed."""
    old = read_history()
    found = before(release)
    found[release] = {}
    for kind in KINDS:
        found[release] |= json.loads(kept(kind).read_text("utf-8"))["found"]
    releases = {name: old.releases.get(name) or built(name) for name in found}
    return History(old.recorded, releases, joined(list(found.items())))


def main(kind: str, release: str, former: str) -> int:
    try:
        if kind in KINDS:
            found = observe(kind, release, former)
            about: dict[str, Any] = {"found": found}
            if kind == "options":
                about["not new"] = not_new(found, release, former)
            FOUND.mkdir(parents=True, exist_ok=True)
            kept(kind).write_text(json.dumps(about, indent=1) + "\n", "utf-8")
        else:
            FILE.write_text(written(together(release)), "utf-8")
    except (Missing, AssertionError) as why:
        print(why, file=sys.stderr)
        return 1
    except subprocess.TimeoutExpired as late:
        print(f"no answer in {late.timeout:.0f} s: is the machine busy?", file=sys.stderr)
        return 1
    except FileNotFoundError as missing:
        print(f"not observed yet: {Path(missing.filename).stem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
