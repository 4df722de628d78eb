"""Which releases of Synapse are run, and what for: configuration elsewhere is made from this.

The newest one stands in `snippets/shared/release.py`, since the tools name it too. `make follow
RELEASE=1.164.0` moves it on, and everything here with it.
"""

from snippets.shared.release import COMPARED

__all__ = ["COMPARED", "ERAS", "HOSTS", "LIVE", "NEWEST", "OLD"]

# The one that the guide began with, and the newest: most is compared with these two.
OLD, NEWEST = COMPARED
# The releases that `make test` runs. 1.89.0 is the last one before the options of the backoff.
LIVE = ("1.89.0", *COMPARED)
# One release of each era of the limiter. Where the newest decides otherwise than the one before
# it did, an era begins: add it here.
ERAS = ("1.89.0", OLD, "1.91.2", "1.94.0", "1.95.1")
# Whose packages the releases that have no lock use, from the second name on.
HOSTS = {"1.80.0": "1.70.0", OLD: "1.81.0", "1.120.2": "1.110.0", NEWEST: "1.146.0"}
