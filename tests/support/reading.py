"""Reading a page, and sending its form, as a runner."""

from flask import Flask

from tests.support.browser import signed_in, words
from tests.support.html import elements, shown
from webapp.db import db
from webapp.models.accounts import Runner


def read(app: Flask, runner: Runner, path: str, status: int = 200) -> str:
    browser = signed_in(app, runner)
    answer = browser.get(path)
    db.session.rollback()
    assert answer.status_code == status, (path, answer.status_code)
    return words(answer)


def send(app: Flask, runner: Runner, path: str, **form: str) -> str:
    """Send the form of a page as it stands, with these fields, and return the page that follows."""
    browser = signed_in(app, runner)
    fields = elements(browser.get(path).text, "[name=stage]")
    stage = {"stage": fields[0].attributes["value"] or ""} if fields else {}
    answer = browser.post(path, {**stage, **form})
    if answer.status_code == 302:
        answer = browser.get(answer.headers["Location"])
    db.session.rollback()
    return words(answer)


def plain(page: str) -> str:
    return shown(page, "main")
