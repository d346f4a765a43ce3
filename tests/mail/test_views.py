"""Saying where mails go: the page, the link that confirms it, and what is answered to links that do not work."""

from datetime import timedelta
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.support.board_pages import sign_in
from tests.support.boards import NOON
from tests.support.builders import make_runner
from tests.support.html import shown
from tests.support.mails import html, make_address, path_in, plain, take_mails
from tests.support.settings import with_settings
from tests.support.worker import process_jobs
from webapp.accounts.service import erase_runner
from webapp.db import db, write_transaction
from webapp.extensions import clock, limiter
from webapp.mail.queries import deliverable
from webapp.models.accounts import Runner
from webapp.models.mail import MailAddress

PAGE, LINK = "/account/mail", r"/mail/confirm/[\w-]+"


@pytest.fixture
def runner_id(client: FlaskClient) -> int:
    clock().set(now=NOON, speed=0)
    take_mails()
    runner = make_runner("Ana Ruiz")
    db.session.commit()
    sign_in(client, runner.id)
    return runner.id


def set_address(app: Flask, client: FlaskClient, address: str = "ana@example.org") -> str:
    """Set an address and return the path of the link that was mailed there."""
    answer = client.post(PAGE, data={"address": address}, follow_redirects=True)
    assert "We have sent you a mail" in shown(answer.text)
    return mailed_link(app)


def mailed_link(app: Flask) -> str:
    assert process_jobs(app) == []
    (mail,) = take_mails()
    return path_in(mail, LINK)


def confirmed(runner_id: int) -> dict[int, str]:
    db.session.rollback()
    return dict(deliverable([runner_id]))


def test_an_address_counts_once_its_link_was_opened_signed_in_or_not(
    app: Flask, client: FlaskClient, runner_id: int
) -> None:
    link = set_address(app, client, " Ana.Ruiz@Example.ORG ")
    assert confirmed(runner_id) == {}
    assert "We have sent a mail to Ana.Ruiz@example.org" in shown(client.get(PAGE).text)
    elsewhere = app.test_client()
    for _ in range(2):  # a mail scanner looks first
        assert "Is this your address?" in shown(elsewhere.get(link).text)
    assert confirmed(runner_id) == {}
    assert "Your address is confirmed" in shown(elsewhere.post(link).text)
    assert confirmed(runner_id) == {runner_id: "Ana.Ruiz@example.org"}
    assert "Mails go to Ana.Ruiz@example.org" in shown(client.get(PAGE).text)


def test_the_confirming_mail_says_what_it_is_and_offers_nothing_to_unsubscribe_from(
    app: Flask, client: FlaskClient, runner_id: int
) -> None:
    client.post(PAGE, data={"address": "ana@example.org"})
    process_jobs(app)
    (mail,) = take_mails()
    assert (mail["To"], mail["Subject"]) == ("ana@example.org", "Confirm your e-mail address")
    assert mail["List-Unsubscribe"] is None
    assert path_in(mail, LINK) in html(mail)
    for part in (plain(mail), html(mail)):
        assert "If it was not you, do nothing" in part and "Ana" not in part


def test_a_link_that_was_used_says_so_calmly(app: Flask, client: FlaskClient, runner_id: int) -> None:
    link = set_address(app, client)
    client.post(link)
    for answer in (client.get(link), client.post(link)):
        assert (answer.status_code, "It is confirmed already" in shown(answer.text)) == (200, True)


def test_a_late_link_says_so_and_another_mail_helps(app: Flask, client: FlaskClient, runner_id: int) -> None:
    late = set_address(app, client)
    clock().set(now=NOON + timedelta(hours=48), speed=0)
    for answer in (client.get(late), client.post(late)):
        assert (answer.status_code, "This link has run out" in shown(answer.text)) == (410, True)
    assert confirmed(runner_id) == {}
    client.post(f"{PAGE}/again")
    good = mailed_link(app)
    assert client.post(late).status_code == 410
    client.post(good)
    assert confirmed(runner_id)
    assert "There is nothing to confirm." in shown(client.post(f"{PAGE}/again", follow_redirects=True).text)


@pytest.mark.parametrize("ending", ["changed", "deleted", "erased", "never made"])
def test_the_link_to_an_address_that_is_gone_does_not_work(
    app: Flask, client: FlaskClient, runner_id: int, ending: str
) -> None:
    link = set_address(app, client)
    if ending == "changed":
        set_address(app, client, "other@example.org")
    elif ending == "deleted":
        client.post(f"{PAGE}/remove")
    elif ending == "erased":
        with write_transaction():
            erase_runner(runner_id, NOON)
    else:
        link = link[:-3] + "xxx"
    for answer in (client.get(link), client.post(link)):
        assert (answer.status_code, "does not work any more" in shown(answer.text)) == (410, True)
    assert confirmed(runner_id) == {}


@pytest.mark.parametrize(
    "address", ["", "ana", "Ana <ana@example.org>", "ana@example.org\r\nBcc: b@example.org", "a@b"]
)
def test_what_is_no_address_is_said_at_the_field_and_sends_nothing(
    app: Flask, client: FlaskClient, runner_id: int, address: str
) -> None:
    answer = client.post(PAGE, data={"address": address})
    assert answer.status_code == 200
    assert "e-mail address" in shown(answer.text, ".field__error")
    assert process_jobs(app) == []
    assert take_mails() == []


def test_a_new_address_replaces_the_former_until_when_nothing_is_sent(
    app: Flask, client: FlaskClient, runner_id: int
) -> None:
    client.post(set_address(app, client))
    assert "Mails go there already." in shown(
        client.post(PAGE, data={"address": "ana@example.org"}, follow_redirects=True).text
    )
    link = set_address(app, client, "new@example.org")
    assert confirmed(runner_id) == {}
    client.post(link)
    assert confirmed(runner_id) == {runner_id: "new@example.org"}


def test_an_address_is_deleted_with_one_press(app: Flask, client: FlaskClient, runner_id: int) -> None:
    client.post(set_address(app, client))
    assert "you get no mails" in shown(client.post(f"{PAGE}/remove", follow_redirects=True).text)
    assert db.session.get(MailAddress, runner_id) is None
    assert client.post(f"{PAGE}/remove").status_code == 302


def test_the_database_has_the_address_sealed_and_the_copy_has_it_in_clear(
    app: Flask, client: FlaskClient, runner_id: int
) -> None:
    make_address(cast(Runner, db.session.get(Runner, runner_id)))
    raw = db.session.execute(text("SELECT * FROM mail_address")).one()
    assert "ana@" not in repr(raw)
    assert "ana@example.org" in client.get("/account/export.json").text


def test_an_address_whose_key_is_gone_is_asked_for_again(app: Flask, client: FlaskClient, runner_id: int) -> None:
    make_address(cast(Runner, db.session.get(Runner, runner_id)))
    db.session.execute(text("UPDATE mail_address SET address = 'sealed by nobody'"))
    db.session.commit()
    assert "can no longer be read" in shown(client.get(PAGE).text)
    assert confirmed(runner_id) == {}


def test_an_installation_without_a_relay_says_so_and_takes_no_address(
    app: Flask, client: FlaskClient, runner_id: int
) -> None:
    with with_settings(app, chasepack_strava_client_id="1"):
        assert "sends no mails yet" in shown(client.get(PAGE).text)
        client.post(PAGE, data={"address": "ana@example.org"})
    assert db.session.get(MailAddress, runner_id) is None


def test_nobody_is_sent_many_mails_that_others_asked_for(app: Flask, client: FlaskClient, runner_id: int) -> None:
    limiter.enabled = True
    try:
        again = [client.post(f"{PAGE}/again").status_code for _ in range(6)]
        others = []
        for number in range(6):
            runner = make_runner(f"Runner {number}")
            db.session.commit()
            other = app.test_client()
            sign_in(other, runner.id)
            others.append(other.post(PAGE, data={"address": "Victim@example.org"}).status_code)
    finally:
        limiter.enabled = False
    assert (again, others) == ([302] * 5 + [429], [302] * 5 + [429])
