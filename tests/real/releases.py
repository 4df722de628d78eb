"""Which releases of Synapse are run, and what for; other configuration is derived from this.

The newest one is in `snippets/shared/release.py`, since the tools name it too. `make follow
RELEASE=1.164.0` changes it, and with it everything here.
"""

from snippets.shared.release import COMPARED

__all__ = ["COMPARED", "ERAS", "HOSTS", "LIVE", "NEWEST", "OLD"]

# The release with which the guide began, and the newest one: most comparisons use these two.
OLD, NEWEST = COMPARED
# The releases that `make test` runs. 1.89.0 is the last one before the options of the backoff.
LIVE = ("1.89.0", *COMPARED)
# One release of each era of the limiter. If the newest one decides differently from the one before,
# an era begins: add it here.
ERAS = ("1.89.0", OLD, "1.91.2", "1.94.0", "1.95.1")
# Releases without a lock use the packages of these, from the second name on.
HOSTS = {"1.80.0": "1.70.0", OLD: "1.81.0", "1.120.2": "1.110.0", NEWEST: "1.146.0"}
