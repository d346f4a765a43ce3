"""Sending the mail that confirms an address, through a relay that takes it or does not."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from jobs.mail import mail_sweep, send_confirmation
from tests.support.boards import NOON
from tests.support.builders import make_runner
from tests.support.inbox import said_to
from tests.support.mail_server import CLOSES, HANGS, MailServer
from tests.support.mails import take_mails
from tests.support.settings import with_settings
from tests.support.worker import process_jobs, queued
from webapp.accounts.service import erase_runner
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.mail import rules, service
from webapp.models.accounts import Runner
from webapp.models.mail import MailAddress

STOPPED = (
    "Mails do not reach you | Your mail server refused a mail from here, so we send no more. | "
    "Please check your address. If it is right, save it once more and we try again."
)


@pytest.fixture
def server(app: Flask) -> Iterator[MailServer]:
    clock().set(now=NOON, speed=0)
    with MailServer() as server, with_settings(app, mail_url=server.url, mail_timeout=5.0):
        yield server


@pytest.fixture
def runner(server: MailServer) -> Runner:
    runner = make_runner("Ana Ruiz")
    with write_transaction():
        service.set_address(runner.id, "ana@example.org", NOON)
    return runner


def stored(runner: Runner) -> MailAddress:
    db.session.rollback()
    return db.session.get_one(MailAddress, runner.id)


def test_a_relay_gets_the_mail_once_however_often_the_job_runs(app: Flask, server: MailServer, runner: Runner) -> None:
    for _ in range(3):
        send_confirmation(runner.id)
    assert [mail.to for mail in server.mails] == [["ana@example.org"]]


@pytest.mark.parametrize("said", ["450 4.2.0 Greylisted", CLOSES, "554 5.3.2 Out of service"])
def test_a_failure_that_may_pass_is_tried_again_with_growing_pauses(
    app: Flask, server: MailServer, runner: Runner, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.says["mail"] = said
    now = NOON
    for pause in rules.PAUSES:
        mail_sweep()
        process_jobs(app)
        assert stored(runner).confirm_due_at == now + pause
        now += pause
        clock().set(now=now, speed=0)
    server.says.clear()
    mail_sweep()
    process_jobs(app)
    assert len(server.mails) == 1
    assert "ana" not in caplog.text


def test_a_mail_that_cannot_go_out_for_two_days_is_given_up(app: Flask, server: MailServer, runner: Runner) -> None:
    server.says["greeting"] = CLOSES
    clock().set(now=NOON + timedelta(hours=48))
    send_confirmation(runner.id)
    assert stored(runner).confirm_due_at is None


def test_an_address_that_is_refused_stops_until_its_owner_says_more(
    app: Flask, server: MailServer, runner: Runner, caplog: pytest.LogCaptureFixture
) -> None:
    server.says["rcpt"] = "550 5.1.1 No ana@example.org here"
    caplog.set_level(logging.INFO, "jobs")
    send_confirmation(runner.id)
    assert (stored(runner).stop_reason, stored(runner).confirm_due_at) == ("address_refused", None)
    assert "confirming mail not sent: address_refused (550)" in caplog.text
    assert "ana@" not in caplog.text
    assert said_to(runner.id) == [STOPPED]
    server.says.clear()
    with write_transaction():
        service.set_address(runner.id, "ana@example.org", NOON)
    send_confirmation(runner.id)
    assert (len(server.mails), stored(runner).stopped_at) == (1, None)
    assert said_to(runner.id) == []


def test_a_mail_that_may_have_gone_out_is_not_sent_again(app: Flask, server: MailServer, runner: Runner) -> None:
    server.says["data"] = HANGS
    with with_settings(app, mail_url=server.url, mail_timeout=0.3):
        send_confirmation(runner.id)
    assert stored(runner).confirm_due_at is None


def test_the_relay_gets_no_more_mails_within_a_minute_than_it_takes(app: Flask, server: MailServer) -> None:
    runners = [make_runner(f"Runner {number}") for number in range(4)]
    with write_transaction():
        for runner in runners:
            service.set_address(runner.id, f"r{runner.id}@example.org", NOON)
    with with_settings(app, mail_url=server.url, mail_per_minute=3):
        process_jobs(app, delayed=False)
    assert len(server.mails) == 3
    assert process_jobs(app) == []  # those that were set for later
    assert len(server.mails) == 4


def test_the_sweep_finds_what_a_lost_job_left_and_purges_what_nobody_confirmed(
    app: Flask, server: MailServer, runner: Runner
) -> None:
    app.extensions["redis"].flushall()
    mail_sweep()
    assert queued() == [("jobs.mail.send_confirmation", runner.id)]
    clock().set(now=NOON + rules.PURGE_UNCONFIRMED - timedelta(minutes=1))
    mail_sweep()
    assert stored(runner)
    clock().set(now=NOON + rules.PURGE_UNCONFIRMED)
    mail_sweep()
    assert db.session.get(MailAddress, runner.id) is None


def test_erasing_a_runner_erases_their_address_and_the_mails_on_file(app: Flask) -> None:
    runner = make_runner("Ana Ruiz")
    with write_transaction():
        service.set_address(runner.id, "ana@example.org", NOON)
    process_jobs(app)
    with write_transaction():
        erase_runner(runner.id, NOON)
    assert db.session.get(MailAddress, runner.id) is None
    process_jobs(app)
    assert take_mails() == []
