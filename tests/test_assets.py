"""Static files: one stylesheet from layers, and addresses that browsers may keep."""

import re

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from tests.support.html import elements
from webapp.assets import LAYERS, STATIC

FILES = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file())


def address_of(app: Flask, filename: str) -> str:
    with app.test_request_context():
        return url_for("static", filename=filename)


@pytest.mark.parametrize("filename", ["css/app.css", *FILES])
def test_what_an_address_with_a_digest_gives_is_kept_for_a_year(app: Flask, client: FlaskClient, filename: str) -> None:
    address = address_of(app, filename)
    assert re.fullmatch(rf"/static/{filename}\?v=[0-9a-f]{{16}}", address)
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer.headers and "Vary" not in answer.headers


@pytest.mark.parametrize("filename", ["css/app.css", "js/refresh.js"])
@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789abcdef"])
def test_another_address_works_and_is_asked_for_again(client: FlaskClient, filename: str, query: str) -> None:
    answer = client.get(f"/static/{filename}{query}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
    again = client.get(f"/static/{filename}{query}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("filename", ["css/tokens.css", "css/none.css", "../config.py"])
def test_what_is_not_there_is_not_found_and_not_kept(client: FlaskClient, filename: str) -> None:
    answer = client.get(f"/static/{filename}?v=")
    assert answer.status_code == 404 and "public" not in answer.headers["Cache-Control"]


def test_a_page_asks_for_one_stylesheet_in_layers(app: Flask, client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    assert [sheet.attributes["href"] for sheet in elements(page, "link[rel=stylesheet]")] == [
        address_of(app, "css/app.css")
    ]
    css = client.get("/static/css/app.css").get_data(as_text=True)
    assert css.startswith("@layer tokens, base, layout, components, utilities;")
    assert re.findall(r"^@layer (\w+) {", css, re.MULTILINE) == list(LAYERS)
    assert address_of(app, "img/lanes.svg").removeprefix("/static") in css
