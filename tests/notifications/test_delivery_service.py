"""A delivery is claimed by one worker, sent at most once, and never after it was withdrawn."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select, update

from jobs.notifications import fan_out_facts, notification_sweep
from tests.support.builders import make_group, make_member
from tests.support.facts import Postman, announce, sending_by, states
from webapp.clock import Clock
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.facts.service import record_fact, withdraw_facts
from webapp.models.groups import Group
from webapp.models.notifications import Delivery, Notification
from webapp.models.words import Channel, FactKind
from webapp.notifications import choice_service
from webapp.notifications.delivery_service import Claimed, claim, mark_unknown, settle
from webapp.notifications.rules import MAX_AGE, MAX_SENDING, PAUSES
from webapp.notifications.sender_service import SendOutcome, SendResult

WORKERS = 4
SENT = SendOutcome(SendResult.SENT)


@pytest.fixture
def group(app: Flask) -> Iterator[Group]:
    """A group with one member, whom mail reaches."""
    group = make_group()
    make_member(group)
    with sending_by(mail=Postman()):
        yield group


@pytest.fixture
def runner_id(group: Group) -> int:
    return group.memberships[0].runner_id


def planned(group: Group, key: int = 1) -> int:
    """Announce something, and return the latest delivery."""
    announce(group, key)
    fan_out_facts()
    return db.session.scalars(select(Delivery.id).order_by(Delivery.id.desc())).all()[0]


def claimed(delivery_id: int, now: datetime | None = None) -> Claimed | None:
    with write_transaction():
        return claim(delivery_id, now or clock().now())


def settled(delivery_id: int, result: SendResult, now: datetime | None = None) -> None:
    with write_transaction():
        settle(delivery_id, SendOutcome(result, "said"), now or clock().now())


def reason(delivery_id: int) -> str:
    db.session.rollback()
    return db.session.get_one(Delivery, delivery_id).reason


@pytest.mark.both_databases
def test_of_many_workers_one_claims_a_delivery(app: Flask, group: Group) -> None:
    delivery_id, now, together = planned(group), clock().now(), Barrier(WORKERS)
    db.session.commit()

    def work(_number: int) -> bool:
        with app.app_context():
            together.wait()
            try:
                return claimed(delivery_id, now) is not None
            finally:
                db.session.remove()

    with ThreadPoolExecutor(WORKERS) as pool:
        assert sorted(pool.map(work, range(WORKERS))) == [False] * (WORKERS - 1) + [True]
    assert states() == ["sending"]


@pytest.mark.both_databases
def test_two_workers_do_not_pass_the_ceiling_at_once(app: Flask, group: Group) -> None:
    deliveries = [planned(group, key) for key in range(WORKERS)]
    now, together = clock().now(), Barrier(WORKERS)
    db.session.commit()

    def work(delivery_id: int) -> bool:
        with app.app_context():
            together.wait()
            try:
                return claimed(delivery_id, now) is not None
            finally:
                db.session.remove()

    with ThreadPoolExecutor(WORKERS) as pool:
        assert sum(pool.map(work, deliveries)) == 1
    assert sorted(states()) == ["left_to_digest"] * (WORKERS - 1) + ["sending"]


def test_a_claimed_delivery_is_sent_and_not_claimed_again(group: Group) -> None:
    delivery_id = planned(group)
    assert claimed(delivery_id)
    assert claimed(delivery_id) is None
    settled(delivery_id, SendResult.SENT)
    settled(delivery_id, SendResult.SENT)
    assert states() == ["sent"]
    assert claimed(delivery_id) is None


def test_a_delivery_whose_worker_died_is_unknown_and_never_sent_again(group: Group, clock: Clock) -> None:
    delivery_id = planned(group)
    assert claimed(delivery_id)
    notification_sweep()
    assert states() == ["sending"]
    clock.set(now=clock.now() + MAX_SENDING)
    notification_sweep()
    assert states() == ["unknown"]
    assert claimed(delivery_id) is None
    # A worker that was only slow knows better, but what it could not send is not tried again.
    settled(delivery_id, SendResult.RETRY)
    assert states() == ["unknown"]
    settled(delivery_id, SendResult.SENT)
    assert states() == ["sent"]


def test_on_a_faster_clock_a_worker_has_as_many_real_minutes(group: Group) -> None:
    delivery_id, now = planned(group), clock().now()
    assert claimed(delivery_id, now)
    with write_transaction():
        assert mark_unknown(now + MAX_SENDING, speed=100.0) == 0
        assert mark_unknown(now + 100 * MAX_SENDING, speed=100.0) == 1


def test_a_server_may_ask_for_a_longer_pause_and_not_for_a_shorter_one(group: Group) -> None:
    delivery_id, now = planned(group), clock().now()
    for asked, pause in ((timedelta(seconds=1), PAUSES[0]), (timedelta(hours=1), timedelta(hours=1))):
        assert claimed(delivery_id, now)
        with write_transaction():
            settle(delivery_id, SendOutcome(SendResult.RETRY, retry_after=asked), now)
        assert claimed(delivery_id, now + pause - timedelta(seconds=1)) is None
        now += pause


def test_what_was_not_taken_is_tried_again_after_growing_pauses_and_then_given_up(group: Group) -> None:
    delivery_id, now = planned(group), clock().now()
    with write_transaction():
        choice_service.save_settings(group.memberships[0].runner_id, None, 0, 0, urgent_in_quiet=True)
    for pause in PAUSES:
        assert claimed(delivery_id, now)
        settled(delivery_id, SendResult.RETRY, now)
        assert states() == ["waiting"]
        assert claimed(delivery_id, now + pause - timedelta(seconds=1)) is None
        now += pause
    assert claimed(delivery_id, now)
    settled(delivery_id, SendResult.RETRY, now)
    assert states() == ["failed"]
    assert claimed(delivery_id, now + timedelta(days=1)) is None


def test_a_relay_that_is_away_loses_nothing_until_it_is_no_news_any_more(group: Group) -> None:
    delivery_id, now = planned(group), clock().now()
    with write_transaction():
        choice_service.save_settings(group.memberships[0].runner_id, None, 0, 0, urgent_in_quiet=True)
    until = now + MAX_AGE
    while now < until:
        assert claimed(delivery_id, now)
        settled(delivery_id, SendResult.AWAY, now)
        assert states() == ["waiting"]
        now += PAUSES[-1]
    assert claimed(delivery_id, now) is None
    assert states() == ["left_to_digest"]


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (SendResult.REFUSED, "failed"),
        (SendResult.UNKNOWN, "unknown"),
        (SendResult.UNTOLD, "withdrawn"),
        (SendResult.SENT, "sent"),
    ],
)
def test_some_results_are_final(group: Group, result: SendResult, state: str) -> None:
    delivery_id = planned(group)
    assert claimed(delivery_id)
    settled(delivery_id, result)
    assert (states(), reason(delivery_id)) == ([state], "said")


def test_what_is_no_longer_true_wanted_or_unread_is_not_sent(group: Group, runner_id: int) -> None:
    withdrawn, read = planned(group, 1), planned(group, 2)
    with write_transaction():
        withdraw_facts(FactKind.ANNOUNCEMENT, [1], clock().now())
        mine = select(Delivery.notification_id).where(Delivery.id == read)
        db.session.execute(update(Notification).where(Notification.id.in_(mine)).values(read_at=clock().now()))
    assert claimed(withdrawn) is None and claimed(read) is None
    unwanted = planned(group, 3)
    with write_transaction():
        choice_service.choose(runner_id, FactKind.ANNOUNCEMENT, Channel.MAIL, is_wanted=False)
    assert claimed(unwanted) is None
    assert [reason(one) for one in (withdrawn, read, unwanted)] == ["withdrawn", "read", "not_wanted"]
    assert states() == ["withdrawn"] * 3


def test_what_falls_due_in_quiet_hours_waits_for_their_end(group: Group, runner_id: int) -> None:
    delivery_id, now = planned(group), clock().now()
    night, morning = now.replace(hour=23), (now + timedelta(days=1)).replace(hour=7, minute=0, second=0, microsecond=0)
    assert claimed(delivery_id, night) is None
    assert states() == ["waiting"]
    assert claimed(delivery_id, morning - timedelta(minutes=1)) is None
    assert claimed(delivery_id, morning)


def test_one_a_day_and_three_a_week_by_each_channel_and_urgent_ones_always(
    group: Group, runner_id: int, clock: Clock
) -> None:
    begin = clock.now()
    for day in range(8):
        clock.set(now=begin + timedelta(days=day))
        for number in range(2):
            delivery_id = planned(group, 10 * day + number)
            if claimed(delivery_id):
                settled(delivery_id, SendResult.SENT)
    sent = select(Delivery.claimed_at).where(Delivery.claimed_at.is_not(None)).order_by(Delivery.id)
    days = [(at - begin).days for at in db.session.scalars(sent) if at]
    assert days == [0, 1, 2, 7]
    with write_transaction():
        record_fact(FactKind.TURN_TO_PICK, 1, clock.now(), group_id=group.id, runner_id=runner_id)
    fan_out_facts()
    last = db.session.scalars(select(Delivery.id).order_by(Delivery.id.desc())).all()[0]
    found = claimed(last, clock.now().replace(hour=23))
    assert found is not None and found.is_urgent
