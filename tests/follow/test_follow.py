"""Follows from one release to the next with one command, in an older copy of the checkout."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from snippets.shared.history import History, Kind, read_history
from snippets.shared.release import NEWEST_RUN
from tests import unmeasured
from tests.follow import ROOT, Impossible, order
from tests.follow.__main__ import begun
from tests.follow.history import before
from tests.follow.steps import State
from tests.follow.summary import observed_changes, options, others
from tests.real import apache, postgres, releases, synapse
from tests.real.fixtures import need, synapse_python
from tests.upgrade_notes.record import tables_of, written

FORMER = synapse.releases()[-2]
MINOR = NEWEST_RUN.rpartition(".")[0]
HISTORY = "snippets/shared/history.json"
WHEELS = [f"tests/real/synapse-wheels.{kind}" for kind in ("in", "txt")]
LOCK = [f"tests/real/synapse-{NEWEST_RUN}.{kind}" for kind in ("in", "txt")]
PROBED = "snippets/reverse_proxies/probed.json"
PAGES = [
    *(f"docs/upgrade-notes/{name}.md" for name in ("index", "options", "going-back")),
    "docs/application-services/index.md",
]
CARDS = sorted(
    f"docs/upgrade-notes/{path.name}" for path in (ROOT / "docs/upgrade-notes").glob("from-*.md")
)
TYPED = "docs/streams/index.md"
# What takes minutes is left out: the copy gets the skipped recordings from this checkout, and also
# the options and the answers of the release.
OBSERVED = {"options": Kind.OPTION, "answers": Kind.ANSWER}
STARTED = "tests/real/started.json"
SKIPPED = [
    *OBSERVED, "streams.record", "streams.bench", "configuration.record",
    "configuration.bench", "federation_backoff.record", "federation_backoff.bench",
    "application_services.record", "errors.record",
]  # fmt: skip


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m tests.follow` in the copy."""
    command = [sys.executable, "-m", "tests.follow", *arguments]
    return subprocess.run(command, cwd=copy, env=unmeasured(), capture_output=True, text=True)


def edit(path: Path, pattern: str, new: str, *, certain: bool = True) -> None:
    """Replaces text. Unless `certain`, it may be missing: some exists only with some releases."""
    text, number = re.subn(pattern, new, path.read_text("utf-8"), flags=re.M)
    assert number or not certain, pattern
    path.write_text(text, "utf-8")


def lag_behind(copy: Path) -> None:
    """Removes the newest release from the copy's files, by hand."""
    edit(
        copy / "snippets/shared/release.py",
        rf'^NEWEST_RUN = "{NEWEST_RUN}"',
        f'NEWEST_RUN = "{FORMER}"',
    )
    edit(copy / WHEELS[0], rf"^{NEWEST_RUN}\n", "")
    edit(copy / WHEELS[1], rf"^matrix-synapse=={NEWEST_RUN} (.*\n)( .*\n)*", "")
    for name in LOCK:
        edit(copy / name, rf"(matrix-synapse\S*)=={NEWEST_RUN}", rf"\1=={FORMER}")
        (copy / name).rename(copy / name.replace(NEWEST_RUN, FORMER))
    edit(copy / STARTED, f'"Synapse {NEWEST_RUN}"', f'"Synapse {FORMER}"')
    headings = copy / "snippets/upgrade_notes/upstream.yaml"
    edit(headings, rf'^"{MINOR}\.\d+":\n(  .*\n)+', "", certain=False)
    whole = read_history()
    earlier = {name: day for name, day in whole.releases.items() if name != NEWEST_RUN}
    before_it = History(whole.recorded, earlier, tables_of(before(NEWEST_RUN)))
    (copy / HISTORY).write_text(written(before_it), "utf-8")
    for path in copy.glob(f"tests/*/recorded/synapse-{NEWEST_RUN}-*"):
        shutil.copy(path, path.with_name(path.name.replace(NEWEST_RUN, FORMER)))
    edit(copy / PROBED, f'^ "release": "{NEWEST_RUN}"', f' "release": "{FORMER}"')
    for page in (PAGES[0], *CARDS):
        edit(copy / page, rf'(data-releases=".*) {MINOR}"', r'\1"')
    edit(copy / PAGES[1], rf"^\| {MINOR} \| `.*\n", "", certain=False)
    edit(copy / PAGES[2], f"to {NEWEST_RUN}", f"to {FORMER}", certain=False)
    edit(copy / PAGES[3], f"to {NEWEST_RUN}", f"to {FORMER}")
    edit(copy / TYPED, r"\Z", f"{FORMER} was asked.\n")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files of this checkout as before the newest release, committed."""
    made = tmp_path / "copy"
    listing = ["git", "ls-files", "-co", "--exclude-standard"]
    files = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(lambda name: (ROOT / name).is_file(), files.stdout.splitlines()):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, made / name)
    lag_behind(made)
    git = ["git", "-c", "user.name=tests", "-c", "user.email=tests@localhost"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "before"]):
        subprocess.run([*git, *command], cwd=made, check=True)
    return made


def same(copy: Path, *names: str) -> None:
    for name in names:
        assert (copy / name).read_text("utf-8") == (ROOT / name).read_text("utf-8"), name


@pytest.mark.slow
def test_one_command_leads_from_the_release_before_to_the_newest(copy: Path) -> None:
    for find in (postgres.folder, apache.executable):
        need(find)
    for name in (FORMER, NEWEST_RUN):
        synapse_python(name)
    command = [NEWEST_RUN, *(f"--skip={name}" for name in SKIPPED)]

    early = run(copy, NEWEST_RUN, "--only=pages")
    assert (early.returncode, early.stdout) == (2, "")
    assert early.stderr.endswith(f"nothing was done for {NEWEST_RUN} yet: leave out --only\n")

    # It stops if something is missing, says what, and later continues there.
    stopped = run(copy, *command)
    assert stopped.returncode == 1, stopped
    assert (
        "not observed yet: options\nfollow: the step history failed: run the steps"
        in stopped.stderr
    )
    assert re.findall(r"^\d+ of \d+, (\S+):", stopped.stdout, re.M) == [
        "newest", "wheel", "lock", "proofs", "environment", "facts", "history",
    ]  # fmt: skip
    other = run(copy, "1.999.0")
    assert (other.returncode, other.stdout) == (2, "")
    assert f"{NEWEST_RUN} is still being followed" in other.stderr
    for observer, kind in OBSERVED.items():
        found = {kind: read_history().values(kind, NEWEST_RUN)}
        text = json.dumps({"found": found, "not new": []})
        (copy / ".cache" / "follow" / f"{observer}.json").write_text(text, "utf-8")
    done = run(copy, *command)
    assert done.returncode == 0, done
    ran = re.findall(r"^\d+ of \d+, (\S+):", done.stdout, re.M)
    assert ran == [
        "history", "compare", "reverse_proxies.record_probe", "leftovers", "pages", "summary",
    ]  # fmt: skip

    # Every file equals that of this checkout: rebuilt from the package index and from real runs.
    same(copy, "snippets/shared/release.py", "snippets/upgrade_notes/notes.yaml")
    same(copy, *WHEELS, *LOCK, HISTORY, PROBED, *PAGES, *CARDS)
    assert not list(copy.glob(f"tests/**/synapse-{FORMER}[.-]*"))

    lines = re.findall(r"^ ?\d+\. (.*)$", done.stdout, re.M)
    assert len(lines) == 10
    assert lines[:4] == [*options(NEWEST_RUN, FORMER), others(NEWEST_RUN, FORMER)]
    ours = (ROOT / "snippets/upgrade_notes/upstream.yaml").read_text("utf-8")
    headings = re.findall(rf'^"{MINOR}\.\d+":\n((?:  .*\n)+)', ours, re.M)
    number = len(re.findall(r"^  \S", "".join(headings), re.M))
    without = "Headings of Synapse's upgrade notes without a note here: "
    assert lines[4].startswith(without + (f"{number}: " if number else "none"))
    if NEWEST_RUN not in releases.ERAS:
        assert "0 of 100 runs with the same input differ; 0 decisions on" in lines[5]
    assert re.match(r"Generator: \d+ lines of its source changed; \d+ of 100 runs", lines[6])
    assert lines[7].startswith("Streams that are new: ")
    assert PAGES[0] in lines[8]
    assert f"these steps were not run: {', '.join(SKIPPED)}" in lines[9]
    assert re.search(rf"hand-written lines that name {FORMER}: [1-9]\d* \(", lines[9])


@pytest.mark.slow
def test_a_patch_replaces_the_patch_before(copy: Path) -> None:
    forerunner, notes = f"{MINOR}.999", "snippets/upgrade_notes/notes.yaml"
    for name, line in zip(WHEELS, (forerunner, f"matrix-synapse=={forerunner} \\"), strict=True):
        edit(copy / name, r"\Z", f"{line}\n")
    shutil.copy(ROOT / STARTED, copy / STARTED)
    edit(copy / STARTED, f'"Synapse {NEWEST_RUN}"', f'"Synapse {forerunner}"')
    before_it, proof = (ROOT / notes).read_text("utf-8"), '      releases: ["{}"]\n'
    (copy / notes).write_text(before_it + proof.format(forerunner), "utf-8")
    for step in ("wheel", "proofs"):
        command = [sys.executable, "-m", "tests.follow.edits", step, NEWEST_RUN, forerunner]
        subprocess.run(command, cwd=copy, env=unmeasured(), check=True)
    same(copy, *WHEELS, STARTED)
    assert (copy / notes).read_text("utf-8") == before_it + proof.format(NEWEST_RUN)


def test_the_lines_name_what_changed_with_1_163() -> None:
    assert options("1.163", "1.162") == [
        "Options that are new: 2: experimental_features.msc4075_enabled, "
        "task_scheduler.max_concurrent_tasks",
        "Options that are gone: none",
        "Options with another default: none",
    ]
    assert others("1.163", "1.162") == (
        "Other observations that changed: 5: answer of a limited profile, without a token, "
        "labels of synapse_notifier_wait_for_stream_token_timeouts, "
        "labels of synapse_notifier_wait_for_stream_token_timeouts_created, "
        "labels of synapse_notifier_wait_for_stream_token_timeouts_total, "
        "reading of profiles of users who share rooms, without authentication"
    )


def test_the_lines_name_removed_options_and_changed_defaults() -> None:
    gone = options("1.146", "1.145")[1]
    assert "experimental_features.msc2697_enabled" in gone
    assert options("1.162", "1.161")[2] == "Options with another default: 1: default_room_version"


def test_a_change_that_the_history_does_not_show_is_called_unknown() -> None:
    assert observed_changes(NEWEST_RUN, FORMER) == [
        *options(NEWEST_RUN, FORMER),
        others(NEWEST_RUN, FORMER),
    ]
    for line in observed_changes("1.999.0", NEWEST_RUN):
        assert line.endswith("not known: that step was not run")
    for line in observed_changes(f"{MINOR}.999", NEWEST_RUN):
        assert f"not known: a patch replaces {NEWEST_RUN} in history.json" in line


@pytest.mark.parametrize(
    ("release", "message"),
    [
        (NEWEST_RUN, "is not newer than"),
        ("1.90.0", "is not newer than"),
        ("1.999.0", "every minor release is run: follow the last release of 1."),
        ("1.999.0rc1", "is not a release: write three numbers"),
        ("1.999", "is not a release: write three numbers"),
        ("", "is not a release: write three numbers"),
    ],
)
def test_a_release_that_cannot_be_followed_is_refused(release: str, message: str) -> None:
    with pytest.raises(Impossible, match=message):
        begun(release, None)


@pytest.mark.slow
def test_a_release_that_is_not_published_is_refused() -> None:
    release = f"{MINOR}.{order(NEWEST_RUN)[2] + 999}"
    with pytest.raises(Impossible, match=f"^the package index has no Synapse {release}$"):
        begun(release, None)


def test_following_a_release_continues_unless_its_edits_were_reverted() -> None:
    begun_before = State(NEWEST_RUN, FORMER, ["newest", "wheel"])
    assert begun(NEWEST_RUN, begun_before) is begun_before
    taken_back = State("1.999.0", NEWEST_RUN, ["newest"])
    with pytest.raises(Impossible, match="every minor release"):  # like at the first time
        begun("1.999.0", taken_back)
