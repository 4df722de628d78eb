"""Each sentence on a page says how it is known, and that is so."""

from pathlib import Path
from textwrap import dedent

import pytest

from tests.docs.claims.check import problems
from tests.docs.claims.passages import Passage, passages
from tests.docs.claims.proofs import Proof, Read, Recorded, read_proofs
from tests.docs.claims.site import every_passage
from tests.docs.guide import DOCS
from tests.real.fixtures import synapse_python
from tests.real.provenance import read_started
from tests.real.releases import NEWEST

PAGE = DOCS / "page.md"
PROOFS, WRONG = read_proofs()


def read(text: str) -> list[Passage]:
    return passages(PAGE, dedent(text))


def wrong(text: str, **proofs: Proof) -> list[str]:
    """The problems of a page, with these proofs; underscores stand for hyphens."""
    by_label = {name.replace("_", "-"): proof for name, proof in proofs.items()}
    return problems(read(text), by_label, {"a.py::test_nginx": ["nginx", "Synapse 1.90.0"]})


@pytest.mark.proves("every-claim-has-a-mark")
def test_every_claim_of_the_site_has_a_mark_and_a_proof_that_suffices() -> None:
    assert WRONG + problems(every_passage(), PROOFS, read_started()) == []


@pytest.mark.slow
def test_what_was_read_stands_in_the_source_of_the_release() -> None:
    synapse_python(NEWEST)
    read = [(label, one) for label, proof in PROOFS.items() for one in proof.read]
    assert [
        f"{label}: {one.file} has no {one.text}" for label, one in read if not one.stands()
    ] == []
    assert not Read("synapse/util/retryutils.py", "no such text").stands()
    assert not Read("synapse/util/no_such_file.py", "class").stands()


def test_passages_are_paragraphs_items_and_rows_and_no_block_heading_or_generated_part() -> None:
    page = """\
        ---
        title: No passage
        ---
        # No passage

        One paragraph
        on two lines. [=its-label]

        - An item,
          continued
        1. Another
            - nested

        /// note
        In a part.
        ///

        | Head | no |
        |:--|--:|
        | a row | 1 |

        ```python
        # no passage
        ```

        <!-- [[[cog
        program()
        ]]] -->
        Generated.
        <!-- [[[end]]] -->

        <div>
        --8<-- "file"
        """
    found = read(page)
    assert [(passage.kind, passage.line) for passage in found] == [
        ("paragraph", 6), ("item", 9), ("item", 11), ("item", 12), ("paragraph", 15), ("row", 20),
    ]  # fmt: skip
    assert found[0].words == "One paragraph on two lines."
    assert found[1].text == "- An item, continued"


def test_a_line_that_begins_with_a_number_goes_on_with_the_sentence_above_it() -> None:
    (paragraph,) = read("It counts up to 1, so its first ID is\n2. Then 3. [=a-b]\n")
    assert paragraph.words == "It counts up to 1, so its first ID is 2. Then 3."
    (item,) = read("ID\n:   It counts up to 1, so its first ID is\n    2. [=a-b]\n")
    assert item.words == ": It counts up to 1, so its first ID is 2."


def test_a_mark_behind_a_colon_covers_the_list_or_table_below() -> None:
    found = read("Three: [=all-three]\n\n- one\n- two [=only-two]\n\nText.\n\n- three\n")
    assert [passage.mark for passage in found] == ["all-three", "all-three", "only-two", None, None]


def test_a_term_is_part_of_no_passage_and_its_explanation_is_an_item() -> None:
    found = read(
        "Words: [=definition]\n\nFact\n:   One change,\n    stored.\n\nID\n:   Its place. [=a-b]\n"
    )
    assert [passage.line for passage in found] == [1, 4, 8]
    assert [passage.words for passage in found[1:]] == [": One change, stored.", ": Its place."]
    assert [passage.mark for passage in found] == ["definition", "definition", "a-b"]


def test_a_passage_knows_the_block_above_and_below_it() -> None:
    one, two, three = read("One.\n\n```\n```\n\nTwo.\n\nThree.\n\n<!-- [[[cog x [[[end]]]\n")
    assert (one.above, one.below) == (None, 3)
    assert (two.above, two.below) == (3, None)
    assert (three.above, three.below) == (None, 10)


RUN = Proof(tests=["a.py::test_nginx"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Says something.", "a paragraph without a mark"),
        ("- An item", "an item without a mark"),
        ("Says [=a-b] something.", "[=a-b] does not stand at the end of its paragraph"),
        ("Says. [=a-b] [=a-c]", "two marks in one paragraph"),
        ("Says. [=one]", "[=one] is no label: write at least two words"),
        ("Says. [=A-b]", "[=A-b] is no label"),
        ("Says. [=not-proven]", 'nothing proves [=not-proven]: write @pytest.mark.proves("not'),
        ("One. [=a-b]\n\nTwo. [=a-b]", "page.md:3: [=a-b] is at docs/page.md:1, too"),
        ("See. [=below]\n\nText. [=opinion]", "[=below]: nothing below it is run or generated"),
        ("Caddy does. [=a-b]", "[=a-b] is about Caddy, but no test of it started Caddy"),
        ("Since 1.85 so. [=a-b]", "[=a-b] names 1.85, which its proof neither starts nor"),
        ("Since 1.85.1, so. [=a-b]", "[=a-b] names 1.85, which"),
    ],
)
def test_a_mark_that_is_missing_malformed_or_unproven_is_named_with_page_and_line(
    text: str, said: str
) -> None:
    line, *_ = [problem for problem in wrong(text, a_b=RUN, a_c=RUN) if said in problem]
    assert line.startswith("docs/page.md:")


@pytest.mark.parametrize(
    "text",
    [
        "nginx does. [=a-b]",
        "Since 1.90 or 1.90.0, at `1.85`, 1.4 and 127.1.85.1. [=a-b]",
        "Shown. [=below]\n\n```python\n```\n\nFrom above. [=above]\n\nSays. [=a-b]",
        "A stream is a list. [=definition]\n\nSays. [=a-b]",
        "In code, `Caddy [=no-mark]` names nothing. [=a-b]",
    ],
)
def test_a_passage_with_a_proof_or_that_claims_nothing_is_right(text: str) -> None:
    assert wrong(text, a_b=RUN) == []


@pytest.mark.proves("universal-is-not-only-read")
def test_a_universal_is_run_or_recorded_and_not_only_read() -> None:
    text, only_read = "Synapse never does. [=a-b]", Proof(read=[Read("a.py", "def a")])
    assert wrong(text, a_b=only_read) == [
        'docs/page.md:1: [=a-b] says "never", but is only read: run what could find an exception'
    ]
    history = Recorded("snippets/shared/history.json", ("releases",))
    assert wrong(text, a_b=Proof(read=only_read.read, recorded=[history])) == []


def test_a_text_that_was_found_in_packages_stands_for_its_first_and_last_release() -> None:
    entry = ("first_and_last", "a sync can be cancelled")
    found = Recorded("tests/streams/recorded/releases.json", entry)
    before, first, last = found.releases()
    assert (
        wrong(f"Since {first} so, in {last}, not in {before}. [=a-b]", a_b=Proof([], [found])) == []
    )
    assert Proof(recorded=[found]).kind == "read"
    (said,) = wrong("Since 1.85 so. [=a-b]", a_b=Proof(recorded=[found]))
    assert "[=a-b] names 1.85" in said


def test_a_release_of_a_fact_that_no_package_was_searched_for_is_named() -> None:
    assert wrong("Since {first: only recoveries} so. [=a-b]", a_b=RUN) == []
    (said,) = wrong("Since {first: rain} so. [=a-b]", a_b=RUN)
    assert said.startswith("docs/page.md:1: {first: rain}: no facts.py has 'rain': write one of ")


def test_the_passages_of_a_lab_are_those_of_its_cells_with_markdown() -> None:
    lab = "# ---\n# no: text\n# %% [markdown]\n# # Lab\n#\n# Says. [=a-b]\n# %%\n# A comment.\n"
    (passage,) = passages(DOCS / "lab.py", lab)
    assert (passage.line, passage.words, passage.mark) == (6, "Says.", "a-b")


def test_a_proof_that_no_page_needs_is_named() -> None:
    assert wrong("Nothing. [=opinion]", a_b=RUN) == ["[=a-b] is proven, but no page has it"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{recorded: no.json, entry: []}", "there is no recording no.json"),
        (
            "{recorded: snippets/shared/history.json, entry: [releases, '1.0']}",
            "snippets/shared/history.json has no entry releases → 1.0",
        ),
        ("{read: a.py}", "write `recorded: FILE`"),
        ("text", "write `recorded: FILE`"),
    ],
)
def test_an_entry_of_the_table_that_is_wrong_is_named(
    entry: str, said: str, tmp_path: Path
) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "claims.yaml").write_text(f"a-label: {entry}\n")
    _, (line,) = read_proofs(tmp_path)
    assert line.startswith("tests/claims.yaml: a-label: ")
    assert said in line


def test_the_labels_of_a_test_are_read_from_its_decorator(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_a.py").write_text(
        '@pytest.mark.proves("a-b", "c-d")\ndef test_rule_of_1_90(): "1.95.1"\n'
    )
    proofs, _ = read_proofs(tmp_path)
    assert {label: proof.tests for label, proof in proofs.items()} == {
        "a-b": ["tests/test_a.py::test_rule_of_1_90"],
        "c-d": ["tests/test_a.py::test_rule_of_1_90"],
    }
    assert proofs["a-b"].named == {"1.90", "1.95"}
