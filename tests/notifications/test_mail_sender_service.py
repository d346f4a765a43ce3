"""Sending notifications by mail: what the reader gets, and what comes of each answer of the relay."""

import logging
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.boards import NOON
from tests.support.builders import make_group, make_runner
from tests.support.mail_server import CLOSES, HANGS, MailServer
from tests.support.mails import html, make_address, path_in, plain, take_mails
from tests.support.settings import with_settings
from tests.support.worker import process_jobs
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.facts.service import record_fact
from webapp.mail.sending_service import close_connection
from webapp.models.accounts import Runner
from webapp.models.mail import MailAddress
from webapp.models.words import FactKind
from webapp.notifications.mail_sender_service import MAIL_SENDER, send_mail, with_an_address
from webapp.notifications.message_rules import Message
from webapp.notifications.sender_service import Outgoing, SendOutcome, SendResult

UNSUBSCRIBE = r"/unsubscribe/[\w.-]+"


@pytest.fixture
def runner(app: Flask) -> Runner:
    take_mails()
    runner = make_runner("Ana Ruiz")
    make_address(runner)
    return runner


@pytest.fixture
def server(app: Flask) -> Iterator[MailServer]:
    with MailServer() as server, with_settings(app, mail_url=server.url, mail_timeout=5.0):
        yield server
        close_connection()


def outgoing(runner: Runner, delivery_id: int = 7, subject: str = "November is final") -> Outgoing:
    lines = ("You ran 120 km.", "The group ran 2,400 km.")
    kind = FactKind.CHALLENGE_FINAL
    message = Message(3, kind, subject, lines, "/g/milers/c/5", "See the board", "Morning Milers · November")
    return Outgoing(delivery_id, runner.id, False, message)


def test_the_mail_says_the_same_as_text_and_as_html(app: Flask, runner: Runner) -> None:
    assert send_mail(outgoing(runner), NOON) == SendOutcome(SendResult.SENT)
    (mail,) = take_mails()
    assert (mail["To"], mail["Subject"]) == ("ana@example.org", "November is final")
    for part in (plain(mail), html(mail)):
        said = ("You ran 120 km.", "The group ran 2,400 km.", "See the board", "/g/milers/c/5", "A challenge is final")
        assert [words for words in said if words not in part] == []
    assert "<img" not in html(mail)
    address = app.extensions["settings"].address
    assert mail["List-Unsubscribe"] == f"<{address}{path_in(mail, UNSUBSCRIBE)}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_delivery_has_one_message_id_however_often_it_is_sent(app: Flask, runner: Runner) -> None:
    ids = []
    for delivery_id in (7, 7, 8):
        send_mail(outgoing(runner, delivery_id), NOON)
        ids += [mail["Message-ID"] for mail in take_mails()]
    assert ids[0] == ids[1] != ids[2]
    with with_settings(app, secret_key="another installation " * 3):
        send_mail(outgoing(runner, 7), NOON)
    assert take_mails()[0]["Message-ID"] not in ids


def test_a_name_with_line_breaks_stays_in_its_line(app: Flask, runner: Runner) -> None:
    send_mail(outgoing(runner, subject="Bob\r\nBcc: all@example.org\r\n\r\n<script>alert(1)</script> asks"), NOON)
    (mail,) = take_mails()
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Bob Bcc: all@example.org <script>alert(1)</script> asks"
    assert "<script" not in html(mail)


def test_the_mails_of_a_batch_share_a_connection(app: Flask, server: MailServer, runner: Runner) -> None:
    for delivery_id in range(5):
        send_mail(outgoing(runner, delivery_id), NOON)
    assert (len(server.mails), server.connections) == (5, 1)


@pytest.mark.parametrize(
    ("step", "said", "outcome"),
    [
        ("rcpt", "550 5.1.1 No ana@example.org here", SendOutcome(SendResult.REFUSED, "address_refused")),
        ("data", "554 No such mailbox ana@example.org", SendOutcome(SendResult.REFUSED, "address_refused")),
        ("data", "554 5.7.1 ana@example.org: spam", SendOutcome(SendResult.REFUSED, "mail_refused")),
        ("rcpt", "450 4.2.1 ana@example.org: later", SendOutcome(SendResult.RETRY, "deferred")),
        ("data", "451 later", SendOutcome(SendResult.RETRY, "deferred")),
        ("mail", "530 5.7.0 Sign in first", SendOutcome(SendResult.AWAY, "relay_refuses")),
        ("rcpt", CLOSES, SendOutcome(SendResult.AWAY, "closed")),
        ("rcpt", HANGS, SendOutcome(SendResult.AWAY, "timed_out")),
        ("data", CLOSES, SendOutcome(SendResult.UNKNOWN, "unanswered")),
    ],
)
def test_each_answer_of_the_relay_has_its_result(
    app: Flask,
    server: MailServer,
    runner: Runner,
    step: str,
    said: str,
    outcome: SendOutcome,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "webapp")
    server.says[step] = said
    with with_settings(app, mail_url=server.url, mail_timeout=0.5 if said == HANGS else 5.0):
        assert send_mail(outgoing(runner), NOON) == outcome
    db.session.rollback()
    stopped = db.session.get_one(MailAddress, runner.id).stop_reason
    assert stopped == ("address_refused" if outcome.reason == "address_refused" else None)
    assert "ana" not in caplog.text


def test_only_a_confirmed_address_that_takes_mail_is_reached(app: Flask, runner: Runner) -> None:
    other = make_runner("Bea Stone")
    db.session.commit()
    assert with_an_address([runner.id, other.id]) == {runner.id}
    stored = db.session.get_one(MailAddress, runner.id)
    stored.stopped_at, stored.stop_reason = NOON, "address_refused"
    db.session.commit()
    assert with_an_address([runner.id]) == set()
    assert send_mail(outgoing(runner), NOON) == SendOutcome(SendResult.REFUSED, "no_address")
    stored.stopped_at, stored.confirmed_at = None, None
    db.session.commit()
    assert with_an_address([runner.id]) == set()


def test_leave_to_send_is_shared_and_counted(app: Flask, server: MailServer) -> None:
    with with_settings(app, mail_url=server.url, mail_per_minute=2):
        assert [MAIL_SENDER.wait_s() for _ in range(3)] == [0.0, 0.0, 5.0]


def test_a_fact_comes_by_mail_and_one_post_of_its_link_stops_the_kind(app: Flask, runner: Runner) -> None:
    group_id = make_group("Morning Milers").id
    for number in (1, 2):
        with write_transaction():
            record_fact(FactKind.REMOVED_FROM_GROUP, number, clock().now(), group_id=group_id, runner_id=runner.id)
        assert process_jobs(app) == []
        mails = take_mails()
        if number == 1:
            assert [mail["Subject"] for mail in mails] == ["You are no longer in Morning Milers"]
            app.test_client().post(path_in(mails[0], UNSUBSCRIBE), data={"List-Unsubscribe": "One-Click"})
    assert mails == []
