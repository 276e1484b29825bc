"""docs/providers.md says what is so."""

from providers_table import ASKED, MARKS, PAGE, table, with_table


def test_the_page_has_the_table_as_it_is_found_by_asking() -> None:
    page = PAGE.read_text()
    found = table()
    assert all(mark in page for mark in MARKS) and found.count("\n") == len(ASKED) + 2
    assert page == with_table(page, found), "run: python tests/python/providers_table.py"
