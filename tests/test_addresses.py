"""Addresses that a process builds once."""

from typing import Any

import pytest
from flask import Flask, url_for

from webapp.addresses import address_of

PAGES: list[tuple[str, dict[str, Any]]] = [
    ("home.dashboard", {}),
    ("static", {"filename": "css/app.css"}),
    ("board.board", {"slug": "owls", "challenge_id": 7}),
    ("board.board", {"slug": "owls", "challenge_id": 7, "page": 2}),
    ("board.board", {"slug": "larks", "challenge_id": 8, "_external": True}),
]


@pytest.mark.parametrize(("page", "values"), PAGES)
def test_an_address_is_the_same_wherever_the_application_is_mounted(
    app: Flask, page: str, values: dict[str, Any]
) -> None:
    for root in ("http://one.example/", "http://one.example/below/", "http://one.example/"):
        with app.test_request_context("/", base_url=root):
            assert address_of(page, **values) == url_for(page, **values)


def test_templates_build_addresses_in_this_way(app: Flask) -> None:
    assert app.jinja_env.globals["url_for"] is address_of
