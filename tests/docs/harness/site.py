"""What the harness needs to know of a documentation site: its pages and their checkers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .checkers import PARSERS, Checker
from .errors import PageFailed
from .fences import Fence, scan
from .generated import check_generated
from .run import check_fence


@dataclass(frozen=True)
class Site:
    """Everything that a project tells the harness. Paths and patterns start at `root`."""

    root: Path  # includes are read from here, and generators import from here
    pages: tuple[str, ...] = ("docs/**/*.md", "README.md")
    labs: tuple[str, ...] = ()  # notebooks, stored as py:percent files
    checkers: Mapping[str, Checker] = field(default_factory=lambda: PARSERS)
    """The checker of each language. Python, Markdown and outputs need none."""
    writers: Mapping[str, Callable[[Fence], str]] = field(default_factory=dict)
    """For languages whose blocks hold their own output: the block's text as the run prints it."""
    published: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    """JSON files that `update` writes before it runs the generators, and the content of each."""
    generator_lines: int = 3  # the most that a generator in a comment may have

    def find_pages(self) -> list[Path]:
        """Every page, in the order of the patterns."""
        return self._find(self.pages)

    def find_labs(self) -> list[Path]:
        """Every lab, in the order of the patterns."""
        return self._find(self.labs)

    def _find(self, patterns: tuple[str, ...]) -> list[Path]:
        paths = (path for pattern in patterns for path in sorted(self.root.glob(pattern)))
        return list(dict.fromkeys(paths))

    def scan(self, page: Path, text: str | None = None) -> list[Fence]:
        """The blocks of a page, in order; those of `text` if it is given."""
        return scan(self.root, page, text)

    def checked(self, page: Path, text: str | None = None) -> Iterator[Fence]:
        """The blocks that need a check of their own: not outputs, and not those marked .notest."""
        fences = self.scan(page, text)
        outputs = [id(fence.output) for fence in fences if fence.output]
        return (f for f in fences if not f.not_run and id(f) not in outputs)

    def check(self, fence: Fence) -> None:
        """Runs or checks a block by its language. Raises PageFailed if it is wrong."""
        if fence.language in self.checkers:
            try:
                self.checkers[fence.language](fence)
            except ValueError as error:
                raise PageFailed(f"{fence.where}: {error}") from error
        elif fence.language == "python":
            check_fence(fence)
        elif fence.language == "markdown":  # a page in the page
            for inner in self.checked(fence.page, "\n" * fence.line + fence.text):
                self.check(inner)
        elif fence.language == "text":
            raise PageFailed(
                f"{fence.where}: a text block is the output of the Python block right above it; "
                'for text of another kind write {.text .notest title="Not run: why"}'
            )
        else:
            raise PageFailed(
                f"{fence.where}: nothing checks {fence.language or 'a block without a language'}: "
                "give the site a checker for it"
            )

    def check_generated(self, page: Path) -> None:
        """Raises PageFailed if a generated part is out of date or its program is too long."""
        check_generated(self.root, page, self.generator_lines)
