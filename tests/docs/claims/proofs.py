"""What proves each label: tests that name it, and the entries of `claims.yaml`."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.docs.guide import ROOT
from tests.real import source, synapse
from tests.real.releases import NEWEST

TABLE = "claims.yaml"


@dataclass(frozen=True)
class Recorded:
    """An entry of a recording: the keys that lead to it."""

    file: str
    entry: tuple[str | int, ...]

    def value(self) -> Any:
        """The entry. Raises ValueError, saying what is missing."""
        value = _content(self.file)
        for depth, key in enumerate(self.entry):
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                where = " → ".join(map(str, self.entry[: depth + 1]))
                raise ValueError(f"{self.file} has no entry {where}") from None
        return value

    def about(self) -> tuple[str, list[str]]:
        """The day of the recording, and the programs that it is about."""
        content = _content(self.file)
        content = content[0] if isinstance(content, list) else content
        day = content["recorded"]
        return (max(day.values()) if isinstance(day, dict) else day), _programs(content)

    @property
    def is_reading(self) -> bool:
        """Whether texts in packages were recorded, and not what a program did."""
        return "first_and_last" in _content(self.file)

    def releases(self) -> list[str]:
        """The releases of Synapse that the entry is about.

        Of a text that was found in the packages, they are the first and the last release that has
        it, with the one before and the one after.
        """
        content = _content(self.file)
        if self.is_reading:
            value, read = self.value(), content["read"]
            return [
                release
                for ends in (value.values() if isinstance(value, dict) else [value])
                for first, last in [map(read.index, ends)]
                for release in (*read[max(first - 1, 0) : first + 1], *read[last : last + 2])
            ]
        return _releases(content[0] if isinstance(content, list) else content)


def _programs(content: dict[str, Any]) -> list[str]:
    if "program" in content:
        return [content["program"]]
    if "versions" in content:
        return list(content["versions"])
    releases = _releases(content)
    return [f"Synapse {releases[0]} to {releases[-1]}" if len(releases) > 1 else "Synapse"]


def _releases(content: dict[str, Any]) -> list[str]:
    if "program" in content:
        return [content["program"].removeprefix("Synapse ")]
    return list(content.get("releases") or content.get("synapse") or ())


@dataclass(frozen=True)
class Read:
    """A text in a file of a release of Synapse."""

    file: str
    text: str
    release: str = NEWEST

    def stands(self) -> bool:
        """Whether the package of the release has the text there. Raises Missing."""
        fact = {"": source.Fact(self.file, self.text, "", "")}
        of = source.of_live if self.release in synapse.LIVE else source.of_wheel
        return of(self.release, fact)[""]


@dataclass
class Proof:
    """What proves one label."""

    tests: list[str] = field(default_factory=list)
    recorded: list[Recorded] = field(default_factory=list)
    read: list[Read] = field(default_factory=list)
    named: set[str] = field(default_factory=set)  # the minor releases that its tests name

    @property
    def kind(self) -> str:
        if self.tests:
            return "run"
        return "recorded" if any(not one.is_reading for one in self.recorded) else "read"


@cache
def _content(file: str) -> Any:
    path = ROOT / file
    if not path.is_file():
        raise ValueError(f"there is no recording {file}")
    text = path.read_text("utf-8")
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    return json.loads(text)


def read_proofs(root: Path = ROOT) -> tuple[dict[str, Proof], list[str]]:
    """The proof of each label, and what is wrong in the files that name them."""
    proofs: dict[str, Proof] = {}
    problems: list[str] = []
    for file in sorted((root / "tests").rglob("test_*.py")):
        name = file.relative_to(root).as_posix()
        for test, labels, named in _marked(file):
            for label in labels:
                proof = proofs.setdefault(label, Proof())
                proof.tests.append(f"{name}::{test}")
                proof.named |= named
    for file in sorted((root / "tests").rglob(TABLE)):
        name = file.relative_to(root).as_posix()
        for label, entry in (yaml.safe_load(file.read_text("utf-8")) or {}).items():
            try:
                _add(proofs.setdefault(label, Proof()), entry)
            except ValueError as wrong:
                problems.append(f"{name}: {label}: {wrong}")
    return proofs, problems


def _marked(file: Path) -> Iterator[tuple[str, list[str], set[str]]]:
    """Each test of a file with the labels that it proves, and the minor releases that it names."""
    text = file.read_text("utf-8")
    if ".proves(" not in text:
        return
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            source = ast.unparse(node)
            named = {f"1.{minor}" for minor in re.findall(r"(?<!\d)1[._](\d{2,3})(?!\d)", source)}
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.proves":
                    yield node.name, [ast.literal_eval(label) for label in mark.args], named


def _add(proof: Proof, said: object) -> None:
    """Adds what an entry of the table says. Raises ValueError: what to write instead."""
    match said:
        case {"recorded": str(file), "entry": [*entry]}:
            recorded = Recorded(file, tuple(entry))
            recorded.value()
            proof.recorded.append(recorded)
        case {"read": str(file), "text": str(text), **rest} if set(rest) <= {"release"}:
            proof.read.append(Read(file, text, str(rest.get("release", NEWEST))))
        case _:
            raise ValueError(
                "write `recorded: FILE` with `entry: [KEY, …]`, or `read: FILE` with `text: TEXT`"
            )
