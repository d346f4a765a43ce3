"""Sending what is due: at the rate of the channel, around what fails, never twice, and after a kill no more."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from jobs.notifications import fan_out_facts, notification_sweep, send_deliveries
from tests.support.builders import make_group, make_member, make_runner
from tests.support.facts import Postman, sending_by, states
from webapp.announcements.rules import Draft
from webapp.announcements.service import delete_announcement, post_announcement
from webapp.clock import Clock
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.models.announcements import Announcement
from webapp.models.groups import Group
from webapp.models.notifications import Delivery
from webapp.notifications.rules import MAX_SENDING
from webapp.notifications.sender_service import Outgoing, SendOutcome, SendResult
from webapp.queue import waiting_key
from webapp.redis import redis_client

MEMBERS = 4
QUEUED = waiting_key(Job.SEND_DELIVERIES, ("mail",))


class Killed(BaseException):
    """The worker is gone."""


@pytest.fixture
def postman(app: Flask) -> Iterator[Postman]:
    postman = Postman()
    with sending_by(mail=postman):
        yield postman


@pytest.fixture
def group(postman: Postman) -> Group:
    """A group with an organiser and four members, to whom an announcement is due."""
    group = make_group()
    organiser = make_member(group, make_runner("Olga"), role="organiser").runner_id
    for number in range(MEMBERS):
        make_member(group, make_runner(f"Runner {number}"))
    with write_transaction():
        post_announcement(
            group.id, Draft("Sunday", "At nine, by the old mill.", pinned=False, ends_on=None), organiser, clock().now()
        )
    fan_out_facts()
    redis_client().delete(QUEUED)
    return group


def ids() -> list[int]:
    return list(db.session.scalars(select(Delivery.id).order_by(Delivery.id)))


def test_each_member_is_sent_an_announcement_once(group: Group, postman: Postman) -> None:
    for _ in range(2):
        send_deliveries("mail")
    assert postman.took == ids()
    assert states() == ["sent"] * MEMBERS


@pytest.mark.both_databases
def test_two_jobs_at_once_send_each_message_once(app: Flask, group: Group, postman: Postman) -> None:
    wanted, together = ids(), Barrier(2)
    db.session.commit()

    def work(_number: int) -> None:
        with app.app_context():
            together.wait()
            send_deliveries("mail")
            db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    assert sorted(postman.took) == wanted
    assert states() == ["sent"] * MEMBERS


def test_one_that_is_deleted_before_it_is_sent_is_not_sent(group: Group, postman: Postman) -> None:
    postman.wait_s = 3.0
    send_deliveries("mail")
    assert redis_client().exists(QUEUED), "the job comes back when the channel may send again"
    with write_transaction():
        posted = db.session.scalars(select(Announcement)).one()
        delete_announcement(group.id, posted.id, group.memberships[0].runner_id, clock().now())
    postman.wait_s = 0.0
    send_deliveries("mail")
    assert postman.took == []
    assert states() == ["withdrawn"] * MEMBERS


def test_a_channel_that_does_not_answer_is_left_alone_for_a_moment(group: Group, postman: Postman) -> None:
    postman.answer = SendOutcome(SendResult.AWAY, "no_answer")
    send_deliveries("mail")
    send_deliveries("mail")
    assert len(postman.took) == 1
    assert states() == ["waiting"] * MEMBERS


def test_what_was_not_sent_is_logged_with_its_reason_and_no_address(
    group: Group, postman: Postman, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "jobs")
    postman.answer = SendOutcome(SendResult.REFUSED, "address_refused")
    send_deliveries("mail")
    lines = [
        (record.getMessage(), record.__dict__["delivery"])
        for record in caplog.records
        if record.name == "jobs.notifications"
    ]
    assert lines == [("not sent, refused: address_refused", number) for number in ids()]


def test_what_one_message_does_wrong_holds_up_no_other(
    group: Group, postman: Postman, caplog: pytest.LogCaptureFixture
) -> None:
    first = ids()[0]

    class Clumsy(Postman):
        def send(self, outgoing: Outgoing, now: object) -> SendOutcome:
            super().send(outgoing, clock().now())
            if outgoing.delivery_id == first:
                raise ValueError
            return self.answer

    with sending_by(mail=Clumsy()):
        send_deliveries("mail")
    assert states() == ["unknown", *["sent"] * (MEMBERS - 1)]
    assert "sending failed" in caplog.text


@pytest.mark.both_databases
def test_of_a_killed_worker_one_message_is_unknown_and_the_others_are_sent(
    group: Group, postman: Postman, clock: Clock
) -> None:
    class Deadly(Postman):
        def send(self, outgoing: Outgoing, now: object) -> SendOutcome:
            raise Killed

    with sending_by(mail=Deadly()), pytest.raises(Killed):
        send_deliveries("mail")
    send_deliveries("mail")
    assert states() == ["sending", *["sent"] * (MEMBERS - 1)]
    clock.set(now=clock.now() + MAX_SENDING + timedelta(seconds=1))
    notification_sweep()
    send_deliveries("mail")
    assert states() == ["unknown", *["sent"] * (MEMBERS - 1)]
    assert len(postman.took) == MEMBERS - 1


def test_the_sweep_finds_what_was_never_enqueued(group: Group, postman: Postman) -> None:
    assert not redis_client().exists(QUEUED)
    notification_sweep()
    assert redis_client().exists(QUEUED)
