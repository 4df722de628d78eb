"""What labs use of IPython's module of this name, in the reader's browser."""

from collections.abc import Callable

show: Callable[[str], object] = print  # the runner sets another one for each block


class HTML:
    """A piece of a page."""

    def __init__(self, data: str) -> None:
        self.data = data


def display(shown: HTML) -> None:
    """Shows it below the cell, after what has been printed."""
    show(shown.data)
