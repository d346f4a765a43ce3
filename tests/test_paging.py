"""Which page of a long list is shown."""

from pathlib import Path

import pytest
from flask import Flask

from webapp import paging
from webapp.paging import MAX_PAGE, Page, page_number, page_wanted, page_with


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (101, 3)])
def test_a_list_has_as_many_pages_as_it_fills_and_at_least_one(count: int, pages: int) -> None:
    assert Page.of(count, 50).pages == pages


@pytest.mark.parametrize(
    ("wanted", "number", "offset", "has_next"),
    [(-3, 1, 0, True), (1, 1, 0, True), (3, 3, 20, False), (9, 3, 20, False)],
)
def test_a_page_beyond_either_end_is_the_one_at_that_end(wanted: int, number: int, offset: int, has_next: bool) -> None:
    page = Page.of(25, 10, wanted)
    assert (page.number, page.offset, page.has_next) == (number, offset, has_next)


@pytest.mark.parametrize(("place", "number"), [(0, 1), (9, 1), (10, 2), (25, 3)])
def test_a_row_stands_on_the_page_that_its_place_is_in(place: int, number: int) -> None:
    assert page_with(place, 10) == number
    assert 0 <= place - Page(number, 10).offset < 10


@pytest.mark.parametrize(
    ("query", "number"),
    [("", 1), ("page=7", 7), ("page=0", 1), ("page=-1", 1), ("page=x", 1), ("page=9" + "9" * 30, MAX_PAGE)],
)
def test_the_address_says_which_page_is_wanted(app: Flask, query: str, number: int) -> None:
    with app.test_request_context(f"/?{query}"):
        assert page_number() == number
        assert page_wanted(40, 10).number == min(number, 4)


def test_no_other_module_reads_the_number_of_a_page() -> None:
    modules = Path(paging.__file__).parent.rglob("*.py")
    assert [path.name for path in modules if 'args.get("page"' in path.read_text()] == ["paging.py"]
