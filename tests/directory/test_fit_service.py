"""Counting members for the directory, on both databases: whom it counts, what it stores, and when that goes."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from jobs.directory import count_members
from tests.support.builders import make_connection, make_member, make_runner
from tests.support.consents import choose
from tests.support.profiles import list_group
from webapp.config import Settings
from webapp.db import db, write_transaction
from webapp.directory.fit_queries import pattern_of_runner
from webapp.directory.fit_rules import Reasons, RunningPattern
from webapp.directory.queries import listed_groups
from webapp.directory.rules import GroupSearch
from webapp.extensions import clock
from webapp.memberships.service import leave
from webapp.models.accounts import Runner
from webapp.models.directory import GroupFit
from webapp.models.group_profiles import GroupProfile
from webapp.models.groups import Consent, Group
from webapp.models.scoring import LedgerDay
from webapp.models.words import ConnectionState, FitKind
from webapp.sync.service import end_connection

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def empty_tables(app: Flask) -> Flask:
    """Each test has the application and its empty tables."""
    return app


# Each builder lives on 12 November 2026, a Thursday: the whole weeks are those from 12 October to 8 November.
FIRST, LAST = date(2026, 10, 12), date(2026, 11, 8)
MINE = RunningPattern(pace=11, distance=1, days=2)


def runs(runner: Runner, pace_s: int = 330, days: tuple[date, ...] = ()) -> None:
    """Give a runner 60 km over twelve days, or over these days, in the whole weeks."""
    for day in days or tuple(FIRST + timedelta(days=2 * number) for number in range(12)):
        figures = {"distance_m": 5000, "moving_s": 5 * pace_s, "climb_m": 0, "runs": 1, "longest_m": 5000}
        db.session.add(LedgerDay(runner_id=runner.id, sport_class="run", local_date=day, **figures))
    db.session.commit()


def add_members(group: Group, count: int, *, counted: bool = True, pace_s: int = 330) -> list[Runner]:
    runners = [make_runner(f"Runner {chr(65 + number)}") for number in range(count)]
    for runner in runners:
        switches: dict[str, Any] = {"fits_me_at": clock().now()} if counted else {}
        make_member(group, runner, **switches)
        runs(runner, pace_s)
    return runners


def stored() -> dict[tuple[FitKind, int], int]:
    db.session.rollback()
    return {(fit.kind, fit.band): fit.step for fit in db.session.scalars(select(GroupFit))}


def steps(step: int, pattern: RunningPattern = MINE) -> dict[tuple[FitKind, int], int]:
    return dict.fromkeys(pattern.bands.items(), step)


def test_nothing_is_stored_below_five_members_and_from_then_on_steps_alone() -> None:
    group = list_group("Owls")
    for count, step in ((4, 0), (1, 5), (4, 5), (1, 10)):
        add_members(group, count)
        db.session.execute(update(GroupProfile).values(counted_for=None))
        db.session.commit()
        count_members()
        assert stored() == (steps(step) if step else {})


def test_only_members_who_switched_it_on_and_are_shown_are_counted() -> None:
    group = list_group("Owls")
    counted = add_members(group, 5)
    add_members(group, 10, counted=False)
    count_members()
    assert stored() == steps(5)
    connection = make_connection(counted[0], state=ConnectionState.DEAUTHORISED)
    db.session.execute(update(GroupProfile).values(counted_for=None))
    db.session.commit()
    count_members()
    assert stored() == {} and connection.runner_id == counted[0].id


def test_members_are_counted_once_a_week() -> None:
    group = list_group("Owls")
    count_members()
    add_members(group, 5)
    for days, found in ((0, {}), (3, {}), (4, steps(5))):  # Thursday, Sunday, Monday
        clock().set(now=clock().now().replace(day=12) + timedelta(days=days))
        count_members()
        count_members()
        assert bool(stored()) == bool(found)


@pytest.mark.parametrize("how", ["switched off", "hidden", "left", "disconnected"])
def test_one_who_is_no_longer_counted_takes_all_numbers_of_the_group_along(how: str) -> None:
    group, other = list_group("Owls"), list_group("Larks")
    someone = add_members(group, 6)[0]
    add_members(other, 5)
    count_members()
    if how in ("switched off", "hidden"):
        level = "hidden" if how == "hidden" else None
        choose(group.id, someone.id, level, fits_me=level is not None)
    else:
        with write_transaction():
            (leave if how == "left" else _disconnect)(group.id, someone.id, clock().now())
    assert set(db.session.scalars(select(GroupFit.group_id))) == {other.id}
    count_members()
    assert set(db.session.scalars(select(GroupFit.group_id))) == {other.id}, "until the next week"


def _disconnect(_group_id: int, runner_id: int, now: datetime) -> None:
    end_connection(runner_id, now)


def test_one_who_was_never_counted_takes_nothing_along() -> None:
    group = list_group("Owls")
    add_members(group, 5)
    other = add_members(group, 1, counted=False)[0]
    count_members()
    with write_transaction():
        leave(group.id, other.id, clock().now())
    assert stored() == steps(5)


def test_leaving_takes_the_switch_back() -> None:
    group = list_group("Owls")
    someone = add_members(group, 2)[0]
    with write_transaction():
        leave(group.id, someone.id, clock().now())
    switches = select(func.count()).where(Consent.runner_id == someone.id, Consent.fits_me_at.is_not(None))
    assert db.session.scalar(switches) == 0


def test_groups_that_suit_the_runner_come_first_with_the_reason() -> None:
    list_group("Alders")
    list_group("Birches", quickest=300, slowest=390)
    add_members(list_group("Cedars"), 5)
    count_members()
    groups, _ = listed_groups(GroupSearch(), 1, MINE)
    assert [(group.name, group.size) for group in groups] == [("Cedars", 5), ("Birches", 0), ("Alders", 0)]
    assert [group.reasons for group in groups] == [Reasons(5, 5, 5), Reasons(tells_pace=True), Reasons()]
    assert [group.name for group in listed_groups(GroupSearch(), 1)[0]] == ["Alders", "Birches", "Cedars"]


def test_the_pattern_of_a_runner_is_that_of_the_whole_weeks() -> None:
    runner = make_runner()
    runs(runner, days=(FIRST - timedelta(days=1), LAST + timedelta(days=1)))
    assert pattern_of_runner(runner.id, clock().today("UTC")) is None
    runs(runner)
    assert pattern_of_runner(runner.id, clock().today("UTC")) == MINE


def test_where_only_points_are_shared_nothing_is_counted(app: Flask) -> None:
    add_members(list_group("Owls"), 5)
    count_members()
    settings: Settings = app.extensions["settings"]
    app.extensions["settings"] = settings.model_copy(update={"sharing": "points"})
    try:
        count_members()
        assert stored() == {}
    finally:
        app.extensions["settings"] = settings
