"""`python3 -m snippets.configuration check homeserver.yaml`: what is wrong with a configuration."""

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from snippets.shared.command_line import Parser, refuse, release, shown, shown_lines, start
from snippets.shared.release import NEWEST

if TYPE_CHECKING:  # these need PyYAML; `main` reports in one line if it is missing
    from snippets.configuration.check import Checked, Problem
    from snippets.configuration.files import Files


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = Parser(prog="python3 -m snippets.configuration", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "check",
        help="check a configuration",
        description="Checks the values of `federation:` and of the options of application "
        "services, and the names of all other options. Exits with 0 if there are no problems, "
        "1 if there are problems, 2 if a file cannot be read.",
    )
    command.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="the files that Synapse is started with, in the same order; or folders with *.yaml, "
        "or - for standard input",
    )
    command.add_argument(
        "--release", type=release, default=NEWEST, help=f"release of Synapse (default: {NEWEST})"
    )
    command.add_argument("--json", action="store_true", help="the result as JSON")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; the exit status."""
    options = parser().parse_args(arguments)
    try:
        from snippets.configuration.check import check_files
        from snippets.configuration.files import CannotRead, read_files
        from snippets.configuration.listed import Listed
        from snippets.configuration.registrations import without_tokens
    except ModuleNotFoundError:
        return refuse("check", "this needs PyYAML: pip install pyyaml", as_json=options.json)
    try:
        files = read_files(options.files)
    except CannotRead as error:
        return refuse("check", str(error), as_json=options.json, **error.place)
    listed = Listed(files.documents, files.registrations)
    checked = check_files(files.documents, release=options.release, listed=listed)
    files.registrations = listed.documents
    if options.json:
        print(_as_json(options.release, files, checked))
    else:
        documents = {**files.documents, **files.registrations}
        lines = {name: without_tokens(document) for name, document in documents.items()}
        print(shown_lines("\n".join(_as_text(options.release, files, checked, lines))))
    return 1 if checked.problems else 0


def _as_json(release: str, files: "Files", checked: "Checked") -> str:
    effective = checked.effective
    result = {
        "files": list(files.documents),
        "registrations": list(files.registrations),
        "passed_over": files.passed_over,
        "release": release,
        "problems": [
            {"severity": problem.severity, **asdict(problem)} for problem in checked.problems
        ],
        "effective": effective and {key: _plain(value) for key, value in effective.items()},
        "options": checked.options,
        "values_looked_at": checked.values,
    }
    return json.dumps(result, indent=2)


def _as_text(
    release: str, files: "Files", checked: "Checked", lines_of: Mapping[str, list[str]]
) -> list[str]:
    lines = []
    for problem in checked.problems:
        at = f"{shown(problem.file)}:{problem.line}:{problem.column}"
        lines += [
            f"{at}: {shown(problem.option)} {shown(problem.wrong)} [{problem.code}]",
            _excerpt(lines_of[problem.file][problem.line - 1], problem),
            f"     {shown(_sentence(problem.effective))}",
            f"     {shown(_sentence(problem.advice))}",
            "",
        ]
    if checked.effective is not None:
        lines.append("Values in effect if Synapse starts:")
        for key, value in checked.effective.items():
            unit = " ms" if key.endswith(("_timeout", "_delay", "_interval")) else ""
            lines.append(f"  {key:44} {json.dumps(_plain(value))}{unit}")
        lines.append("")
    for file, why in files.passed_over.items():
        lines.append(f"{shown(file)}: Synapse ignores it: {why}")
    count = {0: "no problems", 1: "1 problem"}
    problems = count.get(len(checked.problems), f"{len(checked.problems)} problems")
    names = ", ".join(map(shown, lines_of))
    lines.append(f"{names}: {problems} for Synapse {release}")
    if files.documents:
        lines.append(_looked_at(checked))
    return lines


def _looked_at(checked: "Checked") -> str:
    """How much of the configuration was checked."""
    rest = checked.options - checked.values
    line = f"Checked the values of {checked.values} of {checked.options} options"
    if not rest:
        return f"{line}."
    names, value = (
        ("name of the other one", "its value")
        if rest == 1
        else (f"names of the other {rest}", "their values")
    )
    return f"{line}, and only the {names}: Synapse may still refuse {value}."


def _excerpt(line: str, problem: "Problem") -> str:
    """The line with a mark below the column; only the part around it if the line is long.

    If the name is wrong, the value is left out: it may be a secret.
    """
    if problem.by_name:
        name, colon, value = line[problem.column - 1 :].partition(":")
        line = line[: problem.column - 1] + name + colon + (" …" if value.strip() else "")
    start = max(0, problem.column - 60)
    part = "".join(map(_printable, line[start : start + 100]))
    return f"{problem.line:4} | {part}\n     | {' ' * (problem.column - 1 - start)}^"


def _printable(character: str) -> str:
    """The character, or a replacement that is one column wide."""
    if character.isprintable():
        return character
    return " " if character == "\t" else "\ufffd"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _plain(value: Any) -> Any:
    """The value in a form that JSON and a terminal can show."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else "beyond 2**63"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return value[:100]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return f"a {type(value).__name__}"


if __name__ == "__main__":
    start(main)
