"""`pytest --update-pages`: rewrites outputs, published figures and generated parts."""

import json
import re
import sys
from pathlib import Path

from .block import same_output
from .errors import PageFailed
from .fences import Fence
from .generated import has_generated, write_generated
from .run import run_fence
from .site import Site


def update(site: Site) -> int:
    """Rewrites the pages and prints their names; returns 0, or 1 with the reason on stderr."""
    pages = site.find_pages()
    try:
        if not pages:
            raise PageFailed(f"{site.root}: no page matches {', '.join(site.pages)}")
        for page in pages:
            text = page.read_text("utf-8")
            new = updated(site, page, text)
            if new != text:
                page.write_text(new, "utf-8")
                print(f"rewrote outputs in {page.relative_to(site.root)}")
        for path, figures in site.published.items():
            (site.root / path).write_text(json.dumps(figures(), indent=2) + "\n", "utf-8")
        for page in pages:
            if has_generated(page.read_text("utf-8")):
                print(write_generated(site.root, page), end="")
    except PageFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


def updated(site: Site, page: Path, text: str) -> str:
    """The page's text, with every output as it was printed. Raises PageFailed."""
    lines = text.splitlines()
    for fence in reversed(site.scan(page, text)):
        if fence.language == "python" and not fence.not_run:
            actual = run_fence(fence)
            if not same_output(fence.output.text if fence.output else "", actual):
                _write(lines, fence, actual)
        elif fence.language in site.writers and not fence.not_run:
            try:
                text = site.writers[fence.language](fence)
            except ValueError as error:
                raise PageFailed(f"{fence.where}: {error}") from error
            lines[fence.line : fence.end - 1] = [
                (fence.indent + line).rstrip() for line in text.splitlines()
            ]
    return "\n".join(lines) + "\n"


def _write(lines: list[str], fence: Fence, actual: str) -> None:
    """Puts `actual` into the block below `fence`; adds or removes that block if needed."""
    printed = [line.rstrip() for line in actual.rstrip().splitlines()]
    ticks = max(["``", *re.findall(r"`{3,}", actual)], key=len) + "`"
    block = [f"{ticks}text", *printed, ticks]
    indented = [(fence.indent + line).rstrip() for line in block]
    if fence.output and actual.strip():
        lines[fence.output.line - 1 : fence.output.end] = indented
    elif fence.output:
        del lines[fence.end : fence.output.end]
    else:
        lines[fence.end : fence.end] = [fence.indent.rstrip(), *indented]
