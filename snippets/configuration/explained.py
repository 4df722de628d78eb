"""What each code means, in the terminal and on the page."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from textwrap import fill, indent

import yaml

from snippets.configuration.check import Problem, check_files
from snippets.configuration.codes import CODES, Code, Severity, nearest
from snippets.configuration.files import is_registration
from snippets.configuration.listed import Listed
from snippets.configuration.report import first_line, sentence
from snippets.shared.document import Document
from snippets.shared.markdown import code as as_code
from snippets.shared.release import NEWEST

FILE = Path(__file__).with_name("explanations.yaml")
FIRST, SECOND = "homeserver.yaml", "conf.d/later.yaml"
REGISTRATIONS = {FIRST: "first.yaml", SECOND: "irc.yaml"}
_WIDTH = 88
_VERDICTS = {Severity.ERROR: " .bad", Severity.WARNING: " .caution", Severity.NOTE: ""}


@dataclass(frozen=True)
class Explanation:
    """A code, what goes wrong with it, what Synapse does, what to write, and a file with it."""

    code: Code
    why: str
    synapse: str
    fix: str
    example: str
    instead: str
    then: str | None = None  # a second file, read after the example
    release: str = NEWEST
    registrations: bool = False  # some of the files are registrations, or are listed as such

    def found(self) -> tuple[list[Problem], dict[str, Document]]:
        """What the checker finds in the example, and the files of it, by name."""
        return self._checked({FIRST: self.example, SECOND: self.then})

    def left(self) -> list[Problem]:
        """What the checker finds in the corrected example: nothing."""
        return self._checked({FIRST: self.instead})[0]

    def _checked(
        self, texts: Mapping[str, str | None]
    ) -> tuple[list[Problem], dict[str, Document]]:
        files = {name: Document(text) for name, text in texts.items() if text}
        if not self.registrations:
            return check_files(files, release=self.release).problems, files
        files = {
            REGISTRATIONS[name] if is_registration(file.values) else name: file
            for name, file in files.items()
        }
        apart = {name: file for name, file in files.items() if is_registration(file.values)}
        others = {name: file for name, file in files.items() if name not in apart}
        checked = check_files(others, release=self.release, listed=Listed(others, apart))
        return checked.problems, files


@cache
def explanations() -> dict[str, Explanation]:
    """All explanations by code, in the order of the codes."""
    texts = yaml.safe_load(FILE.read_text("utf-8"))
    return {name: Explanation(code, **texts[name]) for name, code in CODES.items()}


def explained(name: str) -> Explanation:
    """The explanation of a code. Raises ValueError, with the most similar one, if there is none."""
    if name not in CODES:
        raise ValueError(f"there is no finding `{name}`; the nearest is `{nearest(name)}`")
    return explanations()[name]


def as_text(explanation: Explanation) -> str:
    """The explanation for a terminal."""
    code = explanation.code
    said = [
        f"{code.name} ({code.severity}): {code.summary}",
        f"Why it matters: {explanation.why}",
        f"What Synapse does: {explanation.synapse}",
        f"What to write: {explanation.fix}",
    ]
    files = {
        "For example:": explanation.example,
        "and in a second file:": explanation.then,
        "Instead:": explanation.instead,
    }
    parts = [fill(text, _WIDTH) for text in said]
    parts += [f"{title}\n{indent(file, '    ')}".rstrip() for title, file in files.items() if file]
    return "\n\n".join(parts)


def as_json(explanation: Explanation) -> str:
    """The explanation for a program."""
    return json.dumps(asdict(explanation), indent=2)


def findings() -> str:
    """The generated part of the page: a section for each code."""
    return "\n\n".join(map(_section, explanations().values()))


def _section(explanation: Explanation) -> str:
    code, (problems, documents) = explanation.code, explanation.found()
    problem = next(each for each in problems if each.code == code.name)
    lines = {name: problem.line if name == problem.file else 1 for name in documents}
    return "\n\n".join(
        [
            f"## {code.name}",
            f"*{code.severity}*{{.verdict{_VERDICTS[code.severity]}}} {code.summary}",
            f"**Why it matters:** {explanation.why}",
            f"**What Synapse does:** {explanation.synapse}",
            f"/// known-bad | {sentence(problem.effective)[:-1]}",
            as_code(first_line(problem)),
            *(
                f'```{{.yaml hl_lines="{lines[name]}"}}\n{document.text}```'
                for name, document in documents.items()
            ),
            "///",
            f"**What to write:** {explanation.fix}",
            f"/// instead\n```yaml\n{explanation.instead}```\n///",
        ]
    )
