"""Searches of lists: how long they are, and how often one address may make them."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.browser import Browser, words
from webapp.db import db
from webapp.extensions import clock, limiter
from webapp.models.accounts import Runner
from webapp.request_fields import MAX_SEARCH, SEARCH_LIMIT, searched

PER_MINUTE = int(SEARCH_LIMIT.split()[0])


@pytest.fixture
def limits() -> Iterator[None]:
    limiter.enabled = True
    yield
    limiter.enabled = False


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize("page", ["members?q", "c/1?q", "c/1/part?q", "c/1/draft?q", "c/1/draft?who", "circle?q"])
def test_a_list_is_searched_a_number_of_times_a_minute_and_read_at_any_time(app: Flask, page: str) -> None:
    browser, address, ana = Browser(app), f"/g/nowhere/{page}", Runner(name="Ana Ruiz", created_at=clock().now())
    db.session.add(ana)
    db.session.commit()
    browser.sign_in_as(ana)
    searches = [browser.get(f"{address}=a") for _ in range(2 * PER_MINUTE)]  # a minute may end meanwhile
    refused = [answer for answer in searches if answer.status_code == 429]
    assert refused and not any(answer.status_code == 429 for answer in searches[:PER_MINUTE])
    assert "Please wait a minute and try again." in words(refused[0])
    assert {browser.get(address).status_code, browser.get(f"{address}=+").status_code}.isdisjoint({429, 500})


def test_a_search_is_cut_to_the_length_of_its_field(app: Flask) -> None:
    with app.test_request_context("/", query_string={"q": " " + "a" * 999}):
        assert searched("q") == "a" * MAX_SEARCH
