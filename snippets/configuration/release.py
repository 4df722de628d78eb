"""Releases of Synapse, as people write them."""

import re

NEWEST = "1.163"  # the newest release that this guide was compared with


def parse_release(release: str) -> tuple[int, int]:
    """The release's two numbers, which compare: (1, 90) for `1.90`, `1.90.0` or `v1.90.0rc1`.

    Raises ValueError for anything else.
    """
    match = re.fullmatch(r"v?(\d{1,4})\.(\d{1,4})(\.\d+)?((a|b|rc)\d+)?", release, re.ASCII)
    if not match:
        raise ValueError(f"{release!r} is no release of Synapse: write two numbers, such as 1.90")
    return int(match[1]), int(match[2])
