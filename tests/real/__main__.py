"""`python -m tests.real`: sets up every real program that the tests use, a line for each."""

import sys

from tests.real import Missing, chromium, synapse


def main() -> int:
    for release in synapse.releases():
        try:
            print(f"Synapse {release}: {synapse.python(release)}", flush=True)
        except Missing as missing:
            print(f"Synapse {release}: {missing}; its tests are skipped", file=sys.stderr)
    try:
        chromium.install()
        print(f"Chromium: {chromium.version()}", flush=True)
    except Missing as missing:
        print(f"Chromium: {missing}; its tests are skipped", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
