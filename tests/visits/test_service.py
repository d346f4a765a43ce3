"""Recording that a runner is here."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.support.builders import NOON, make_group, make_member, make_runner
from webapp.db import db, write_transaction
from webapp.memberships.service import remove_member
from webapp.models.accounts import Runner
from webapp.models.visits import Visit
from webapp.visits.queries import last_visits
from webapp.visits.service import record_visit

LATER = NOON + timedelta(hours=20)


@pytest.fixture
def runner(app: Flask) -> Runner:
    return make_runner()


def visit(runner: Runner, now: datetime, group_id: int | None = None) -> None:
    with write_transaction():
        record_visit(runner.id, now, group_id=group_id)


def count(*where: object) -> int:
    return db.session.scalar(select(func.count()).select_from(Visit)) or 0


@pytest.mark.both_databases
def test_a_visit_is_remembered_until_the_next_one_is_over(runner: Runner) -> None:
    group = make_member(make_group(), runner).group
    visit(runner, NOON)
    assert last_visits(runner.id, NOON) == {}
    assert last_visits(runner.id, LATER) == {group.id: NOON}
    for minutes in (0, 0, 5, 25, 45):  # twice at once, and on and on
        visit(runner, LATER + timedelta(minutes=minutes))
        assert last_visits(runner.id, LATER + timedelta(minutes=minutes)) == {group.id: NOON}
    assert count() == 1


def test_a_visit_of_one_group_leaves_the_news_of_another(runner: Runner) -> None:
    first, second = (make_member(make_group(), runner).group for _ in range(2))
    visit(runner, NOON)
    visit(runner, LATER, first.id)
    much_later = LATER + timedelta(days=1)
    assert last_visits(runner.id, much_later) == {first.id: LATER, second.id: NOON}


def test_nothing_is_kept_of_strangers_and_of_members_who_left(runner: Runner) -> None:
    group = make_group()
    visit(runner, NOON, group.id)
    assert count() == 0
    make_member(group, role="organiser")
    make_member(group, runner)
    visit(runner, NOON, group.id)
    with write_transaction():
        remove_member(group, runner.id, LATER)
    assert count() == 0


def test_a_clock_that_was_ahead_is_forgotten(runner: Runner) -> None:
    group = make_member(make_group(), runner).group
    visit(runner, NOON + timedelta(days=400))
    visit(runner, NOON)
    assert last_visits(runner.id, LATER) == {group.id: NOON}
