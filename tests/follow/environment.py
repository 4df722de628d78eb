"""Installs the release, and the former newest release with its packages.

`python -m tests.follow.environment RELEASE FORMER`.
"""

import sys

from tests.follow import run_step
from tests.real import synapse


def main(release: str, former: str) -> None:
    for name in (release, former):
        synapse.python(name)


if __name__ == "__main__":
    sys.exit(run_step(main, *sys.argv[1:]))
