"""Runs and checks what the pages of a documentation site show. See README.md beside this file.

A page is a Markdown file, a fence one fenced block of it, a lab a notebook kept as a Python
file. A generated part is text between cog's marks. Nothing here knows the site: it is passed in.
"""

from .errors import PageFailed
from .fences import Fence, scan
from .site import Site

__all__ = ["Fence", "PageFailed", "Site", "scan"]
