"""`make update`: writes into the pages what their blocks print, then the generated tables."""

import json
import re
import sys
from pathlib import Path

from cogapp import Cog

from tests.docs.fences import ROOT, Fence, pages, scan
from tests.docs.figures import PROOF, figures
from tests.docs.run import FenceFailed, run_fence, same_output


def updated(page: Path, text: str) -> str:
    """The page's text with every output as the run printed it. Raises FenceFailed."""
    lines = text.splitlines()
    for fence in reversed(scan(page, text)):
        if fence.language == "python" and not fence.not_run:
            actual = run_fence(fence)
            if not same_output(fence.output.text if fence.output else "", actual):
                _write(lines, fence, actual)
    return "\n".join(lines) + "\n"


def _write(lines: list[str], fence: Fence, actual: str) -> None:
    """Puts `actual` into the block below `fence`; adds that block, or takes it away."""
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


def cog(*options: str) -> int:
    """Runs the generators that stand in the pages' comments; 0 when all went well."""
    files = [str(page) for page in pages() if "[[[cog" in page.read_text("utf-8")]
    return int(Cog().main(["cog", "-P", "-I", str(ROOT), *options, *files]) or 0)


def main() -> int:
    for page in pages():
        text = page.read_text("utf-8")
        try:
            new = updated(page, text)
        except FenceFailed as error:
            print(error, file=sys.stderr)
            return 1
        if new != text:
            page.write_text(new, "utf-8")
            print(f"rewrote outputs in {page.relative_to(ROOT)}")
    PROOF.write_text(json.dumps(figures(), indent=2) + "\n", "utf-8")
    return cog("-r")


if __name__ == "__main__":
    sys.exit(main())
