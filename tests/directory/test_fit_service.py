"""Counting members for the directory, on both databases: whom it counts, what it stores, and when that goes."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from jobs.directory import count_members
from tests.support.at_once import wait_until_it_waits
from tests.support.builders import make_connection, make_member, make_runner
from tests.support.consents import choose
from tests.support.profiles import list_group
from webapp.config import Settings
from webapp.db import db, write_transaction
from webapp.directory import fit_service
from webapp.directory.fit_queries import pattern_of_runner
from webapp.directory.fit_rules import NO_FITS, Reasons, RunningPattern
from webapp.directory.fit_service import withdraw_counts_of
from webapp.directory.queries import listed_groups
from webapp.directory.rules import GroupSearch
from webapp.extensions import clock
from webapp.memberships.service import leave
from webapp.models.accounts import Runner
from webapp.models.group_profiles import GroupProfile
from webapp.models.groups import Consent, Group
from webapp.models.scoring import LedgerDay
from webapp.models.words import ConnectionState
from webapp.rulebook.date_ranges import monday_of
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
    """Let this many runners join, who agree to be counted a moment after those before them."""
    clock().set(now=clock().now() + timedelta(minutes=1))
    runners = [make_runner(f"Runner {chr(65 + number)}") for number in range(count)]
    for runner in runners:
        switches: dict[str, Any] = {"fits_me_at": clock().now()} if counted else {}
        make_member(group, runner, **switches)
        runs(runner, pace_s)
    return runners


def stored(group: Group | None = None) -> str:
    """Return the counts of a group, or of the only one."""
    db.session.rollback()
    wanted = select(GroupProfile.fits)
    return db.session.scalars(wanted.where(GroupProfile.group_id == group.id) if group else wanted).one()


def steps(step: int, pattern: RunningPattern = MINE) -> str:
    return "".join(str((5, 10, 20).index(step) + 1) if place in pattern.places else "0" for place in range(22))


def count_again() -> None:
    """Count the members of every group once more, as in another week in which all run the same."""
    db.session.execute(update(GroupProfile).values(counted_for=None))
    db.session.commit()
    count_members()
    db.session.rollback()


def test_nothing_is_stored_below_five_members_and_from_then_on_steps_alone() -> None:
    group = list_group("Owls")
    for count, step in ((4, 0), (1, 5), (4, 5), (1, 10), (10, 20)):
        add_members(group, count)
        count_again()
        assert stored() == (steps(step) if step else NO_FITS)


def test_whoever_watches_cannot_tell_whose_band_reached_a_step() -> None:
    group = list_group("Owls")
    add_members(group, 4)
    add_members(group, 1, pace_s=240)
    count_again()
    before = stored()
    for _ in range(4):
        add_members(group, 1)
        count_again()
        assert stored() == before, "new members wait, whatever they run"
    add_members(group, 1, pace_s=240)
    count_again()
    assert MINE.steps_in(stored())[0] == 5, "any of the five may have been the one"


def test_members_who_did_not_run_make_nobody_else_count() -> None:
    group = list_group("Owls")
    add_members(group, 4)
    for number in range(5):
        make_member(group, make_runner(f"Idle {number}"), fits_me_at=clock().now())
    count_again()
    assert stored() == NO_FITS and not db.session.scalar(select(GroupProfile.fits_up_to))


def test_only_members_who_switched_it_on_and_are_shown_are_counted() -> None:
    group = list_group("Owls")
    counted = add_members(group, 5)
    add_members(group, 10, counted=False)
    count_members()
    assert stored() == steps(5)
    connection = make_connection(counted[0], state=ConnectionState.DEAUTHORISED)
    count_again()
    assert stored() == NO_FITS and connection.runner_id == counted[0].id


def test_members_are_counted_once_a_week() -> None:
    group = list_group("Owls")
    count_members()
    add_members(group, 5)
    for day, found in ((12, NO_FITS), (15, NO_FITS), (16, steps(5))):  # Thursday, Sunday, Monday
        clock().set(now=clock().now().replace(day=day))
        count_members()
        count_members()
        assert (stored() != NO_FITS) == (found != NO_FITS)


@pytest.mark.parametrize("how", ["switched off", "hidden", "left", "disconnected"])
def test_one_who_is_no_longer_counted_takes_all_numbers_of_the_group_along(how: str) -> None:
    group, other = list_group("Owls"), list_group("Larks")
    someone, *others = add_members(group, 6)
    add_members(other, 5)
    count_members()
    if how in ("switched off", "hidden"):
        level = "hidden" if how == "hidden" else None
        choose(group.id, someone.id, level, fits_me=level is not None)
    else:
        with write_transaction():
            (leave if how == "left" else _disconnect)(group.id, someone.id, clock().now())
    assert (stored(group), stored(other)) == (NO_FITS, steps(5))
    for _ in range(4):
        count_members()
        assert stored(group) == NO_FITS, "for four weeks"
        clock().set(now=clock().now() + timedelta(weeks=1))
    days = tuple(monday_of(clock().today("UTC")) - timedelta(days=2 * number) for number in range(1, 13))
    for runner in others:
        runs(runner, days=days)
    count_members()
    assert stored(group) == steps(5)


def test_one_who_comes_back_waits_like_somebody_new() -> None:
    group = list_group("Owls")
    someone = add_members(group, 6)[0]
    count_members()
    clock().set(now=clock().now() + timedelta(days=1))
    for level in ("hidden", "totals"):
        choose(group.id, someone.id, level)
    since = db.session.scalars(select(Consent.fits_me_at).where(Consent.runner_id == someone.id)).one()
    counted_up_to = db.session.scalars(select(GroupProfile.fits_up_to)).one()
    assert since and counted_up_to and since > counted_up_to


def test_one_who_still_waits_takes_nothing_along() -> None:
    group = list_group("Owls")
    add_members(group, 5)
    count_members()
    waiting = add_members(group, 1)[0]
    with write_transaction():
        leave(group.id, waiting.id, clock().now())
    assert stored() == steps(5)


@pytest.mark.parametrize("first", ["the count", "the member"])
def test_a_member_who_switches_off_during_the_count_is_in_no_number(app: Flask, first: str) -> None:
    group = list_group("Owls")
    someone = add_members(group, 5)[0]
    group_id, runner_id, now = group.id, someone.id, clock().now()

    def count() -> None:
        fit_service.count_members(group_id, monday_of(clock().today("UTC")), patterns_too=True)

    def switch_off() -> None:
        withdraw_counts_of(runner_id, now, group_id)
        gone = update(Consent).where(Consent.group_id == group_id, Consent.runner_id == runner_id)
        db.session.execute(gone.values(fits_me_at=None))

    def act(work: Callable[[], None]) -> None:
        with app.app_context(), write_transaction():
            work()

    acts = (count, switch_off) if first == "the count" else (switch_off, count)
    with write_transaction():
        acts[0]()
        second = Thread(target=act, args=(acts[1],))
        second.start()
        wait_until_it_waits()
    second.join()
    assert stored() == NO_FITS


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
        assert stored() == NO_FITS
    finally:
        app.extensions["settings"] = settings
