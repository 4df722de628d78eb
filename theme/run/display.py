"""What labs use of IPython's module of this name, in the reader's browser."""

from collections.abc import Callable


class HTML:
    """A piece of a page."""

    def __init__(self, data: str) -> None:
        self.data = data


def display(shown: HTML) -> None:
    """Shows it below the cell, after what has been printed."""
    show(shown.data)


show: Callable[[str], object]  # the runner sets it for each block
