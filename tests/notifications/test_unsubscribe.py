"""Stopping mails by the link in one: without signing in, by a mail program or by hand."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.boards import NOON
from tests.support.builders import make_runner
from tests.support.html import elements, shown
from webapp.accounts.service import erase_runner
from webapp.db import db, write_transaction
from webapp.extensions import settings
from webapp.models.accounts import Runner
from webapp.models.notifications import NotificationChoice
from webapp.models.words import Channel, FactKind
from webapp.notifications.choice_queries import choices_of
from webapp.notifications.unsubscribe_rules import MailKind, mail_kind_of

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def forms_need_tokens(app: Flask) -> Iterator[None]:
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def runner(app: Flask) -> Runner:
    runner = make_runner("Ana Ruiz")
    db.session.commit()
    return runner


def path_for(runner: Runner, kind: FactKind = FactKind.CHALLENGE_FINAL) -> str:
    return f"/unsubscribe/{MailKind.to(runner.id, runner.created_at, kind).token(settings().secret_key)}"


def mailed_kinds(runner_id: int) -> set[FactKind]:
    db.session.rollback()
    return {kind for (kind, channel), wanted in choices_of(runner_id).items() if wanted and channel == Channel.MAIL}


@pytest.mark.usefixtures("forms_need_tokens")
def test_a_mail_program_unsubscribes_its_reader_with_one_post(client: FlaskClient, runner: Runner) -> None:
    before = mailed_kinds(runner.id)
    for _ in range(2):
        answer = client.post(path_for(runner), data=ONE_CLICK)
        assert (answer.status_code, "No more of these mails will come." in shown(answer.text)) == (200, True)
    assert mailed_kinds(runner.id) == before - {FactKind.CHALLENGE_FINAL}


@pytest.mark.usefixtures("forms_need_tokens")
def test_the_page_of_the_link_only_shows_buttons(client: FlaskClient, runner: Runner) -> None:
    before, path = mailed_kinds(runner.id), path_for(runner)
    page = client.get(path).text
    assert "A challenge is final" in shown(page)
    assert [one.text() for one in elements(page, "main form button")] == ["Stop these mails", "Stop all mails"]
    assert mailed_kinds(runner.id) == before
    assert "No more mails will come." in shown(client.post(path, data={"every": "1"}).text)
    assert mailed_kinds(runner.id) == set()


def test_a_link_to_a_runner_who_is_gone_is_answered_the_same_and_stops_nobody_elses_mails(
    client: FlaskClient, runner: Runner
) -> None:
    path, runner_id = path_for(runner), runner.id
    shows, acts = client.get(path).text, client.post(path, data=ONE_CLICK).text
    with write_transaction():
        erase_runner(runner_id, NOON)
    db.session.add(Runner(id=runner_id, name="Bea Stone", created_at=NOON.replace(year=2027)))
    db.session.commit()
    assert (client.get(path).text, client.post(path, data=ONE_CLICK).text) == (shows, acts)
    assert db.session.scalars(select(NotificationChoice)).all() == []


@pytest.mark.parametrize("token", ["x", "WzEsMiwieCJd.AAAA", "a.b.c", "%00", "é", "x" * 5000])
def test_a_link_that_we_did_not_make_is_answered_as_calmly(client: FlaskClient, runner: Runner, token: str) -> None:
    assert "Stop these mails?" in shown(client.get(f"/unsubscribe/{token}").text)
    assert "No more of these mails will come." in shown(client.post(f"/unsubscribe/{token}").text)
    assert db.session.scalars(select(NotificationChoice)).all() == []


def test_nobody_can_make_a_link_without_the_key_of_the_installation(app: Flask, runner: Runner) -> None:
    asked = MailKind.to(runner.id, runner.created_at, FactKind.ANNOUNCEMENT)
    assert mail_kind_of(asked.token("one key"), "one key") == asked
    assert mail_kind_of(asked.token("one key"), "another key") is None
