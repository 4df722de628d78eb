"""The tests of this guide, and the path of the repository."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]


def unmeasured() -> dict[str, str]:
    """The environment variables for a process of which coverage is not measured.

    Measuring takes more than twice as long, so this is for tools: a build, or another pytest.
    """
    return {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
