"""Markdown for generated parts."""

import pytest

from snippets.shared.markdown import picture, table


def test_a_table_has_a_line_for_each_row_and_aligns_the_columns_that_are_named() -> None:
    assert table(["Name", "ID"], [("w1", 5), ("w2", 7)], right=["ID"]) == (
        "| Name | ID |\n|:--|--:|\n| w1 | 5 |\n| w2 | 7 |"
    )


@pytest.mark.parametrize("row", [("w1",), ("w1", 5, 6)])
def test_a_row_that_does_not_fit_its_table_is_refused(row: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match=f"a row of {len(row)} cells in a table of 2 columns"):
        table(["Name", "ID"], [row])


def test_a_picture_holds_the_drawing_for_a_page_and_the_one_for_a_phone() -> None:
    start = '<div class="picture" data-search-exclude>\n'
    assert picture("<svg/>") == f"{start}<svg/>\n</div>"
    assert picture("<svg/>", "<a/>") == f"{start}<svg/>\n<a/>\n</div>"
