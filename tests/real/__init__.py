"""The real programs that tests compare with: each is installed, started and stopped here.

`python -m tests.real` installs all of them. One that cannot be installed raises Missing; fixtures
turn that into a skipped test, or with CI=true into a failed one.
"""


class Missing(Exception):
    """A real program that this machine does not have; the message says how to get it."""
