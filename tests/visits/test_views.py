"""What an open page sends."""

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.browser import Browser
from tests.support.builders import NOON, make_group, make_member, make_runner
from webapp.db import db
from webapp.extensions import clock
from webapp.models.visits import Visit


@pytest.fixture
def browser(app: Flask) -> Browser:
    clock().set(now=NOON)
    return Browser(app)


def visited() -> set[int]:
    return set(db.session.scalars(select(Visit.group_id)))


def test_an_open_page_says_that_its_reader_is_here(browser: Browser) -> None:
    runner = make_runner()
    first, second = (make_member(make_group(), runner).group for _ in range(2))
    stranger = make_group()
    browser.sign_in_as(runner)
    assert browser.post(f"/g/{first.slug}/visit").status_code == 204
    assert visited() == {first.id}
    assert browser.post("/home/visit").status_code == 204
    assert visited() == {first.id, second.id}
    assert browser.post(f"/g/{stranger.slug}/visit").status_code == 404


def test_only_a_signed_in_runner_by_a_post_is_here(browser: Browser) -> None:
    assert browser.post("/home/visit").status_code == 302
    browser.sign_in_as(make_runner())
    assert browser.get("/home/visit").status_code == 405
    assert visited() == set()
