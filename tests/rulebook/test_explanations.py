"""A rule set in words, as a line to draw, and a day as a line of arithmetic."""

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from webapp.rulebook.explanations import arithmetic, curve, sentences
from webapp.rulebook.measures import MEASURES
from webapp.rulebook.ruleset import TEAM_SCORES, RuleSet
from webapp.rulebook.shapes import SHAPES
from webapp.rulebook.shapes.base import ScoringContext
from webapp.rulebook.units import amount_text

PAIRS = [(measure, shape) for shape in SHAPES for measure in sorted(SHAPES[shape].measures)]
DAY = date(2026, 11, 12)
FEBRUARY = ScoringContext(date(2026, 2, 1), date(2026, 2, 28), target=100_000, baseline=25_000)

pairs = pytest.mark.parametrize(("measure", "shape"), PAIRS)
units_of_readers = pytest.mark.parametrize("units", ["km", "mi"])


def line(rules: RuleSet, metres: int, gain: int | None = None, units: str = "km") -> str:
    gained = rules.gains([(DAY, metres)], FEBRUARY)[0] if gain is None else gain
    return arithmetic(rules, metres, gained, units, FEBRUARY)


@units_of_readers
@pytest.mark.parametrize("team_score", TEAM_SCORES)
@pairs
def test_every_rule_set_is_said_in_whole_sentences(measure: str, shape: str, team_score: str, units: str) -> None:
    said = sentences(RuleSet(measure, shape, team_score=team_score), units)  # type: ignore[arg-type]  # a table
    assert all(re.fullmatch(r"[A-Z“].*\.", sentence) for sentence in said)
    text = " ".join(said)
    assert len(set(said)) == len(said)
    assert not re.search(r"None|True|False|\{|\brace\b|competition", text)
    # A runner with miles reads no km, and the other way round; the points by the mile are what they are.
    assert shape == "saddles" or not re.search(r"\d km\b" if units == "mi" else r"\d mi\b", text)


def test_every_measure_is_said_and_can_be_chosen() -> None:
    assert {measure for measure, _ in PAIRS} == set(MEASURES)


@pairs
def test_every_number_of_a_rule_set_is_among_its_words(measure: str, shape: str) -> None:
    rules = RuleSet(measure, shape)
    text = " ".join(sentences(rules, "km"))
    for param in SHAPES[shape].params:
        if param.kind in ("amount", "metres"):
            unit = rules.measured.unit if param.kind == "amount" else "distance"
            assert amount_text(rules.params[param.name], unit, "km") in text
        elif param.kind in ("percent", "days", "points"):
            assert re.search(rf"\b{rules.params[param.name]}\b", text)


def test_teams_are_spoken_of_only_where_there_are_any() -> None:
    assert "team" not in " ".join(sentences(RuleSet(), "km", has_teams=False))


@pytest.mark.parametrize(
    ("rules", "metres", "words"),
    [
        (RuleSet(), 12_345, "12.345 km"),
        (RuleSet("distance", "daily_cap", {"cap": 10_000}), 9_000, "9 km"),
        (RuleSet("distance", "daily_cap", {"cap": 10_000}), 14_000, "14 km, capped at 10 km"),
        (RuleSet("points", "steps"), 800, "0.8 km → no points under 1 km"),
        (RuleSet("points", "steps"), 8_000, "8 km → 10 points for going out + 8 km × 2 = 26 pts"),
        (
            RuleSet("points", "steps"),
            12_345,
            "12.345 km → 10 points for going out + 10 km × 2 + 2.345 km × 1 = 32.345 pts",
        ),
        (RuleSet("points", "saddles"), 1_608, "1.608 km → no points under one mile"),
        (RuleSet("points", "saddles"), 8_047, "8.047 km = 5 mi → 10 + ½ × (21 × 5 − 5²) = 50.001 pts"),
        (RuleSet("points", "saddles"), 42_165, "42.165 km = 26.2 mi → 65 + 16.2 = 81.2 pts"),
        (RuleSet("distance", "streak"), 900, "0.9 km, short of the 1 km of a streak"),
        (RuleSet("distance", "streak"), 1_000, "1 km → the longest streak grew by a day"),
        (RuleSet("distance", "target_share"), 12_000, "12 km of 100 km → 12 %"),
        (RuleSet("distance", "target_share"), 120_000, "120 km of 100 km → 100 %, the rest is over 100 %"),
        (RuleSet("distance", "improvement"), 10_000, "10 km of 100 km → 10 %"),
        (RuleSet("distance", "group_goal"), 10_000, "10 km towards the goal"),
    ],
)
def test_a_day_is_worked_out_in_one_line(rules: RuleSet, metres: int, words: str) -> None:
    assert line(rules, metres) == words


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (14_000, "14 km"),
        (4_000, "14 km; 4 km of it was left under the 40 km of the week"),
        (0, "14 km; nothing was left under the 40 km of the week"),
    ],
)
def test_a_day_says_what_was_left_of_its_week(gain: int, words: str) -> None:
    assert line(RuleSet("distance", "weekly_cap", {"cap": 40_000}), 14_000, gain) == words


def test_a_day_that_leaves_the_streak_as_it_was_says_so() -> None:
    assert line(RuleSet("distance", "streak"), 5_000, 0) == "5 km → the longest streak stayed as it was"


def test_points_are_worked_out_by_the_mile_for_who_runs_in_miles() -> None:
    assert line(RuleSet("points", "steps"), 12_345, units="mi") == (
        "7.67 mi → 10 points for going out + 6.21 mi × 3.219 + 1.46 mi × 1.609 = 32.345 pts"
    )


DRAWN = [
    ("distance", "plain"),
    ("moving_time", "daily_cap"),
    ("active_days", "weekly_cap"),
    ("points", "steps"),
    ("points", "saddles"),
    ("distance", "target_share"),
    ("climb", "improvement"),
]


@units_of_readers
@pytest.mark.parametrize(("measure", "shape"), DRAWN)
def test_a_line_is_the_formula_itself_and_never_falls(measure: str, shape: str, units: str) -> None:
    rules = RuleSet(measure, shape)
    context = rules.context(FEBRUARY.starts_on, FEBRUARY.ends_on, FEBRUARY.target, FEBRUARY.baseline)
    plot = curve(rules, units, context)
    assert plot is not None
    assert plot.points[0] == (0, 0)
    assert all(one[0] < other[0] and one[1] <= other[1] for one, other in pairwise(plot.points))
    assert set(plot.knees) <= set(plot.points)
    assert plot.unit == rules.unit
    for many, value in plot.points[1:]:
        assert rules.gains([(DAY, many)], context) == [value]


def test_the_line_bends_where_the_rules_say_so() -> None:
    steps = curve(RuleSet("points", "steps"), "km")
    cap = curve(RuleSet("distance", "daily_cap", {"cap": 15_000}), "km")
    assert steps is not None
    assert cap is not None
    assert steps.knees == ((1_000, 12_000), (10_000, 30_000))
    assert (999, 0) in steps.points
    assert cap.knees == ((15_000, 15_000),)


def test_a_share_is_drawn_of_the_own_whole_where_there_is_one() -> None:
    rules = RuleSet("distance", "improvement")
    own, made_up = curve(rules, "km", replace(FEBRUARY, baseline=50_000)), curve(rules, "km")
    assert own is not None
    assert made_up is not None
    assert (own.caption, own.knees) == ("Share of a baseline of 200 km", ((400_000, 200_000),))
    assert made_up.caption == "Share of a baseline of, say, 100 km"


@pytest.mark.parametrize(
    ("measure", "shape"), [("distance", "streak"), ("distance", "group_goal"), ("active_days", "plain")]
)
def test_no_line_is_drawn_that_would_say_nothing(measure: str, shape: str) -> None:
    assert curve(RuleSet(measure, shape), "km") is None


@pytest.mark.parametrize("shape", ["target_share", "improvement"])
def test_without_a_whole_there_is_no_share_to_draw(shape: str) -> None:
    assert curve(RuleSet("distance", shape), "km", replace(FEBRUARY, target=None, baseline=None)) is None


def test_days_of_a_week_are_drawn_up_to_more_than_the_cap() -> None:
    plot = curve(RuleSet("active_days", "weekly_cap", {"cap": 3}), "km")
    assert plot is not None
    assert plot.points == ((0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 3), (6, 3))


def test_points_for_each_mile_are_said_by_the_mile_and_by_the_km() -> None:
    rules = RuleSet("points", "steps", {"per": "mi", "rate": 3, "knee": 16_093, "rate_beyond": 1})
    assert "3 for each mi up to 10 mi, and 1 for each mi beyond" in " ".join(sentences(rules, "mi"))
    assert "1.864 for each km up to 16.093 km" in " ".join(sentences(rules, "km"))
    day = date(2026, 11, 12)
    gain = rules.gains([(day, 8047)], ScoringContext(day, day))[0]
    assert arithmetic(rules, 8047, gain, "mi") == "5 mi → 10 points for going out + 5 mi × 3 = 25 pts"
