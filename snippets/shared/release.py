"""Releases of Synapse, as people write them."""

import re

OLDEST = "1.79"  # the oldest release that was run for this guide
NEWEST_RUN = "1.163.2"  # the newest one; `make follow` updates it
NEWEST = ".".join(NEWEST_RUN.split(".")[:2])
COMPARED = ("1.90.0", NEWEST_RUN)  # most comparisons are with these two
LATEST = "latest"


def parse_release(release: str) -> tuple[int, int]:
    """The release as a pair of numbers that can be compared: (1, 90) for `1.90`, `1.90.0` or
    `v1.90.0rc1`.

    Raises ValueError for anything else.
    """
    match = re.fullmatch(r"v?(\d{1,4})\.(\d{1,4})(\.\d+)?((a|b|rc)\d+)?", release, re.ASCII)
    if not match:
        raise ValueError(
            f"{release!r} is not a release of Synapse: write two numbers, such as 1.90"
        )
    return int(match[1]), int(match[2])


def known_release(release: str) -> str:
    """The release, if this guide ran it; NEWEST for `latest`. Raises ValueError for another."""
    if release == LATEST:
        return NEWEST
    if not parse_release(OLDEST) <= parse_release(release) <= parse_release(NEWEST):
        known = f"write one from {OLDEST} to {NEWEST}, or {LATEST}"
        raise ValueError(f"Synapse {release} was not run for this guide: {known}")
    return release
