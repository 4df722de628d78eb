"""Runs and checks what the pages of a documentation site show. See README.md in this folder.

A *page* is a Markdown file, a *fence* one fenced block of it, a *lab* a notebook that is stored as
a Python file. A *generated part* is text between cog's marks. Nothing here depends on one site: the
site is passed in.
"""

from .errors import PageFailed
from .fences import Fence, scan
from .site import Site

__all__ = ["Fence", "PageFailed", "Site", "scan"]
