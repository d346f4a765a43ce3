"""Odds of two sides in the unit of the board, and why some have none."""

from datetime import date

import pytest

from webapp.rulebook.odds import WINDOWS, Recent, TimeLeft
from webapp.rulebook.odds_forms import ChaseSide, Matchup, RunnerForm, matchup, shown_odds, with_chance
from webapp.rulebook.odds_words import INSTEAD, NoOdds
from webapp.rulebook.ruleset import RuleSet

LEFT = TimeLeft(date(2026, 11, 16), 0.5, date(2026, 11, 30))
PLAIN = RuleSet()


def form(a_day: float, measured: int = 0, amount: float = 0.0, km: float = 0.0) -> RunnerForm:
    """Return a runner who has run this many km every day for more than a year."""
    recent = Recent(tuple(a_day * days for days in WINDOWS), 500)
    return RunnerForm(recent, date(2025, 7, 1), measured, amount, km)


def side(a_day: float, total: int, measured: int = 0) -> ChaseSide:
    return ChaseSide((form(a_day, measured),), total)


def test_two_who_show_what_they_ran_have_odds_in_the_unit_of_the_board() -> None:
    found = matchup(PLAIN, side(6, 50_000), side(4, 58_000), LEFT)
    assert isinstance(found, Matchup)
    assert (found.gap, found.km) == (8_000, 0.001)
    assert found.days_to_crossing() == pytest.approx(4, rel=0.2)
    assert shown_odds(found).step > 50


def test_a_faster_side_ahead_is_never_reached() -> None:
    found = matchup(PLAIN, side(4, 50_000), side(6, 58_000), LEFT)
    assert isinstance(found, Matchup) and found.days_to_crossing() is None


def test_the_score_of_a_team_is_its_total_divided() -> None:
    team = ChaseSide((form(4), form(6)), 100_000, divisor=2)
    assert team.score == 50_000
    found = matchup(PLAIN, team, side(4, 58_000), LEFT)
    assert isinstance(found, Matchup) and found.gap == 8_000


@pytest.mark.parametrize(
    ("rules", "behind", "ahead", "why"),
    [
        (RuleSet("distance", "streak"), side(6, 5), side(4, 6), "no_mean"),
        (PLAIN, None, side(4, 58_000), "withheld"),
        (PLAIN, side(6, 50_000), None, "withheld"),
        (RuleSet(shape="daily_cap"), side(6, 50_000, 90_000), side(4, 58_000, 58_000), "cap"),
        (RuleSet("moving_time"), side(0, 0), side(0, 0), "not_yet"),
    ],
)
def test_where_there_are_no_odds_it_says_why(
    rules: RuleSet, behind: ChaseSide | None, ahead: ChaseSide | None, why: NoOdds
) -> None:
    found = matchup(rules, behind, ahead, LEFT)
    assert found == why
    assert shown_odds(found).instead == INSTEAD[why]
    assert with_chance(found, shown_odds(found)) is None


def test_a_run_to_try_out_raises_the_chance_and_one_that_makes_both_equal_is_left_out() -> None:
    found = matchup(PLAIN, side(5, 50_000), side(5, 70_000), LEFT)
    assert isinstance(found, Matchup)
    shown = found.odds([10_000, 20_000, 60_000])
    assert [each.amount for each in shown.what_ifs] == [10_000, 60_000]
    assert shown.step < shown.what_ifs[0].step < shown.what_ifs[1].step


def test_hours_become_km_by_what_both_ran_in_theirs() -> None:
    behind, ahead = (ChaseSide((form(5, amount=36_000.0, km=100.0),), total) for total in (90_000, 100_000))
    found = matchup(RuleSet("moving_time"), behind, ahead, LEFT)
    assert isinstance(found, Matchup)
    assert found.km == pytest.approx(100 / 36_000)
    assert found.behind.members[0].km == pytest.approx(form(5).recent.km)
