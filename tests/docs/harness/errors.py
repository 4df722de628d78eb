"""What the harness raises."""


class PageFailed(Exception):
    """Something on a page is wrong; the message is what the writer reads, the place first."""
