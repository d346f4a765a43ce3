"""Tallies of a replay: derived with the overtakes, from the day scores, of those who show their days."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.support.boards import NOON, TODAY, Made, make_board, publish, set_day, set_total
from tests.support.consents import choose
from tests.support.overtakes import derive_overtakes
from webapp.chase.service import work_out
from webapp.db import begin_write, db
from webapp.leaderboards.service import hide_runner
from webapp.models.challenges import Challenge
from webapp.models.groups import Consent
from webapp.models.road import RoadTally
from webapp.models.scoring import DayScore
from webapp.rulebook.replay import step_of
from webapp.rulebook.ruleset import RuleSet

WIDTH = 3000
# More than a page of the board.
NAMES = [f"Runner {n:02}" for n in range(54)]

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("noon")]


def stored() -> dict[date, dict[int, int]]:
    found: dict[date, dict[int, int]] = {}
    for day, step, entries in db.session.execute(select(RoadTally.local_date, RoadTally.step, RoadTally.entries)):
        found.setdefault(day, {})[step] = entries
    return found


def naive(made: Made, entries: list[int]) -> dict[date, dict[int, int]]:
    """Add up everybody's days at every date."""
    scores = db.session.execute(select(DayScore.entry_id, DayScore.local_date, DayScore.value)).all()
    dates = [made.challenge.starts_on + timedelta(days=n) for n in range((TODAY - made.challenge.starts_on).days + 1)]
    totals = {day: [sum(v for e, d, v in scores if e == entry and d <= day) for entry in entries] for day in dates}
    found = {day: dict(Counter(step_of(total, WIDTH) for total in totals[day] if total)) for day in dates}
    return {day: steps for day, steps in found.items() if steps}


def test_the_tallies_are_what_adding_up_everybodys_days_gives_in_whatever_order_runs_come(app: Flask) -> None:
    made, random = make_board(NAMES), Random(7)
    for _ in range(6):
        for _ in range(4):
            day = made.challenge.starts_on + timedelta(days=random.randrange(12))
            set_day(made, random.choice(made.entries), day, random.randrange(0, 9000))
        db.session.commit()
        publish(made)
        derive_overtakes(made)
        assert stored() == naive(made, made.entries)


def test_runners_who_show_no_days_are_not_counted_and_what_counted_them_goes_at_once(app: Flask) -> None:
    made = make_board(NAMES)
    set_total(made, dict(zip(made.entries, (9000, 4000, 2000, 0), strict=False)))
    publish(made)
    derive_overtakes(made)
    assert stored() == naive(made, made.entries)
    choose(made.group.id, made.runners[0], "points")
    assert stored() == {}
    derive_overtakes(made)
    assert stored() == naive(made, made.entries[1:])
    begin_write()
    hide_runner(made.runners[1])
    db.session.commit()
    assert stored() == {}
    derive_overtakes(made)
    assert stored() == naive(made, made.entries[2:])


def test_points_of_a_runner_who_shows_only_those_are_no_days(app: Flask) -> None:
    made = make_board(NAMES, rules=RuleSet("points", "steps"))
    set_total(made, dict.fromkeys(made.entries, 9000))
    publish(made)
    choose(made.group.id, made.runners[0], "points")
    derive_overtakes(made)
    assert list(stored()[TODAY].values()) == [53]


def test_a_challenge_about_the_longest_run_has_no_tallies(app: Flask) -> None:
    made = make_board(NAMES, rules=RuleSet("longest_run"))
    db.session.execute(update(Consent).values(longest_at=NOON))
    set_total(made, {made.entries[0]: 9000})
    publish(made)
    derive_overtakes(made)
    assert stored() == {}
    set_total(made, {made.entries[1]: 9500}, day=TODAY)
    publish(made)
    findings = work_out(made.challenge.id, TODAY)
    assert findings and findings.first == TODAY  # the days before are not read again


def test_a_board_of_one_page_needs_no_tallies_and_gets_all_of_them_when_it_grows(app: Flask) -> None:
    made = make_board(NAMES[:51])
    set_total(made, dict.fromkeys(made.entries, 9000))
    choose(made.group.id, made.runners[0], "hidden")
    publish(made)
    derive_overtakes(made)
    assert stored() == {}
    choose(made.group.id, made.runners[0], "totals")
    publish(made)
    derive_overtakes(made)
    assert stored() == naive(made, made.entries)


def test_tallies_go_with_their_challenge(app: Flask) -> None:
    made = make_board(NAMES)
    set_total(made, {made.entries[0]: 9000})
    publish(made)
    derive_overtakes(made)
    assert stored()
    db.session.delete(db.session.get_one(Challenge, made.challenge.id))
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(RoadTally)) == 0
