"""The error that the harness raises."""


class PageFailed(Exception):
    """Something on a page is wrong; the message is for the writer and begins with the place."""
