"""A clock that was set: the log and the operator's page say so, and nothing waits for what it set too far ahead."""

import logging
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from jobs import admin
from tests.support.browser import Browser, words
from tests.support.builders import make_challenge, make_connected, make_entry, make_group, make_member, make_runner
from tests.support.derived import read_in
from tests.support.facts import announce
from tests.support.operator_page import PAGE
from tests.support.runs import reported
from webapp import erasure_log
from webapp.accounts import service as accounts
from webapp.accounts.queries import is_login_link_good, runners_to_erase
from webapp.accounts.restore_service import erase_again
from webapp.admin import clock_service
from webapp.auth.rules import digest_of_erased
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.extensions import settings
from webapp.group_profiles.rules import Profile
from webapp.group_profiles.service import save_profile
from webapp.models.accounts import LoginLink, SeatRequest
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge, Entry
from webapp.models.group_profiles import GroupProfile
from webapp.models.groups import Consent, Membership
from webapp.models.notifications import Delivery, Notification
from webapp.models.sync import Connection, RefusalOutage, StoredEvent
from webapp.models.words import Channel, DeliveryState
from webapp.privacy.switch_rules import FITS_ME
from webapp.redis import redis_client

AHEAD = timedelta(days=21)
# Members who switched "Fits me" on wait until five have.
SWITCHED_ON: InstrumentedAttribute[Any] = getattr(Consent, FITS_ME.column)


@pytest.fixture
def put_back(app: Flask, clock: Clock) -> datetime:
    """The time at which a clock that ran three weeks ahead was put right, after a sample."""
    clock.set(now=clock.now() + AHEAD)
    admin.take_sample()
    clock.set(now=clock.now() - AHEAD)
    return clock.now()


def note(model: type, **values: object) -> None:
    begin_write()
    db.session.execute(update(model).values(**values))
    db.session.commit()


def kept(column: InstrumentedAttribute[Any]) -> datetime | None:
    db.session.rollback()
    return db.session.scalar(select(column))


def test_a_clock_put_back_is_logged_once_and_told(
    browser: Browser, put_back: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger=clock_service.__name__):
        admin.take_sample()
        admin.take_sample()
    told = [line for line in caplog.messages if line.startswith("the clock was put back by 21 days")]
    assert len(told) == 1
    assert f"The clock was put back 21 days on {put_back:%a %d %b, %H:%M} UTC" in words(browser.get(PAGE))


def test_a_clock_set_ahead_is_told_and_after_some_days_no_longer(browser: Browser, clock: Clock) -> None:
    admin.take_sample()
    clock.set(now=clock.now() + timedelta(hours=3))
    admin.take_sample()
    assert "The clock was set 3 hours ahead on" in words(browser.get(PAGE))
    clock.set(now=clock.now() + timedelta(days=4))
    assert "The clock was set" not in words(browser.get(PAGE))


def test_a_clock_that_goes_on_is_told_nowhere(browser: Browser) -> None:
    admin.take_sample()
    admin.take_sample()
    assert "The clock was" not in words(browser.get(PAGE))


def test_a_schedule_last_seen_in_the_future_is_not_taken_for_alive(browser: Browser, put_back: datetime) -> None:
    assert redis_client().exists("chasepack:operator:sampled")
    redis_client().hset("rq:worker:one", "birth", "now")
    redis_client().sadd("rq:workers", "rq:worker:one")
    assert "The schedule is not running" in words(browser.get(PAGE))
    admin.take_sample()
    assert "The schedule is not running" not in words(browser.get(PAGE))


@pytest.mark.parametrize(
    "column",
    [
        Connection.syncing_until,
        Connection.refreshing_until,
        Connection.rest_until,
        Connection.next_full_resync_at,
        Connection.photo_tried_at,
    ],
)
def test_waits_set_ahead_are_cleared(clock: Clock, put_back: datetime, column: InstrumentedAttribute[Any]) -> None:
    make_connected(make_runner("Kim Lee"))
    note(Connection, **{column.key: clock.now() + AHEAD})
    admin.take_sample()
    assert kept(column) is None


@pytest.mark.parametrize(
    ("column", "wait"),
    [
        (Connection.syncing_until, timedelta(seconds=40)),
        (Connection.rest_until, timedelta(hours=23)),
        (Connection.next_full_resync_at, timedelta(hours=47)),
    ],
)
def test_waits_that_can_be_stay(
    clock: Clock, put_back: datetime, column: InstrumentedAttribute[Any], wait: timedelta
) -> None:
    make_connected(make_runner("Kim Lee"))
    until = clock.now() + wait
    note(Connection, **{column.key: until})
    admin.take_sample()
    assert kept(column) == until


def test_a_runner_who_left_while_it_was_ahead_is_erased_a_week_later(clock: Clock, put_back: datetime) -> None:
    make_connected(make_runner("Kim Lee"))
    note(Connection, state="deauthorised", ended_at=clock.now() + AHEAD)
    admin.take_sample()
    assert list(runners_to_erase(clock.now() + timedelta(days=6))) == []
    assert len(list(runners_to_erase(clock.now() + timedelta(days=7, minutes=1)))) == 1


@pytest.mark.both_databases
def test_a_runner_erased_while_it_was_ahead_is_not_erased_again_once_back(clock: Clock, put_back: datetime) -> None:
    erasure_log.record(settings().erased_file, digest_of_erased(7, settings().secret_key), clock.now() + AHEAD)
    admin.take_sample()
    make_connected(make_runner("Kim Lee"))
    clock.set(now=clock.now() + timedelta(minutes=5))
    note(Connection, athlete_id=7, connected_at=clock.now())
    assert erase_again(clock.now() + AHEAD) == 0
    # What a backup from before they left has of them still goes.
    note(Connection, connected_at=put_back - timedelta(days=1))
    assert erase_again(clock.now()) == 1


@pytest.mark.parametrize(
    "column", [Activity.first_seen_at, Challenge.created_at, Connection.connected_at, Entry.joined_at]
)
def test_what_came_while_it_was_ahead_came_by_now(
    clock: Clock, put_back: datetime, column: InstrumentedAttribute[Any]
) -> None:
    """So results are not taken for older than their runs, and no challenge waits for reads after a day to come."""
    runner = make_runner("Kim Lee")
    make_connected(runner)
    make_entry(make_challenge(make_group()), runner)
    read_in(runner.id, [reported("1")])
    note(cast(type, column.class_), **{column.key: clock.now() + AHEAD})
    admin.take_sample()
    time = kept(column)
    assert time is not None and time <= clock.now()


@pytest.mark.parametrize("column", [Membership.named_organiser_at, GroupProfile.fits_up_to, SWITCHED_ON])
def test_a_vote_and_a_count_of_members_wait_no_longer_than_they_should(
    clock: Clock, put_back: datetime, column: InstrumentedAttribute[Any]
) -> None:
    group = make_group()
    make_member(group)
    begin_write()
    save_profile(group, Profile(listed=True), "")
    db.session.commit()
    note(cast(type, column.class_), **{column.key: clock.now() + AHEAD})
    admin.take_sample()
    time = kept(column)
    assert time is not None and time <= clock.now()


def test_an_outage_seen_while_it_was_ahead_excuses_no_longer_than_any(clock: Clock, put_back: datetime) -> None:
    begin_write()
    db.session.add(RefusalOutage(began_at=clock.now() + AHEAD))
    db.session.commit()
    admin.take_sample()
    began_at = kept(RefusalOutage.began_at)
    assert began_at is not None and began_at <= clock.now()


def test_an_event_that_came_while_it_was_ahead_is_due(clock: Clock, put_back: datetime) -> None:
    runner = make_runner("Kim Lee")
    make_connected(runner)
    begin_write()
    told = {"object_type": "activity", "object_id": 1, "aspect": "create", "updates": {}, "event_time": clock.now()}
    far = clock.now() + AHEAD
    db.session.add(StoredEvent(runner_id=runner.id, received_at=far, retry_at=far + timedelta(minutes=5), **told))
    db.session.commit()
    admin.take_sample()
    for time in (kept(StoredEvent.received_at), kept(StoredEvent.retry_at)):
        assert time is not None and time <= clock.now()


def test_a_sign_in_link_lives_no_longer(clock: Clock, put_back: datetime) -> None:
    begin_write()
    secret = accounts.make_login_link(make_runner("Kim Lee").id, clock.now() + AHEAD)
    db.session.commit()
    assert is_login_link_good(secret, clock.now()) and kept(LoginLink.expires_at)
    admin.take_sample()
    assert not is_login_link_good(secret, clock.now())


def test_a_seat_is_held_no_longer(clock: Clock, put_back: datetime) -> None:
    begin_write()
    far = clock.now() + AHEAD
    db.session.add(SeatRequest(digest="d", name="Kim", asked_at=far, opened_at=far, network="n"))
    db.session.commit()
    admin.take_sample()
    opened_at = kept(SeatRequest.opened_at)
    assert opened_at is not None and opened_at <= clock.now()


def test_keys_that_redis_would_keep_for_weeks_go_when_they_should(put_back: datetime) -> None:
    weeks_s = int(AHEAD.total_seconds())
    limit = "LIMITS:LIMITER/127.0.0.1/sign-in/60/1/minute"
    for key in (limit, "chasepack:budget:probe", "rq:scheduler-lock:default"):
        redis_client().set(key, 1, ex=weeks_s)
    redis_client().set("chasepack:other", 1, ex=weeks_s)
    admin.take_sample()
    assert 0 < redis_client().ttl(limit) <= 3600
    assert 0 < redis_client().ttl("chasepack:budget:probe") <= 3600
    assert 0 < redis_client().ttl("rq:scheduler-lock:default") <= 600
    assert redis_client().ttl("chasepack:other") > 3600


def test_what_nobody_saw_being_set_is_put_right_within_the_hour(clock: Clock, app: Flask) -> None:
    make_connected(make_runner("Kim Lee"))
    note(Connection, syncing_until=clock.now() + AHEAD)
    admin.correct_future_times()
    assert kept(Connection.syncing_until) is None


def test_a_delivery_waits_for_no_time_of_a_wrong_clock_and_one_that_was_claimed_then_is_given_up(
    put_back: datetime,
) -> None:
    fact = announce(make_group())
    told = Notification(fact_id=fact.id, runner_id=make_runner().id, created_at=put_back)
    db.session.add(told)
    db.session.flush()
    ahead = {"due_at": put_back + AHEAD, "claimed_at": put_back + AHEAD, "state": DeliveryState.SENDING}
    db.session.add(
        Delivery(notification_id=told.id, runner_id=told.runner_id, channel=Channel.MAIL, attempts=1, **ahead)
    )
    db.session.commit()
    admin.correct_future_times()
    for column in (Delivery.due_at, Delivery.claimed_at):
        moment = kept(column)
        assert moment is not None and moment < put_back + timedelta(minutes=1)
