"""What is erased is in no file of SQLite any more."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from tests.support.browser import signed_in
from tests.support.builders import make_runner
from tests.support.known_runner import make_known
from tests.support.worker import process_jobs
from webapp.db import db, empty_log
from webapp.extensions import settings

pytestmark = pytest.mark.only_sqlite

NAME = "Zephyrine Unmistakable"


def files() -> list[Path]:
    return sorted(settings().home.glob("chasepack.sqlite3*"))


def traces(word: str) -> list[str]:
    """Return the files of the database in which a word stands."""
    return [file.name for file in files() if word.encode() in file.read_bytes()]


def test_an_erased_name_is_in_none_of_the_files_of_the_database(app: Flask) -> None:
    runner = make_runner(NAME)
    make_known(runner)
    for number in range(40):
        make_runner(f"Zephyrine {number}")
    browser = signed_in(app, runner)
    assert browser.get("/account").status_code == 200
    assert empty_log()
    assert traces(NAME), "it stands in the database"
    assert browser.post("/account/disconnect").status_code == 302
    assert process_jobs(app) == []
    assert traces(NAME) == []
    assert traces("Zephyrine 7"), "everybody else is still there"


def test_a_reader_in_the_way_is_no_failure_and_the_hourly_round_clears_up(app: Flask) -> None:
    runner = make_runner(NAME)
    browser = signed_in(app, runner)
    browser.get("/account")
    with db.engine.connect() as reader:
        reader.execute(text("SELECT name FROM runner")).all()
        browser.post("/account/disconnect")
        assert process_jobs(app) == []
        assert traces(NAME), "the log may not be emptied while somebody reads"
    assert empty_log()
    assert traces(NAME) == []
