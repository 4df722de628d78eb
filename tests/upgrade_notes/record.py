"""`make record`: runs every minor release since 1.79, and notes what changes from one to the next.

That takes about ten minutes, and the first time the fetching of 85 releases besides.
"""

import datetime
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from snippets.shared.history import FILE, History, joined
from tests.real import Missing, synapse
from tests.upgrade_notes.observations import observed


def main() -> int:
    names = synapse.releases()
    found: list[tuple[str, dict[str, Any]]] = []
    try:
        with ThreadPoolExecutor(2) as pool:
            for release, seen in zip(names, pool.map(observed, names), strict=True):
                found.append((release, seen))
                print(f"  {release}, {len(found)} of {len(names)}", flush=True)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    print("  and when each was built", flush=True)
    history = History(
        datetime.date.today().isoformat(), {name: built(name) for name in names}, joined(found)
    )
    FILE.write_text(written(history), "utf-8")
    print(f"recorded {len(found)} releases of Synapse")
    return 0


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
