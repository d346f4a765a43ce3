"""What the weekly digest says, to whom, and what it leaves out."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from jobs.digests import weekly_digests
from jobs.notifications import fan_out_facts
from tests.support.boards import Made, make_board, publish, set_total
from tests.support.challenges import ran
from tests.support.consents import choose
from tests.support.inbox import messages_to
from tests.support.statements import asked
from webapp.announcements import service as announcements
from webapp.announcements.rules import Draft
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.models.facts import Fact
from webapp.models.notifications import Delivery, Notification
from webapp.models.words import Channel, DeliveryState, FactKind
from webapp.notifications.message_queries import messages_of
from webapp.rulebook.ruleset import RuleSet

MORNING = datetime(2026, 11, 16, 8, tzinfo=UTC)
LAST_WEEK = date(2026, 11, 11)
ANA, BEN, CARO = range(3)
DIGEST = FactKind.WEEKLY_DIGEST


@pytest.fixture
def made(app: Flask) -> Made:
    """Ana has run 9 km, Ben 6 km and Caro 4 km, all in the week before."""
    clock().set(now=MORNING)
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Śliwa"])
    made.group.tz = "UTC"
    set_total(made, dict(zip(made.entries, (9000, 6000, 4000), strict=True)), day=LAST_WEEK)
    publish(made)
    return made


def digest_of(made: Made, who: int, now: datetime = MORNING) -> tuple[str, ...]:
    """Return the lines of a runner's digest, () for none."""
    weekly_digests()
    found = messages_to(made.runners[who], now, DIGEST)
    return found[0].text_lines if found else ()


def test_it_says_what_i_ran_my_chase_the_week_of_the_group_and_what_comes_next(made: Made) -> None:
    ran(made.runners[BEN], LAST_WEEK, 6000)
    with write_transaction():
        announcements.post_announcement(
            made.group.id, Draft("Track closed", "Until Friday", False, None), made.runners[ANA], MORNING
        )
    assert digest_of(made, BEN) == (
        "You ran 6.0 km in 1 run.",
        "Your closest chase: Caro Śliwa is 2.0 km behind you in November.",
        "Morning Milers: 3 of you ran 19.0 km together.",
        "Morning Milers says: Track closed.",
    )
    assert messages_to(made.runners[BEN], MORNING, DIGEST)[0].subject == "Your week, Mon 9 Nov to Sun 15 Nov"


def test_it_is_recorded_once_for_a_week(made: Made) -> None:
    digest_of(made, ANA)
    clock().set(now=MORNING + timedelta(hours=3))
    weekly_digests()
    assert len(messages_to(made.runners[ANA], kind=DIGEST)) == 1


def test_runners_who_did_not_run_read_that_a_new_week_has_begun(made: Made) -> None:
    assert digest_of(made, CARO)[0] == "No runs in these seven days. A new week has begun."


def test_nobody_is_told_before_monday_morning_nor_on_tuesday(made: Made) -> None:
    for moment in (MORNING - timedelta(hours=1), MORNING + timedelta(days=1)):
        clock().set(now=moment)
        weekly_digests()
    assert db.session.scalars(select(Fact.id).where(Fact.kind == DIGEST)).all() == []


def test_there_is_none_without_anything_to_say(made: Made) -> None:
    made.challenge.frozen_at = MORNING - timedelta(days=1)
    db.session.commit()
    assert digest_of(made, ANA) == ()
    assert db.session.scalars(select(Notification.id)).all() == []


def test_a_total_that_is_not_shown_is_neither_a_chase_nor_in_the_sum(made: Made) -> None:
    choose(made.group.id, made.runners[CARO], "points")
    publish(made)
    assert digest_of(made, BEN)[1:] == ("Your closest chase: Ana Ruiz is 3.0 km ahead of you in November.",)


def test_points_are_no_kilometres(made: Made) -> None:
    made.challenge.rules = RuleSet(measure="runs")
    db.session.commit()
    assert not any("together" in line for line in digest_of(made, BEN))


def test_the_end_of_a_challenge_is_something_to_look_forward_to(made: Made) -> None:
    made.challenge.ends_on = date(2026, 11, 21)
    db.session.commit()
    assert digest_of(made, ANA)[-1] == "November ends on Sat 21 Nov."


def test_what_the_ceiling_kept_back_is_in_it_until_it_is_read(made: Made) -> None:
    made.challenge.created_at, made.challenge.starts_on = MORNING - timedelta(days=30), MORNING.date()
    db.session.add(fact := Fact(kind=FactKind.CHALLENGE_BEGINS, key="1", happened_at=MORNING, data={}))
    fact.group_id, fact.challenge_id = made.group.id, made.challenge.id
    db.session.commit()
    messages_to(made.runners[ANA], MORNING)
    mine = db.session.scalars(select(Notification).where(Notification.runner_id == made.runners[ANA])).one()
    left = {"state": DeliveryState.LEFT_TO_DIGEST, "finished_at": MORNING, "due_at": MORNING}
    db.session.add(
        Delivery(notification_id=mine.id, runner_id=mine.runner_id, channel=Channel.MAIL, attempts=0, reason="", **left)
    )
    db.session.commit()
    kept_back = [line for line in digest_of(made, ANA) if line.startswith("Also new: ")]
    assert kept_back == ["Also new: November begins today."]
    db.session.execute(update(Notification).where(Notification.id == mine.id).values(read_at=MORNING))
    db.session.commit()
    assert not any(line.startswith("Also new: ") for line in digest_of(made, ANA))


def test_a_digest_read_weeks_later_says_what_its_reader_ran_then_and_nothing_else(made: Made) -> None:
    ran(made.runners[BEN], LAST_WEEK, 6000)
    assert len(digest_of(made, BEN)) > 1
    assert digest_of(made, BEN, MORNING + timedelta(days=8)) == ("You ran 6.0 km in 1 run.",)


def test_a_digest_of_earlier_stays_in_the_inbox_without_a_run(made: Made) -> None:
    assert len(digest_of(made, CARO)) > 1
    assert digest_of(made, CARO, MORNING + timedelta(days=8)) == ("No runs in these seven days. A new week has begun.",)


def test_groups_of_many_readers_are_summed_by_as_many_statements_as_those_of_one(made: Made) -> None:
    weekly_digests()
    fan_out_facts()
    told = db.session.scalars(select(Notification.id).order_by(Notification.id)).all()
    assert len(told) == 3
    messages_of(told, MORNING)  # from here on, the sums of this version are in memory
    with asked() as one:
        messages_of(told[:1], MORNING)
    with asked() as all_of_them:
        messages_of(told, MORNING)
    assert len(all_of_them) <= len(one)
