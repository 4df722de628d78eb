"""What the build makes of a table."""

import pytest
from bs4 import BeautifulSoup, Tag
from markdown import Markdown
from mkdocs.exceptions import PluginError

from theme.parts import PartsExtension
from theme.tables import BESIDE, FILTERED, WHOLE, TablesExtension


def built(text: str) -> BeautifulSoup:
    """The HTML of a page."""
    extensions = ["attr_list", "tables", "toc", PartsExtension(), TablesExtension()]
    configs = {"toc": {"permalink": True}, "tables": {"use_align_attribute": True}}
    markdown = Markdown(extensions=extensions, extension_configs=configs)
    return BeautifulSoup(markdown.convert(text), "html.parser")


def one(page: BeautifulSoup, selector: str) -> Tag:
    (found,) = page.select(selector)
    return found


def rows(count: int) -> str:
    return "| Name | Value |\n|:--|:--|\n" + "\n".join(f"| a{n} | {n} |" for n in range(count))


@pytest.mark.parametrize("header", ["| Name | |", "| | Value |"])
def test_a_column_without_a_name_stops_the_build(header: str) -> None:
    with pytest.raises(PluginError, match=r'The table below "Ports" has a column without a name'):
        built(f"# Ports\n\n{header}\n|:--|:--|\n| a | b |\n")


def test_each_cell_knows_its_column_and_each_header_its_direction() -> None:
    page = built("| A name | `some<code>` | two<br>words |\n|--|--|--|\n| a | b | c |\n| d | e | |")
    labels = ["some<code>", "two words"]
    for row in page.select("tbody tr"):
        title, *cells = row.select("td")
        assert not title.has_attr("data-label")
        assert [cell["data-label"] for cell in cells] == labels
    assert [cell["scope"] for cell in page.select("th")] == ["col"] * 3


def test_every_table_has_a_name_of_its_own() -> None:
    page = built(f"{rows(1)}\n\n# One `name`\n\n{rows(1)}\n\n{rows(1)}\n\n## Two\n\n{rows(1)}\n")
    names = [group["aria-label"] for group in page.select("div.table[role=group]")]
    assert names == ["Table", "One name", "One name, table 2", "Two"]


def test_the_theme_wraps_no_table_again() -> None:
    """It does so with tables that have no class."""
    assert built(rows(1)).select("table:not([class])") == []


def test_a_table_has_a_filter_from_26_rows_on() -> None:
    assert built(rows(FILTERED - 1)).select(".table-tools") == []
    assert one(built(rows(FILTERED)), ".table-tools output").text == "26 rows"


SECTIONS = (
    "| Name | One | Two |\n|--|--|--|\n| **First** | | |\n| a | 1 | 1 |\n| b | 1 | 2 |\n"
    "| **Second** | | |\n| c | 1 | 1 |\n"
)


def test_a_row_with_only_a_name_in_bold_begins_a_section_that_says_how_much_it_has() -> None:
    page = built(f"/// compare | Number\n\n{SECTIONS}\n\n///\n")
    bodies = [[row.td for row in body.select("tr")] for body in page.select("tbody")]
    texts = [[cell.get_text(" ") for cell in body if cell] for body in bodies]
    assert texts == [
        ["First 2 rows, 1 with differences", "a", "b"],
        ["Second 1 rows, all without a difference", "c"],
    ]
    assert [cell["colspan"] for cell in page.select("tr.section > td")] == ["3"] * 2
    assert one(page, ".table-tools output").text == "3 rows"


def test_a_table_that_compares_nothing_has_sections_too_and_a_name_alone_begins_none() -> None:
    assert built(SECTIONS).select("summary")[0].text == "2 rows"
    assert built("| Name | One |\n|--|--|\n| a | |\n| **b** | 1 |").select(".section") == []


@pytest.mark.parametrize(
    ("name", "pieces"),
    [
        ("use_appservice_legacy_authorization", ["use_appservice_legacy_authorization"]),
        ("/_matrix/client/versions", ["/_matrix/client/versions"]),
        (
            "/_matrix/federation/v1/send_join/{room&id}",
            ["/_matrix/federation/v1/send_join/", "{room&id}"],
        ),
        (
            "/users/@alice:example.com/../../_matrix//../x",
            ["/users/@alice:example.com/../../", "_matrix//../x"],
        ),
        (
            "experimental_features.msc3983_appservice_one_time_key_claims",
            ["experimental_features.msc3983_", "appservice_one_time_key_claims"],
        ),
        ("a sentence of code. It has more than 36 characters", None),
    ],
)
def test_a_name_may_break_only_where_a_reader_sees_that_it_goes_on(
    name: str, pieces: list[str] | None
) -> None:
    code = one(built(f"| Name | Value |\n|--|--|\n| `{name}` | |\n"), "td code")
    assert list(code.strings) == (pieces or [name])
    assert code.text == name  # as it is copied
    assert (code.get("class") == ["long"]) is (len(name) > WHOLE)


def test_a_column_of_numbers_and_a_day_have_a_class_and_no_cell_the_old_attribute() -> None:
    page = built("| Number | Day | Word |\n|--:|:--|:--|\n| 1 | 2026-11-25 | 2026-11-25 it was |\n")
    assert [cell.get("class") for cell in page.select("th")] == [["number"], None, None]
    assert [cell.get("class") for cell in page.select("td")] == [["number"], ["day"], None]
    assert page.select("[align]") == []


def test_a_card_says_what_the_number_in_its_title_is() -> None:
    page = built("| Highest row | Word |\n|--:|:--|\n| 5 | a |\n")
    assert one(page, "td.number")["data-label"] == "Highest row"


@pytest.mark.parametrize(
    ("column", "fits"),
    [
        ("Fix", True),
        ("What it means to you", True),
        ("Attempts within one request", False),
        ("backoff_on_404", False),
    ],
)
def test_a_column_whose_name_does_not_fit_beside_its_cell_stands_above_it_on_a_phone(
    column: str, fits: bool
) -> None:
    cell = built(f"| Name | {column} |\n|--|--|\n| a | *b*{{.bad}} |\n").select("td")[1]
    assert (cell.get("class") is None) == fits


def test_a_name_that_does_not_fit_beside_its_columns_on_a_phone_is_marked() -> None:
    for length, marked in ((BESIDE, None), (BESIDE + 1, ["wide"]), (WHOLE, ["wide"])):
        code = one(built(f"| Name | Value |\n|--|--|\n| x | `{'a' * length}` |\n"), "td code")
        assert code.get("class") == marked


COMPARED = "/// compare | Proxy\n\n{}\n\n///\n"


def test_a_comparison_marks_the_rows_that_say_the_same_and_offers_its_columns() -> None:
    table = "| Path | nginx | Caddy |\n|--|--|--|\n| a | no {.bad} | no |\n| b | no | yes |\n"
    page = built(COMPARED.format(table))
    assert [row.get("class") for row in page.select("tbody tr")] == [["same"], None]
    assert [option.text for option in page.select("select option")] == ["all", "nginx", "Caddy"]
    assert [label.text.split()[0] for label in page.select("label")] == ["Filter", "Proxy", "Only"]
