"""Overtakes as they are kept: derived for each date, the same in any order of arrival, withdrawn when untrue."""

from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.support.boards import NOON, TODAY, Made, make_board, publish, set_day, set_total
from tests.support.overtakes import derive_overtakes
from webapp.chase import service
from webapp.db import begin_write, db
from webapp.leaderboards.service import hide_runner
from webapp.models.challenges import Challenge
from webapp.models.chase import Overtake, Passed
from webapp.models.scoring import DayScore

Facts = dict[tuple[int, date], list[int]]


def facts() -> Facts:
    rows = db.session.execute(select(Passed.passer_id, Passed.local_date, Passed.passed_id).order_by(Passed.place))
    found: Facts = {}
    for passer, day, passed in rows:
        found.setdefault((passer, day), []).append(passed)
    counts = db.session.execute(select(Overtake.passer_id, Overtake.local_date, Overtake.passed_count)).all()
    assert {(passer, day): count for passer, day, count in counts} == {key: len(found[key]) for key in found}
    return found


def naive(made: Made, today: date) -> Facts:
    """Compare everyone with everyone at the end of every date."""
    scores = db.session.execute(select(DayScore.entry_id, DayScore.local_date, DayScore.value)).all()
    days = [
        made.challenge.starts_on + timedelta(days=n) for n in range(-1, (today - made.challenge.starts_on).days + 1)
    ]
    totals = {day: {e: sum(v for who, d, v in scores if who == e and d <= day) for e in made.entries} for day in days}
    found: Facts = {}
    for eve, day in pairwise(days):
        before, after = totals[eve], totals[day]
        for passer in made.entries:
            passed = [q for q in made.entries if 0 < before[passer] < before[q] and after[passer] > after[q]]
            if passed:
                found[passer, day] = sorted(passed, key=lambda q: (-after[q], q))
    return found


def test_someone_who_was_behind_and_is_ahead_went_past(app: Flask) -> None:
    made = make_board(["Ana", "Ben", "Caro"])
    ana, ben, caro = made.entries
    set_total(made, {ana: 1000, ben: 2000, caro: 3000})
    set_total(made, {ana: 1500}, day=date(2026, 11, 5))
    publish(made)
    derive_overtakes(made)
    assert facts() == {(ana, date(2026, 11, 5)): [ben]}
    assert db.session.scalar(select(Challenge.overtakes_from)) is None


def test_a_late_upload_withdraws_what_is_no_longer_true(app: Flask) -> None:
    made = make_board(["Ana", "Ben", "Caro"])
    ana, ben, _ = made.entries
    set_total(made, {ana: 1000, ben: 2000})
    set_total(made, {ana: 1500}, day=date(2026, 11, 5))
    publish(made)
    derive_overtakes(made)
    set_total(made, {ben: 9000}, day=date(2026, 11, 4))
    publish(made)
    derive_overtakes(made)
    assert facts() == {}


def test_what_follows_a_late_upload_keeps_its_own_date(app: Flask) -> None:
    made = make_board(["Ana", "Ben"])
    ana, ben = made.entries
    set_total(made, {ana: 1000, ben: 2000})
    publish(made)
    derive_overtakes(made)
    set_total(made, {ana: 1500}, day=date(2026, 11, 5))
    publish(made)
    derive_overtakes(made)
    assert list(facts()) == [(ana, date(2026, 11, 5))]


def test_only_who_is_on_the_board_passes_or_is_passed(app: Flask) -> None:
    made = make_board(["Ana", "Ben", "Caro"])
    ana, ben, caro = made.entries
    set_total(made, {ana: 1000, ben: 2000, caro: 1200})
    set_total(made, {ana: 1500}, day=date(2026, 11, 5))
    publish(made)
    derive_overtakes(made)
    assert facts() == {(ana, date(2026, 11, 5)): [ben, caro]}
    begin_write()
    hide_runner(made.runners[1])
    db.session.commit()
    derive_overtakes(made)
    assert facts() == {(ana, date(2026, 11, 5)): [caro]}


def test_a_date_that_has_not_begun_waits(app: Flask) -> None:
    made = make_board(["Ana", "Ben"])
    ana, ben = made.entries
    tomorrow = TODAY + timedelta(days=1)
    set_total(made, {ana: 1000, ben: 2000})
    set_total(made, {ana: 1500}, day=tomorrow)
    publish(made)
    derive_overtakes(made)
    assert facts() == {}
    publish(made, tomorrow)
    derive_overtakes(made, tomorrow)
    assert list(facts()) == [(ana, tomorrow)]


def test_findings_of_an_older_board_are_worked_out_again(app: Flask) -> None:
    made = make_board(["Ana", "Ben"])
    ana, ben = made.entries
    set_total(made, {ana: 1000, ben: 2000})
    publish(made)
    stale = service.work_out(made.challenge.id, TODAY)
    assert stale
    db.session.commit()
    set_total(made, {ana: 1500}, day=date(2026, 11, 5))
    publish(made)
    begin_write()
    service.store_overtakes(made.challenge.id, TODAY, stale, NOON)
    db.session.commit()
    assert list(facts()) == [(ana, date(2026, 11, 5))]


def test_many_overtakes_are_stored_some_dates_at_a_time(app: Flask) -> None:
    made = make_board(["Ana", "Ben", "Caro", "Dora", "Eli", "Flo"])
    chance = Random(5)
    for day in range(1, 11):
        for entry in made.entries:
            set_day(made, entry, date(2026, 11, day), chance.randint(0, 9000))
    publish(made)
    rest = service.work_out(made.challenge.id, TODAY)
    everything, steps = dict(rest.overtakes if rest else {}), []
    while rest:
        begin_write()
        rest = service.store_overtakes(made.challenge.id, TODAY, rest, NOON, at_once=2)
        db.session.commit()
        left = db.session.scalar(select(Challenge.overtakes_from).where(Challenge.id == made.challenge.id))
        assert left == (rest.first if rest else None)
        assert facts().keys() == {key for key in everything if left is None or key[1] < left}
        steps.append(left)
    assert len(steps) > 2
    assert facts() == naive(made, TODAY)


def test_a_run_that_comes_between_the_steps_is_not_lost(app: Flask) -> None:
    made = make_board(["Ana", "Ben"])
    ana, ben = made.entries
    for day, entry, metres in ((1, ana, 1000), (1, ben, 2000), (3, ana, 2000), (5, ben, 3000), (7, ana, 4000)):
        set_day(made, entry, date(2026, 11, day), metres)
    publish(made)
    rest = service.work_out(made.challenge.id, TODAY)
    assert rest
    begin_write()
    rest = service.store_overtakes(made.challenge.id, TODAY, rest, NOON, at_once=1)
    db.session.commit()
    assert rest
    set_day(made, ben, date(2026, 11, 2), 9000)
    db.session.commit()
    publish(made)
    while rest:
        begin_write()
        rest = service.store_overtakes(made.challenge.id, TODAY, rest, NOON, at_once=1)
        db.session.commit()
    assert facts() == naive(made, TODAY)
    assert service.work_out(made.challenge.id, TODAY) is None


def test_settled_overtakes_are_left_alone(app: Flask) -> None:
    made = make_board(["Ana"])
    publish(made)
    derive_overtakes(made)
    assert service.work_out(made.challenge.id, TODAY) is None
    assert service.work_out(10**6, TODAY) is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_whatever_order_runs_arrive_the_overtakes_are_the_same(app: Flask, seed: int) -> None:
    chance = Random(seed)
    made = make_board([f"Runner {n}" for n in range(9)])
    publish(made)
    for _ in range(12):
        for _ in range(chance.randrange(1, 4)):
            day = made.challenge.starts_on + timedelta(days=chance.randrange(10))
            set_day(made, chance.choice(made.entries), day, chance.choice([0, 500, 1000, 3000]))
        publish(made)
        derive_overtakes(made)
        assert facts() == naive(made, TODAY)
    db.session.execute(update(Challenge).values(overtakes_from=made.challenge.starts_on))
    db.session.commit()
    derive_overtakes(made)
    assert facts() == naive(made, TODAY)
