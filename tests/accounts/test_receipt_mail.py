"""The receipt of erasing as a mail: the last one to an address that is gone by then."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from jobs.accounts import erase_sweep
from tests.support.boards import NOON
from tests.support.builders import make_runner
from tests.support.mail_server import CLOSES, MailServer
from tests.support.mails import make_address
from tests.support.settings import with_settings
from tests.support.worker import process_jobs
from webapp.accounts.service import erase_runner
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.models.accounts import ErasureReceipt


@pytest.fixture
def server(app: Flask) -> Iterator[MailServer]:
    clock().set(now=NOON, speed=0)
    with MailServer() as server, with_settings(app, mail_url=server.url, mail_timeout=5.0):
        yield server


def erase() -> None:
    runner = make_runner("Ana Ruiz")
    make_address(runner)
    with write_transaction():
        erase_runner(runner.id, NOON)


def address_kept() -> str | None:
    db.session.rollback()
    return db.session.scalars(select(ErasureReceipt.mail_to)).one()


@pytest.mark.both_databases
def test_an_erased_runner_gets_the_receipt_once_and_their_address_is_gone(app: Flask, server: MailServer) -> None:
    erase()
    assert process_jobs(app) == process_jobs(app) == []
    assert [mail.to for mail in server.mails] == [["ana@example.org"]]
    assert address_kept() is None


def test_an_address_that_takes_no_mail_is_gone_as_well(app: Flask, server: MailServer) -> None:
    server.says["mail"] = CLOSES
    erase()
    process_jobs(app)
    assert server.mails == [] and address_kept() is None


def test_the_address_of_a_receipt_whose_job_was_lost_is_forgotten_within_a_day(server: MailServer) -> None:
    erase()
    assert address_kept() == "ana@example.org"
    clock().set(now=NOON + timedelta(hours=25), speed=0)
    erase_sweep()
    assert address_kept() is None


def test_without_a_relay_no_mail_is_written(app: Flask) -> None:
    erase()
    assert address_kept() is None
