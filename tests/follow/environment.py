"""Installs the release, and the former newest beside its packages.

`python -m tests.follow.environment RELEASE FORMER`.
"""

import sys

from tests.real import Missing, synapse


def main(release: str, former: str) -> int:
    try:
        for name in (release, former):
            synapse.python(name)
    except Missing as missing:
        print(" ".join(str(missing).split()), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
