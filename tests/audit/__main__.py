"""`python -m tests.audit` measures the built site. Exits with 1 if a measure is missed."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.audit import browser, building, limits, node, pictures
from tests.real import Missing, chromium, mkdocs, website

HEAVIEST = 5


def note(text: str) -> None:
    """Progress, so that the output stays clean."""
    print(text, file=sys.stderr, flush=True)


class Audit:
    """The measures of one built site, and those that are missed."""

    def __init__(self, site: Path, paths: list[str], runs: int) -> None:
        self.site, self.paths, self.runs = site, paths, runs
        self.found: dict[str, Any] = {}
        self.missed: list[str] = []
        self.left_out: list[str] = []

    def pages(self) -> None:
        """Weight, elements, layout shift, heights, letters per line and printed sheets."""
        found = self.found["pages"] = {}
        with website.serve(self.site) as url, chromium.browser() as running:
            for path in self.paths:
                note(f"Page {path}")
                page = found[path] = browser.measure(running, self.site, url + path)
                wrong = limits.overweight(path, page["kB"], page["requests"], page["elements"])
                wrong += [
                    f"its layout shifts by {value} ({name})"
                    for name, value in page.items()
                    if name.startswith("shift") and value >= limits.LAYOUT_SHIFT
                ]
                if page["characters"] and int(page["characters"]) not in limits.CHARACTERS:
                    wrong.append(f"its lines have {page['characters']} characters, not 65 to 75")
                if path.startswith("/upgrade-notes/"):
                    for name, most in (("height 1440", limits.HEIGHT), ("sheets", limits.SHEETS)):
                        if page[name] > most:
                            wrong.append(f"{name} is {page[name]}, and at most {most} may be")
                self.missed += [f"{path}: {what}" for what in wrong]

    def lines(self) -> None:
        """The lines of our style sheets and scripts."""
        self._at_most("lines of style sheets", limits.style_lines(), limits.STYLE_LINES)
        for folder, most in limits.SCRIPT_LINES.items():
            self._at_most(f"lines of scripts in {folder}", limits.script_lines(folder), most)

    def build(self) -> None:
        """The seconds of a clean build, and until `mkdocs serve` shows an edit."""
        with tempfile.TemporaryDirectory(prefix="guide-audit-") as folder:
            note("Building the site")
            seconds = building.build_s(Path(folder, "site"))
        self._at_most("seconds of a clean build", round(seconds, 1), limits.BUILD_S)
        note("Editing a page under mkdocs serve")
        seconds = building.rebuild_s()
        self._at_most("seconds until an edit is shown", round(seconds, 1), limits.REBUILD_S)

    def html(self) -> None:
        """What html-validate finds in all pages."""
        note("Validating the HTML")
        mistakes = node.mistakes(self.site)
        self._at_most("mistakes in the HTML", len(mistakes), 0)
        self.missed += mistakes

    def lighthouse(self) -> None:
        """Lighthouse's scores of the heaviest pages, on a phone."""
        found = self.found["lighthouse"] = {}
        heaviest = sorted(
            self.paths, key=lambda path: -limits.compressed(limits.file_of(self.site, path))
        )
        with website.serve(self.site, compressing=True) as url:
            for path in heaviest[:HEAVIEST]:
                scores = found[path] = node.scores(url + path, self.runs, note)
                self.missed += [
                    f"{path}: Lighthouse gives {scores[name]:.0f} for {name}, not {least}"
                    for name, least in limits.SCORES.items()
                    if scores[name] < least
                ]

    def _at_most(self, name: str, number: float, most: float) -> None:
        self.found[name] = number
        if number > most:
            self.missed.append(f"{name}: {number}, and at most {most} may be")


MEASURES: dict[str, Callable[[Audit], None]] = {
    measure.__name__: measure
    for measure in (Audit.pages, Audit.lines, Audit.html, Audit.lighthouse, Audit.build)
}


def show(audit: Audit) -> None:
    """Prints the measures as a table for pages, and a line for each of the others."""
    for name, found in audit.found.items():
        if not isinstance(found, dict):
            print(f"{name}: {found}")
        elif found:
            columns = list(next(iter(found.values())))
            wide = max(map(len, found))
            print(f"\n{name:{wide}}  {'  '.join(columns)}")
            for path, values in found.items():
                cells = (f"{'' if v is None else v:>{len(c)}}" for c, v in values.items())
                print(f"{path:{wide}}  {'  '.join(cells)}")
    for reason in audit.left_out:
        print(f"\nLeft out: {reason}")
    print(f"\nMissed: {len(audit.missed)}")
    for what in audit.missed:
        print(f"  {what}")


@contextmanager
def built(folder: str | None) -> Iterator[Path]:
    """The site in a folder, or built for this audit."""
    if folder:
        yield Path(folder)
        return
    with tempfile.TemporaryDirectory(prefix="guide-audit-") as temporary:
        note("Building the site")
        site = Path(temporary, "site")
        mkdocs.build(site)
        yield site


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.audit", description=__doc__)
    parser.add_argument(
        "--only",
        action="append",
        choices=MEASURES,
        help="take only this measure (repeatable): "
        + "; ".join(f"{name}: {measure.__doc__}" for name, measure in MEASURES.items()),
    )
    parser.add_argument("--page", action="append", help="only this page, as /streams/ (repeatable)")
    parser.add_argument("--site", help="a folder with a built site; otherwise it is built")
    parser.add_argument("--runs", type=int, default=5, help="runs of Lighthouse for each page")
    parser.add_argument(
        "--pictures", metavar="FOLDER", help=f"measure nothing, but write there: {pictures.__doc__}"
    )
    parser.add_argument("--json", action="store_true", help="print the measures as JSON")
    chosen = parser.parse_args(arguments)
    if chosen.site and not Path(chosen.site, "_headers").is_file():
        parser.error(f"no built site in {chosen.site}: build it with mkdocs build -d FOLDER")
    if chosen.runs < 1:
        parser.error("--runs must be at least 1")
    try:
        with built(chosen.site) as site:
            every = limits.paths(site)
            if unknown := [path for path in chosen.page or [] if path not in every]:
                parser.error(f"no page {unknown[0]}: write its address, as {every[-1]}")
            if chosen.pictures:
                folder = Path(chosen.pictures)
                with chromium.browser() as running:
                    for file in pictures.take(running, site, chosen.page or every, folder):
                        print(file, flush=True)
                return 0
            audit = Audit(site, chosen.page or every, chosen.runs)
            for name in chosen.only or MEASURES:
                try:
                    MEASURES[name](audit)
                except Missing as missing:
                    audit.left_out.append(f"{name}: {missing}")
    except mkdocs.BuildFailed as failed:
        note(f"The site cannot be built: {failed}")
        return 1
    if chosen.json:
        report = {"left out": audit.left_out, "missed": audit.missed}
        print(json.dumps(audit.found | report, indent=2))
    else:
        show(audit)
    return 1 if audit.missed else 0


if __name__ == "__main__":
    sys.exit(main())
