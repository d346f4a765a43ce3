"""What we hold about me, and the copy to take along."""

import csv
import io
import json
from datetime import date
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask

from tests.support.browser import Browser, signed_in, words
from tests.support.builders import make_runner
from tests.support.known_runner import make_known
from tests.support.runs import reported
from webapp.activities.service import ingest
from webapp.data_export.inventory import INVENTORY
from webapp.db import db
from webapp.models.accounts import Runner
from webapp.models.sync import Connection

EVIL = '=HYPERLINK("http://evil.example","open")'


@pytest.fixture
def ana(app: Flask) -> Runner:
    """Somebody with rows of every kind, one run with a title that is a formula, and tokens that nobody may see."""
    runner = make_runner("Ana Ruiz")
    make_known(runner)
    ingest(runner.id, [reported("evil", title=EVIL, device='Say "hi", 5\nkm', utc_offset_s=-18_000)])
    connection = db.session.get_one(Connection, runner.id)
    connection.access_token, connection.refresh_token = "sealed-access", "sealed-refresh"
    db.session.commit()
    return runner


@pytest.fixture
def browser(app: Flask, ana: Runner) -> Browser:
    return signed_in(app, ana)


def archive(browser: Browser) -> ZipFile:
    answer = browser.get("/account/export.zip")
    assert answer.status_code == 200 and answer.mimetype == "application/zip"
    return ZipFile(io.BytesIO(answer.data))


def table(copy: ZipFile, file: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(copy.read(f"{file}.csv").decode("utf-8-sig"), newline="")))


def held(browser: Browser) -> dict[str, Any]:
    answer = browser.get("/account/export.json")
    assert answer.status_code == 200 and answer.mimetype == "application/json"
    copy: dict[str, Any] = json.loads(answer.data)
    return copy


def test_the_page_shows_every_kind_with_its_count_and_how_long_it_stays(browser: Browser) -> None:
    page = words(browser.get("/account/held"))
    for kind in INVENTORY.values():
        assert kind.words in page
    assert "titles and devices for 6 days" in page
    assert 'href="/account/export.zip"' in page and 'href="/account/export.json"' in page
    assert 'href="/account/held"' in browser.get("/account").text


def test_a_new_runner_sees_a_page_of_little(app: Flask) -> None:
    browser = signed_in(app, make_runner("New Here"))
    page = words(browser.get("/account/held"))
    assert "Your name as Strava gave it" in page and "Daily scores in challenges" not in page


def test_the_json_holds_every_row(browser: Browser, ana: Runner) -> None:
    copy = held(browser)
    assert copy["format"] == 2 and copy["exported_at"].endswith("Z")
    assert list(copy["held"]) == [kind.file for kind in INVENTORY.values()]
    assert all(copy["held"].values()), [file for file, rows in copy["held"].items() if not rows]
    assert copy["held"]["account"][0]["name"] == "Ana Ruiz"
    assert EVIL in [run["title"] for run in copy["held"]["activities"]]
    assert copy["about"]["daily_totals"]["columns"]["distance_m"] == "metres"


def test_the_archive_holds_a_table_of_each_kind_and_the_same_json(browser: Browser) -> None:
    copy = archive(browser)
    assert copy.testzip() is None
    assert set(copy.namelist()) == {f"{kind.file}.csv" for kind in INVENTORY.values()} | {
        "README.txt",
        "everything.json",
    }
    everything = json.loads(copy.read("everything.json"))["held"]
    for kind in INVENTORY.values():
        rows = table(copy, kind.file)
        assert len(rows) == len(everything[kind.file]) > 0
        assert list(rows[0]) == list(kind.columns)


def test_no_cell_is_a_formula_and_odd_texts_survive(browser: Browser) -> None:
    run = next(row for row in table(archive(browser), "activities") if row["source_id"] == "evil")
    assert run["title"] == f"'{EVIL}"
    assert run["device"] == 'Say "hi", 5\nkm'
    assert run["utc_offset_s"] == "-18000"


def test_no_token_is_in_any_copy(browser: Browser) -> None:
    copy = archive(browser)
    texts = [copy.read(name).decode() for name in copy.namelist()] + [browser.get("/account/held").text]
    assert not any("sealed-" in text for text in texts)


def test_a_copy_holds_nothing_of_anybody_else(browser: Browser) -> None:
    text = browser.get("/account/export.json").text
    assert "Kim Lee" not in text and "run-" in text
    assert text.count('"source_id": "run-') == 1


def test_a_copy_is_for_its_owner_alone(app: Flask, browser: Browser) -> None:
    visitor = Browser(app)
    for path in ("/account/held", "/account/export.json", "/account/export.zip"):
        assert visitor.get(path).headers["Location"] == f"/connect?next={path}"
        answer = browser.get(path)
        assert "private" in answer.headers["Cache-Control"] or answer.headers["Cache-Control"] == "no-store"
    disposition = browser.get("/account/export.zip").headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=chasepack-") and disposition.endswith(".zip")


def test_a_long_history_comes_out_whole(browser: Browser, ana: Runner) -> None:
    rows = [reported(f"long-{number}", local_date=date(2020, 1, 1 + number % 28)) for number in range(3_000)]
    ingest(ana.id, rows)
    db.session.commit()
    assert len(held(browser)["held"]["activities"]) == 3_002
    assert len(table(archive(browser), "activities")) == 3_002
