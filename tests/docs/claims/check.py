"""The rules for claims: each passage has a mark, and each mark has a proof that suffices."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.docs.claims.passages import Passage
from tests.docs.claims.proofs import Proof
from tests.docs.guide import ROOT
from theme.claims import NO_CLAIM, SHOWN
from theme.releases import with_releases

UNIVERSAL = re.compile(r"\b(never|every|everything|nothing|only|always|none)\b", re.IGNORECASE)
PROGRAMS = {
    "Synapse": r"\bSynapse\b(?! Field)",
    "nginx": r"\bnginx\b",
    "Caddy": r"\bCaddy\b",
    "Apache": r"\bApache\b",
    "HAProxy": r"\bHAProxy\b",
    "PostgreSQL": r"\bPostgreSQL\b",
    "Redis": r"\bRedis\b",
    "Chromium": r"\b(Chromium|browsers?)\b",
}
_MINOR = r"1\.(?:[4-9]\d|1\d\d)"  # 1.25 is a number
_RELEASE = re.compile(rf"(?<![\d.]){_MINOR}(?=\.\d+\b|\b(?!\.\d))")
_LABEL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
_CODE = re.compile(r"`[^`]*`|\]\([^)]*\)")


def problems(
    passages: Iterable[Passage],
    proofs: Mapping[str, Proof],
    started: Mapping[str, list[str]],
) -> list[str]:
    """What is wrong with the claims of all pages: page, line, and what to write."""
    found, places = [], defaultdict(list)
    for passage in passages:
        where = f"{passage.page.relative_to(ROOT).as_posix()}:{passage.line}"
        found += [f"{where}: {wrong}" for wrong in _wrong(passage, proofs, started)]
        if passage.own_marks:
            places[passage.own_marks[0]].append(where)
    for label, at in places.items():
        if label not in (*NO_CLAIM, *SHOWN) and len(at) > 1:
            found.append(f"{at[1]}: [={label}] is at {at[0]}, too: one of them needs another label")
    found += [f"[={label}] is proven, but no page has it" for label in set(proofs) - set(places)]
    return found


def _wrong(
    passage: Passage, proofs: Mapping[str, Proof], started: Mapping[str, list[str]]
) -> Iterator[str]:
    mark, own = passage.mark, passage.own_marks
    try:
        with_releases(passage.text)
    except ValueError as unknown:
        yield str(unknown)
    if mark is None:
        kinds = ", ".join(f"[={kind}]" for kind in NO_CLAIM)
        article = "an" if passage.kind == "item" else "a"
        yield f"{article} {passage.kind} without a mark: write [=its-label], [=below] or {kinds}"
    elif len(own) > 1:
        yield f"two marks in one {passage.kind}: write one, at its end"
    elif own and not re.search(r"\[=[^\]]*\]( *\|)?$", passage.text):
        yield f"[={mark}] does not stand at the end of its {passage.kind}"
    elif mark in NO_CLAIM:
        pass
    elif mark in SHOWN:
        if own and not getattr(passage, mark):
            yield f"[={mark}]: nothing {mark} it is run or generated"
    elif not _LABEL.fullmatch(mark):
        yield f"[={mark}] is no label: write at least two words in small letters, joined by hyphens"
    elif mark not in proofs:
        yield f'nothing proves [={mark}]: write @pytest.mark.proves("{mark}") above its test'
    else:
        yield from _insufficient(passage, mark, proofs[mark], started)


def _insufficient(
    passage: Passage, label: str, proof: Proof, started: Mapping[str, list[str]]
) -> Iterator[str]:
    prose = _CODE.sub("", passage.words)
    if proof.kind == "read" and (universal := UNIVERSAL.search(prose)):
        word = universal[0]
        yield f'[={label}] says "{word}", but is only read: run what could find an exception'
    shown = {program.split()[0] for test in proof.tests for program in started.get(test, [])}
    shown |= {name.split()[0] for recorded in proof.recorded for name in recorded.about()[1]}
    shown |= {"Synapse"} if proof.read else set()
    for release in sorted(set(_RELEASE.findall(prose)) - _minors(proof, started)):
        yield (
            f"[={label}] names {release}, which its proof neither starts nor names: "
            "write {first: a fact}, with the fact in a facts.py of tests/"
        )
    for program, pattern in PROGRAMS.items():
        if re.search(pattern, prose) and program not in shown and not _by_name(program, proof):
            yield f"[={label}] is about {program}, but no test of it started {program}"


def _minors(proof: Proof, started: Mapping[str, list[str]]) -> set[str]:
    """The minor releases of Synapse that a proof is about."""
    releases = [program for test in proof.tests for program in started.get(test, [])]
    releases += [release for recorded in proof.recorded for release in recorded.releases()]
    releases += [read.release for read in proof.read]
    return proof.named | set(_RELEASE.findall(" ".join(releases)))


def _by_name(program: str, proof: Proof) -> bool:
    """Whether a test of it compares with a recording of the program, which its name says."""
    return program == "Synapse" and any("record" in test.partition("::")[2] for test in proof.tests)


def kind_of(passage: Passage, proofs: Mapping[str, Proof]) -> str:
    """How the passage is known: run, recorded, read, no claim, or not marked."""
    if passage.mark is None:
        return "not marked"
    if passage.mark in NO_CLAIM:
        return "no claim"
    if passage.mark in SHOWN:
        return "run"
    return proofs[passage.mark].kind if passage.mark in proofs else "not marked"


def published(
    passages: Iterable[Passage],
    proofs: Mapping[str, Proof],
    started: Mapping[str, list[str]],
    day: str,
) -> dict[str, Any]:
    """What `claims.json` has: the proof of each label, and each page's passages by kind.

    On `day` the programs were noted that the tests start.
    """
    pages: dict[str, Counter[str]] = defaultdict(Counter)
    claims: dict[str, Any] = {}
    for passage in passages:
        page = passage.page.relative_to(ROOT / "docs").as_posix()
        pages[page][kind_of(passage, proofs)] += 1
        for label in passage.own_marks:
            if label in proofs:
                claims[label] = {
                    "page": page,
                    "says": with_releases(passage.words),
                    **_shown(proofs[label], started),
                }
    return {
        "started": day,
        "pages": {page: dict(sorted(counts.items())) for page, counts in sorted(pages.items())},
        "claims": dict(sorted(claims.items())),
    }


def _shown(proof: Proof, started: Mapping[str, list[str]]) -> dict[str, Any]:
    """A proof as readers get it; what it has nothing of is left out."""
    programs = dict.fromkeys(program for test in proof.tests for program in started.get(test, []))
    recorded = [
        {"file": one.file, "entry": list(one.entry), "day": one.about()[0], "of": one.about()[1]}
        for one in proof.recorded
    ]
    read = [{"release": one.release, "file": one.file, "text": one.text} for one in proof.read]
    known = {"tests": proof.tests, "started": list(programs), "recorded": recorded, "read": read}
    return {"kind": proof.kind, **{name: value for name, value in known.items() if value}}
