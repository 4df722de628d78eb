"""The real programs that tests compare with: how each is had, started and stopped.

`python -m tests.real` sets all of them up. What cannot be had raises Missing; fixtures turn
that into a skipped test, and with CI=true into a failed one.
"""


class Missing(Exception):
    """A real program that this machine does not have; the message says how to get it."""
