"""Following Synapse: `python -m tests.follow 1.164.0` makes a release the newest one that is run.

`steps` lists the steps in their order; each is a separate command, so it reads the files as the
step before left them. `edits` changes the files that name releases, `environment` installs,
`history` adds the observations of the release to the history, `compare` looks for differences in
limiter, generator and streams, and `summary` says in ten lines what changed and what is left for
you.
"""

import subprocess
import sys
from collections.abc import Callable

from tests import ROOT as ROOT
from tests.real import Missing

FOUND = ROOT / ".cache" / "follow"  # the steps done, and their results


class Impossible(Exception):
    """A step that cannot be done; the message says why, in one line."""


def order(release: str) -> tuple[int, ...]:
    """The numbers of a release such as 1.163.2, which can be compared."""
    return tuple(int(part) for part in release.split("."))


def run_step(step: Callable[..., None], *arguments: str) -> int:
    """Runs a step that uses real programs; returns 0, or 1 after printing why it failed."""
    try:
        step(*arguments)
    except Missing as missing:
        print(" ".join(str(missing).split()), file=sys.stderr)
    except AssertionError as why:  # a driver's own error
        print(why, file=sys.stderr)
    except subprocess.TimeoutExpired as late:
        print(f"no answer in {late.timeout:.0f} s: is the machine busy?", file=sys.stderr)
    else:
        return 0
    return 1
