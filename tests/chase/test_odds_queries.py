"""The odds of two neighbours, from the ledger and the days of the challenge, as far as the viewer may know them."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, update

from tests.support.boards import NOON, TODAY, Made, make_board, publish, set_day
from tests.support.consents import choose
from webapp.chase.odds_queries import forms_of
from webapp.chase.queries import Chase, my_chase
from webapp.db import db
from webapp.leaderboards.queries import board_context_of, viewer_of_board
from webapp.models.scoring import DayScore, LedgerDay
from webapp.rulebook.odds import Contender, TimeLeft, odds, recent_of
from webapp.rulebook.odds_words import INSTEAD, ShownOdds, step_of
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.rulebook.runs import ON_FOOT, RUNNING

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("noon")]

ANA, BEN, CARO = range(3)
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
DAYS = {age: 2_000 + 700 * (age % 5) for age in range(1, 60, 2)}
WALKS = dict.fromkeys(range(2, 60, 2), 9000)


def board(rules: RuleSet | None = None, totals: tuple[int, int, int] = (30_000, 25_000, 24_000)) -> Made:
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Lang"], rules=rules)
    for entry, total in zip(made.entries, totals, strict=True):
        set_day(made, entry, date(2026, 11, 3), total)
    publish(made)
    return made


def ran(made: Made, runner: int, metres: Mapping[int, int], sport_class: str = "run") -> None:
    """Let a runner have run this many metres this many days ago, six minutes a km."""
    rows = [
        {
            "runner_id": made.runners[runner],
            "sport_class": sport_class,
            "local_date": TODAY - timedelta(days=age),
            "distance_m": distance,
            "moving_s": distance * 36 // 100,
            "climb_m": 10,
            "runs": 1,
            "longest_m": distance,
        }
        for age, distance in metres.items()
    ]
    db.session.execute(insert(LedgerDay), rows)
    db.session.commit()


def as_contender(metres: Mapping[int, int]) -> Contender:
    km = {TODAY - timedelta(days=age): distance / 1000 for age, distance in metres.items()}
    return Contender((recent_of(km, min(km), TODAY),))


def card(made: Made, viewer: int = BEN) -> Chase:
    found = viewer_of_board(str(made.group.slug), made.challenge.id, made.runners[viewer], 0)
    assert found
    shown = my_chase(board_context_of(found, NOON), NOON)
    assert shown
    return shown


def seen(made: Made, viewer: int = BEN) -> tuple[ShownOdds | None, ShownOdds | None]:
    """Return the odds on the card of a viewer: on the one ahead, and of the one behind."""
    shown = card(made, viewer)
    return shown.odds, shown.odds_behind


def instead(made: Made, viewer: int = BEN) -> str | None:
    ahead, _ = seen(made, viewer)
    assert ahead
    return ahead.instead


def test_odds_are_those_of_the_rule_by_the_ledger(app: Flask) -> None:
    made = board()
    ana, ben = DAYS | {0: 9_000, 4: 41_000, 300: 6_000}, {age + 1: 6_000 for age in DAYS}
    for runner, days in ((ANA, ana), (BEN, ben), (CARO, DAYS)):
        ran(made, runner, days)
    sides = [
        Contender(
            (recent_of({TODAY - timedelta(days=age): metres / 1000 for age, metres in days.items()}, first, TODAY),)
        )
        for days, first in ((ben, TODAY - timedelta(days=60)), (ana, TODAY - timedelta(days=300)))
    ]
    found = odds(sides[0], sides[1], 5.0, TimeLeft(TODAY, 0.5, LAST))
    ahead, behind = seen(made)
    assert ahead
    assert (ahead.step, ahead.crossing_on) == (step_of(found.chance), found.crossing_on)
    assert ahead.expected_gap == round(1000 * found.expected_gap_km)
    assert ahead.step < min(what_if.step for what_if in ahead.what_ifs)
    assert [what_if.amount for what_if in ahead.what_ifs] == [3_000, 6_000]
    assert behind
    assert behind.words
    assert seen(made, ANA)[0] is None


def test_two_in_one_pair_read_the_same_odds_from_both_sides(app: Flask) -> None:
    made = board()
    for runner in (ANA, BEN, CARO):
        ran(made, runner, DAYS)
    ahead, _ = seen(made, BEN)
    _, behind = seen(made, ANA)
    assert ahead
    assert behind
    assert (ahead.step, ahead.words) == (behind.step, behind.words)


def test_under_seven_days_of_history_the_card_says_so(app: Flask) -> None:
    made = board()
    ran(made, ANA, DAYS)
    assert instead(made) == INSTEAD["not_yet"]
    ran(made, BEN, {6: 5_000})
    assert instead(made) == INSTEAD["not_yet"]
    ran(made, BEN, {7: 5_000})
    assert instead(made) is None


def test_a_runner_who_does_not_show_totals_has_no_odds_and_still_sees_their_own(app: Flask) -> None:
    made = board()
    for runner in (ANA, BEN, CARO):
        ran(made, runner, DAYS)
    choose(made.group.id, made.runners[CARO], "points")
    publish(made)
    _, behind = seen(made, BEN)
    assert behind and behind.instead == INSTEAD["withheld"]
    assert instead(made, CARO) is None
    choose(made.group.id, made.runners[ANA], "points")
    publish(made)
    assert instead(made) == INSTEAD["withheld"]


def test_under_points_alone_odds_of_points_are_withheld_too(app: Flask) -> None:
    made = board(RuleSet(measure="points", shape="steps"))
    db.session.execute(update(DayScore).values(amount=DayScore.value // 2))
    for runner in (ANA, BEN, CARO):
        ran(made, runner, DAYS)
    assert instead(made) is None
    choose(made.group.id, made.runners[ANA], "points")
    publish(made)
    assert instead(made) == INSTEAD["withheld"]


@pytest.mark.parametrize("rules", [RuleSet(shape="streak"), RuleSet(measure="active_days")])
def test_where_a_mean_means_nothing_the_card_says_so(app: Flask, rules: RuleSet) -> None:
    made = board(rules, totals=(5, 4, 3))
    for runner in (ANA, BEN, CARO):
        ran(made, runner, DAYS)
    assert instead(made) == INSTEAD["no_mean"]


def test_there_are_none_while_a_cap_takes_much_of_what_one_of_them_runs(app: Flask) -> None:
    made = board(RuleSet(shape="daily_cap"))
    for runner in (ANA, BEN, CARO):
        ran(made, runner, DAYS)
    db.session.execute(update(DayScore).values(amount=DayScore.value))
    assert instead(made) is None
    db.session.execute(update(DayScore).where(DayScore.entry_id == made.entries[ANA]).values(amount=40_000))
    assert instead(made) == INSTEAD["cap"]


def test_a_card_never_tells_that_somebody_ran_for_longer_than_a_cap_counts(app: Flask) -> None:
    made = board(RuleSet(measure="moving_time", shape="daily_cap", params={"cap": 3600}), totals=(3600, 3000, 2000))
    for runner in (ANA, BEN, CARO):
        ran(made, runner, DAYS)
    found = []
    for seconds in (3600, 12_000):
        db.session.execute(update(DayScore).where(DayScore.entry_id == made.entries[ANA]).values(amount=seconds))
        db.session.commit()
        found.append(seen(made))
    assert found[0] == found[1]


def test_odds_by_time_come_from_whole_past_weeks(app: Flask) -> None:
    """The day within a past week makes no difference, nor a week with a single day."""
    made = board(RuleSet(measure="moving_time"), totals=(12_000, 11_000, 9_000))
    for runner in (ANA, BEN, CARO):
        ran(made, runner, DAYS)
    ran(made, ANA, {300: 5_000})
    before = seen(made)
    assert before[0]
    assert before[0].instead is None
    tuesday = (LedgerDay.runner_id == made.runners[ANA]) & (LedgerDay.local_date == date(2026, 10, 20))
    moved = update(LedgerDay).where(tuesday).values(local_date=date(2026, 10, 21))
    assert db.session.execute(moved.returning(LedgerDay.moving_s)).scalar()
    assert seen(made) == before
    ran(made, ANA, {200: 50_000})
    assert seen(made) == before
    ran(made, ANA, {20: 50_000})
    assert seen(made) != before


def test_after_the_last_day_there_are_no_odds(app: Flask) -> None:
    made = board()
    ran(made, ANA, DAYS)
    found = viewer_of_board(str(made.group.slug), made.challenge.id, made.runners[BEN], 0)
    assert found
    later = NOON + timedelta(days=19)
    context = board_context_of(found, later)
    card = my_chase(context, later)
    assert card
    assert (card.odds, card.odds_behind) == (None, None)
    assert forms_of(context, made.runners, later).left.days == 0


@pytest.mark.parametrize("sports", [RUNNING | ON_FOOT, ON_FOOT])
def test_walks_from_before_the_challenge_tell_the_chase_nothing(app: Flask, sports: frozenset[str]) -> None:
    made = board(RuleSet(counts=Eligibility(sports=sports)))
    for runner in (ANA, BEN):
        ran(made, runner, DAYS)
    age = (TODAY - FIRST).days
    during = {each: metres for each, metres in WALKS.items() if each <= age}
    ran(made, ANA, during, "foot")
    before = card(made)
    ran(made, ANA, {each: metres for each, metres in WALKS.items() if each > age}, "foot")
    assert card(made) == before
    ran(made, ANA, {each + 1: metres for each, metres in during.items() if each < age}, "foot")
    assert card(made) != before, "those of its own days are on its board"
