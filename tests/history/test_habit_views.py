"""Why not me? A runner one level above, only as far as they show it."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete

from tests.support.boards import NOON, Made, make_board, publish
from tests.support.consents import choose
from tests.support.finals import browser_of
from tests.support.looking_back import add_days
from tests.support.reading import plain
from tests.support.settings import with_settings
from webapp.breaks.rules import Dates, WantedBreak
from webapp.breaks.service import take_break
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.models.scoring import LedgerDay

MONDAY = date(2026, 10, 12)
OTHERS = ("Ana Ruiz", "Caro Lang", "Dora Lee")


@pytest.fixture
def made(app: Flask) -> Made:
    """Ben runs 20 km a week on two days; Ana and Caro 26 km on three, Dora 40 km; they show what they usually run."""
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Lang", "Dora Lee"])
    ana, ben, caro, dora = made.runners
    weeks = [MONDAY + timedelta(weeks=n) for n in range(4)]
    for runner, days in ((ana, {0: 8000, 2: 8000, 5: 10_000}), (ben, {0: 8000, 5: 12_000})):
        add_days([(runner, monday + timedelta(days=n), metres) for monday in weeks for n, metres in days.items()])
    add_days([(caro, monday + timedelta(days=n), 13_000) for monday in weeks for n in (0, 3)])
    add_days([(dora, monday + timedelta(days=n), 20_000) for monday in weeks for n in (0, 3)])
    add_days([(ana, monday - timedelta(weeks=52), 21_000) for monday in weeks])
    for runner in (ana, caro, dora):
        choose(made.group.id, runner, usual_week=True)
    publish(made)
    return made


def page(app: Flask, made: Made, viewer: int = 1, query: str = "") -> str:
    return plain(browser_of(app, made, viewer).get(f"/g/{made.group.slug}/why-not-me{query}").text)


def partner_of(text: str) -> str | None:
    found = [name for name in OTHERS if f"{name} runs" in text or f"A year ago {name}" in text]
    return found[0] if found else None


@pytest.mark.both_databases
def test_a_partner_is_one_level_above_and_another_one_is_a_tap_away(app: Flask, made: Made) -> None:
    first = page(app, made)
    assert partner_of(first) in OTHERS[:2] and page(app, made) == first
    assert {partner_of(first), partner_of(page(app, made, query="?other=1"))} == set(OTHERS[:2])
    assert "Dora" not in first
    assert partner_of(page(app, made, query="?other=-1")) == partner_of(page(app, made, query="?other=x"))


def test_a_week_is_beside_ones_own_with_a_year_ago_and_a_small_step(app: Flask, made: Made) -> None:
    choose(made.group.id, made.runners[2], usual_week=False)
    text = page(app, made)
    assert "A year ago Ana Ruiz ran what you run now: 21.0 km on 1 day a week. Today it is 26.0 km on 3 days." in text
    assert "You 20.0 km on 2 days" in text and "Wednesday: 4 of 4" in text and "Someone else" not in text
    assert (
        "One more short and easy day a week: about 5.0 km , perhaps on a Wednesday, when Ana Ruiz mostly runs" in text
    )


def test_less_than_a_day_a_week_is_said_as_people_say_it(app: Flask) -> None:
    clock().set(now=NOON)
    made = make_board(["Eli Moe", "Flo Ray", "Gus Paz"])
    eli, flo, gus = made.runners
    add_days([(eli, MONDAY, 8000), (flo, MONDAY, 8000), (flo, MONDAY + timedelta(days=9), 2000), (gus, MONDAY, 400)])
    choose(made.group.id, flo, usual_week=True)
    text = page(app, made, 0)
    assert "Flo Ray runs 3.0 km a week, on 2 days in four weeks, and you 2.0 km a week, on 1 day in four weeks." in text
    assert "You under 1 km a week, on 1 day in four weeks" in page(app, made, 2)


@pytest.mark.parametrize("level", ["points", "hidden"])
def test_nobody_who_withholds_is_a_partner_or_sees_one(app: Flask, made: Made, level: str) -> None:
    for runner in (0, 2):
        choose(made.group.id, made.runners[runner], level)
    text = page(app, made)
    assert partner_of(text) is None and "Nobody at the moment" in text
    choose(made.group.id, made.runners[1], level)
    assert "This page is for those who show their totals" in page(app, made)


def test_a_switch_that_goes_off_a_break_and_the_cap_hold_at_once(app: Flask, made: Made) -> None:
    page(app, made)
    choose(made.group.id, made.runners[0], usual_week=False)
    assert partner_of(page(app, made)) == "Caro Lang"
    with write_transaction():
        take_break(made.runners[2], WantedBreak(Dates(NOON.date(), None)), NOON.date(), NOON)
    assert partner_of(page(app, made)) is None
    with with_settings(app, sharing="points"):
        assert "Places only" in page(app, made)


def test_runs_that_are_gone_since_a_moment_leave_no_partner(app: Flask, made: Made) -> None:
    assert partner_of(page(app, made))
    db.session.execute(delete(LedgerDay).where(LedgerDay.runner_id != made.runners[1], LedgerDay.local_date >= MONDAY))
    db.session.commit()
    assert "Nobody at the moment" in page(app, made)


def test_a_runner_without_four_weeks_of_history_reads_not_yet(app: Flask, made: Made) -> None:
    clock().set(now=NOON + timedelta(days=60))
    assert "Not yet" in page(app, made)
