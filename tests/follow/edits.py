"""Edits of the files that name releases. Repeating an edit changes nothing.

`python -m tests.follow.edits STEP RELEASE FORMER`.
"""

import re
import shutil
import subprocess
import sys

from tests.follow import ROOT, Impossible, order

RELEASE = ROOT / "snippets" / "shared" / "release.py"
NOTES = ROOT / "snippets" / "upgrade_notes" / "notes.yaml"
REAL = ROOT / "tests" / "real"
STARTED = REAL / "started.json"
WHEELS = REAL / "synapse-wheels.in"


def compiled(*arguments: str, given: str | None = None) -> str:
    """The output of `make lock`'s command, run in the folder of the locks. Raises Impossible."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (line,) = re.findall(r"^LOCK := \$\(BIN\)/uv (.*)$", makefile, re.M)
    command = [sys.executable, "-m", "uv", *line.split(), *arguments]
    done = subprocess.run(command, cwd=REAL, input=given, capture_output=True, text=True)
    if done.returncode:
        raise Impossible(" ".join(done.stderr.split()))
    return done.stdout


def hashed(release: str) -> str:
    """The release with the hashes of its packages, from the package index. Raises Impossible."""
    return compiled("--no-deps", "--no-annotate", "-", given=f"matrix-synapse=={release}\n")


def newest(release: str, former: str) -> None:
    """Makes it the newest release: all other configuration follows from this edit."""
    text = RELEASE.read_text("utf-8")
    named = re.sub(r'^NEWEST_RUN = "[\d.]+"', f'NEWEST_RUN = "{release}"', text, flags=re.M)
    RELEASE.write_text(named, "utf-8")


def wheel(release: str, former: str) -> None:
    """Adds the release and its hashes to the downloaded ones; a patch replaces the patch before.

    Raises Impossible.
    """
    names = WHEELS.read_text("utf-8").splitlines()
    hashes = WHEELS.with_suffix(".txt")
    entries = re.split(r"^(?=matrix-synapse==)", hashes.read_text("utf-8"), flags=re.M)
    gone = {release} | ({former} if order(former)[:2] == order(release)[:2] else set())
    names = [name for name in names if name not in gone]
    entries = [entry for entry in entries if _named(entry) not in gone]
    hashes.write_text("".join([*entries, hashed(release)]), "utf-8")
    WHEELS.write_text("\n".join([*names, release]) + "\n", "utf-8")


def _named(entry: str) -> str:
    return entry.partition("==")[2].partition(" ")[0]


def lock(release: str, former: str) -> None:
    """Turns the lock of the former newest release into that of the new one.

    Packages stay unless the release needs others, so later differences come from Synapse. `make
    lock` chooses newer packages, whenever you like. Raises Impossible.
    """
    old, new = (REAL / f"synapse-{name}.in" for name in (former, release))
    if not old.exists():
        if new.with_suffix(".txt").exists():
            return
        raise Impossible(f"there is no {old.name}: restore it with `git checkout`")
    new.write_text(old.read_text("utf-8").replace(f"=={former}", f"=={release}"), "utf-8")
    shutil.copy(old.with_suffix(".txt"), new.with_suffix(".txt"))
    try:
        compiled(new.name, "-o", new.with_suffix(".txt").name)
    except Impossible:
        new.unlink()
        new.with_suffix(".txt").unlink()
        raise
    for path in (old, old.with_suffix(".txt")):
        path.unlink()


def proofs(release: str, former: str) -> None:
    """Names the release instead of the former newest one in what the tests start.

    A run then notes it anew. A patch also takes the place of the patch before in recorded proofs.
    """
    text = STARTED.read_text("utf-8")
    STARTED.write_text(text.replace(f'"Synapse {former}"', f'"Synapse {release}"'), "utf-8")
    if order(former)[:2] == order(release)[:2]:

        def moved(line: re.Match[str]) -> str:
            return line[0].replace(f'"{former}"', f'"{release}"')

        notes = NOTES.read_text("utf-8")
        NOTES.write_text(re.sub(r"^ +releases: .*$", moved, notes, flags=re.M), "utf-8")


def leftovers(release: str, former: str) -> None:
    """Removes recordings with the name of the former newest release, if there are new ones."""
    for path in sorted(ROOT.glob(f"tests/*/recorded/synapse-{former}-*")):
        if path.with_name(path.name.replace(former, release)).exists():
            path.unlink()
            print(f"  removed {path.name}")


STEPS = {step.__name__: step for step in (newest, wheel, lock, proofs, leftovers)}


def main(step: str, release: str, former: str) -> int:
    try:
        STEPS[step](release, former)
    except Impossible as why:
        print(why, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
