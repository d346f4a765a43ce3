"""Storing breaks: one that is not over at a time, and boards that learn of it."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.builders import NOON, make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.group_runs import group_run
from webapp.breaks.queries import present_break
from webapp.breaks.rules import Dates, WantedBreak
from webapp.breaks.service import Overlaps, end_break, forget_break, take_break
from webapp.db import db, write_transaction
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.models.rsvps import Rsvp
from webapp.models.words import RsvpAnswer
from webapp.rsvps.service import WantedAnswer, answer_run

TODAY, A_DAY = date(2026, 11, 12), timedelta(days=1)


@pytest.fixture
def runner_id(app: Flask) -> int:
    """A runner in a challenge."""
    runner = make_runner()
    make_entry(make_challenge(make_group()), runner)
    return runner.id


def take(runner_id: int, starts_on: date = TODAY, ends_on: date | None = None, today: date = TODAY) -> None:
    with write_transaction():
        take_break(runner_id, WantedBreak(Dates(starts_on, ends_on)), today, NOON)


def dates(runner_id: int, today: date = TODAY) -> Dates | None:
    db.session.rollback()
    found = present_break(runner_id, today)
    return Dates(found.starts_on, found.ends_on) if found else None


def version() -> int:
    db.session.rollback()
    return db.session.scalars(select(Challenge.version)).one()


def test_a_break_taken_again_takes_the_place_of_the_one_before_and_boards_learn_of_each(runner_id: int) -> None:
    before = version()
    take(runner_id)
    take(runner_id, TODAY + A_DAY, TODAY + 9 * A_DAY)
    assert dates(runner_id) == Dates(TODAY + A_DAY, TODAY + 9 * A_DAY)
    assert version() == before + 2


def test_ended_today_it_lasted_until_yesterday_and_one_without_a_day_before_is_gone(runner_id: int) -> None:
    take(runner_id, TODAY - 2 * A_DAY)
    with write_transaction():
        assert end_break(runner_id, TODAY)
    assert dates(runner_id, TODAY - A_DAY) == Dates(TODAY - 2 * A_DAY, TODAY - A_DAY)
    take(runner_id)
    with write_transaction():
        assert end_break(runner_id, TODAY)
        assert end_break(runner_id, TODAY) is None
    assert dates(runner_id) is None


def test_two_breaks_share_no_day_and_only_one_that_is_over_is_forgotten(runner_id: int) -> None:
    take(runner_id, TODAY - 9 * A_DAY, TODAY - 5 * A_DAY, today=TODAY - 9 * A_DAY)
    with pytest.raises(Overlaps) as refused:
        take(runner_id, TODAY - 5 * A_DAY)
    assert refused.value.past == Dates(TODAY - 9 * A_DAY, TODAY - 5 * A_DAY)
    past = present_break(runner_id, TODAY - 9 * A_DAY)
    assert past
    past_id = past.id
    with write_transaction():
        assert not forget_break(runner_id, past_id, TODAY - 5 * A_DAY)
        assert not forget_break(make_runner("Ben").id, past_id, TODAY)
        assert forget_break(runner_id, past_id, TODAY)
    take(runner_id, TODAY - 5 * A_DAY)


def test_a_break_answers_out_to_the_runs_on_its_dates_and_a_place_is_free(runner_id: int) -> None:
    group = db.session.scalars(select(Group)).one()
    ana, ben = db.session.get_one(Runner, runner_id), make_runner("Ben")
    for runner in (ana, ben):
        make_member(group, runner)
    inside, after = (group_run(group, TODAY + n * A_DAY, max_runners=1) for n in (1, 8))
    runs = inside.id, after.id
    db.session.commit()
    for run_id in runs:
        for one in (runner_id, ben.id):
            with write_transaction():
                answer_run(run_id, one, WantedAnswer(RsvpAnswer.IN), NOON)
    take(runner_id, TODAY, TODAY + 5 * A_DAY)
    found = {(one.run_id, one.runner_id): one.answer for one in db.session.scalars(select(Rsvp))}
    assert [found[run_id, runner_id] for run_id in runs] == [RsvpAnswer.OUT, RsvpAnswer.IN]
    assert [found[run_id, ben.id] for run_id in runs] == [RsvpAnswer.IN, RsvpAnswer.WAITING]
    with write_transaction():
        end_break(runner_id, TODAY)
    db.session.expire_all()
    assert db.session.scalars(select(Rsvp.answer).where(Rsvp.run_id == runs[0])).all().count(RsvpAnswer.OUT) == 1
