"""A delivery goes to all browsers of its runner; those that push services no longer know are forgotten."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.wrappers import Response

from tests.support.builders import make_runner
from tests.support.push_service import PushBrowser, PushService, push_service
from tests.support.settings import with_settings
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.push import PushSubscription
from webapp.models.words import FactKind
from webapp.notifications.message_rules import Message
from webapp.notifications.push_rules import MAX_FAILING
from webapp.notifications.push_sender_service import PUSH_SENDER
from webapp.notifications.push_service import add_browser, purge_failing_browsers
from webapp.notifications.sender_service import Outgoing, SendOutcome, SendResult

PATHS = ("/send/1", "/send/2", "/send/3")


@pytest.fixture
def service(app: Flask) -> Iterator[PushService]:
    with push_service() as service, with_settings(app, outbound_exceptions=(service.place,)):
        yield service


@pytest.fixture
def mia(app: Flask) -> Runner:
    runner = make_runner("Mia Moss")
    db.session.commit()
    return runner


def add(runner: Runner, *browsers: PushBrowser) -> None:
    for browser in browsers:
        with write_transaction():
            add_browser(runner.id, browser.subscription, clock().now())


def send(runner: Runner, *, is_urgent: bool = False) -> SendOutcome:
    lines = ("Ben is 400 m ahead of you in November.", "You have 12 days left.")
    message = Message(5, FactKind.OVERTAKEN, "Ben went past you", lines, "/g/milers/chase", "My chase", "Milers")
    return PUSH_SENDER.send(Outgoing(7, runner.id, is_urgent, message), clock().now())


def left(runner: Runner) -> list[bool]:
    """Return for each browser of a runner whether its push service refuses pushes."""
    db.session.rollback()
    mine = select(PushSubscription).where(PushSubscription.runner_id == runner.id).order_by(PushSubscription.id)
    return [row.failing_since is not None for row in db.session.scalars(mine)]


def test_all_browsers_of_a_runner_and_no_other_get_a_push(service: PushService, mia: Runner) -> None:
    other = make_runner("Olga Orlova")
    db.session.commit()
    browsers = [service.browser(path) for path in PATHS]
    add(mia, *browsers[:2])
    add(other, browsers[2])
    assert PUSH_SENDER.reachable([mia.id, other.id, other.id + 1]) == {mia.id, other.id}
    assert send(mia, is_urgent=True) == SendOutcome(SendResult.SENT)
    assert [push.path for push in service.taken] == ["/send/1", "/send/2"]
    assert [browser.read(push.body) for browser, push in zip(browsers, service.taken, strict=False)] == [
        {
            "title": "Ben went past you",
            "body": "Ben is 400 m ahead of you in November. You have 12 days left.",
            "link": "/g/milers/chase",
            "tag": "delivery-7",
        }
    ] * 2
    assert {push.headers["Urgency"] for push in service.taken} == {"high"}


@pytest.mark.parametrize(
    ("statuses", "outcome", "failing"),
    [
        ((404, 410, 404), SendOutcome(SendResult.REFUSED, "no_browser"), []),
        ((410, 201, 410), SendOutcome(SendResult.SENT), [False]),
        ((503, 201, 429), SendOutcome(SendResult.SENT), [False, False, False]),
        ((503, 429, 410), SendOutcome(SendResult.RETRY, "push_service_busy"), [False, False]),
        ((403, 410, 413), SendOutcome(SendResult.REFUSED, "push_service_refused"), [True, True]),
        ((403, 503, 201), SendOutcome(SendResult.SENT), [True, False, False]),
    ],
)
def test_what_push_services_answer(
    service: PushService, mia: Runner, statuses: tuple[int, ...], outcome: SendOutcome, failing: list[bool]
) -> None:
    add(mia, *(service.browser(path) for path in PATHS))
    service.answers = {path: Response(status=status) for path, status in zip(PATHS, statuses, strict=True)}
    assert send(mia) == outcome
    assert left(mia) == failing


def test_a_push_waits_as_long_as_a_push_service_asks(service: PushService, mia: Runner) -> None:
    add(mia, service.browser("/send/1"), service.browser("/send/2"))
    busy = Response(status=429, headers={"Retry-After": "7200"})
    service.answers = {"/send/1": busy, "/send/2": Response(status=503)}
    assert send(mia) == SendOutcome(SendResult.RETRY, "push_service_busy", timedelta(hours=2))


def test_a_runner_without_a_browser_gets_nothing(service: PushService, mia: Runner) -> None:
    assert PUSH_SENDER.reachable([mia.id]) == set()
    assert send(mia) == SendOutcome(SendResult.REFUSED, "no_browser")


def test_a_browser_that_leads_to_a_private_address_by_now_is_not_called(
    app: Flask, service: PushService, mia: Runner
) -> None:
    add(mia, service.browser())
    with with_settings(app, outbound_exceptions=()):
        assert send(mia) == SendOutcome(SendResult.REFUSED, "push_service_refused")
    assert service.taken == []


@pytest.mark.both_databases
def test_a_browser_is_forgotten_once_every_push_was_refused_for_long(service: PushService, mia: Runner) -> None:
    add(mia, service.browser("/send/1"), service.browser("/send/2"))
    service.answers = {"/send/1": Response(status=403)}
    before = clock().now()
    send(mia)
    with write_transaction():
        assert purge_failing_browsers(before + MAX_FAILING - timedelta(seconds=1)) == 0
    service.answers = {"/send/2": Response(status=403)}
    send(mia)
    assert left(mia) == [False, True]
    with write_transaction():
        assert purge_failing_browsers(clock().now() + MAX_FAILING) == 1
    assert left(mia) == [False]
