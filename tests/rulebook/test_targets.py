"""What runners set out to do, as they type it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.measures import Unit
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.targets import (
    BOUNDS,
    TargetError,
    TargetProgress,
    asks_target,
    may_set_target,
    shown_target,
    target_from,
    target_progress,
    target_unit,
)

SHARES = RuleSet(shape="target_share")


@pytest.mark.parametrize(
    ("text", "unit", "units", "value"),
    [
        ("120", "distance", "km", 120_000),
        (" 120.5 ", "distance", "km", 120_500),
        ("120,5", "distance", "km", 120_500),
        ("1,000", "distance", "km", 1_000_000),
        ("100", "distance", "mi", 160_934),
        ("20", "time", "km", 72_000),
        ("20:30", "time", "mi", 73_800),
        ("1.5", "time", "km", 5_400),
        ("800", "climb", "km", 800),
        ("1000", "climb", "mi", 305),
        ("12", "runs", "km", 12),
        ("30", "days", "km", 30),
        ("250", "points", "km", 250_000),
    ],
)
def test_a_target_is_typed_in_the_runner_s_own_units(text: str, unit: Unit, units: str, value: int) -> None:
    assert target_from(text, unit, units, 30) == value


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("", "distance"),
        ("far", "distance"),
        ("-5", "distance"),
        ("0", "distance"),
        ("0.9", "distance"),
        ("2001", "distance"),
        ("9" * 400, "distance"),
        ("1e3", "distance"),
        ("٣", "distance"),
        ("nan", "time"),
        ("20:60", "time"),
        ("0:09", "time"),
        ("1.5", "runs"),
        ("31", "days"),
        ("1\x00", "runs"),
    ],
)
def test_what_is_no_target_is_refused_with_words(text: str, unit: Unit) -> None:
    with pytest.raises(TargetError, match=r"please|Between"):
        target_from(text, unit, "km", 30)


@given(st.sampled_from(sorted(BOUNDS)), st.sampled_from(["km", "mi"]), st.integers(0, 10**9))
def test_what_is_shown_reads_back_as_nearly_the_same(unit: Unit, units: str, number: int) -> None:
    least, most = BOUNDS[unit]
    value = least + number % (most - least + 1)
    typed = shown_target(value, unit, units)
    # The ends of a range in miles may fall just outside it when cut to a tenth.
    coarse = {"distance": 81, "time": 60, "climb": 1, "points": 50}.get(unit, 0)
    try:
        again = target_from(typed, unit, units, 366)
    except TargetError:
        assert min(value - least, most - value) <= coarse
    else:
        assert abs(again - value) <= coarse


@pytest.mark.parametrize(
    ("rules", "unit", "asked"),
    [
        (RuleSet(), "distance", False),
        (RuleSet(team_score="met"), "distance", True),
        (RuleSet(measure="moving_time", shape="target_share"), "time", True),
        (RuleSet(shape="improvement"), None, False),
        (RuleSet(shape="improvement", team_score="met"), None, False),
        (RuleSet(measure="points", shape="saddles"), "points", False),
        (RuleSet(shape="streak"), "days", False),
    ],
)
def test_rules_say_in_which_unit_a_target_is_and_whether_one_is_needed(
    rules: RuleSet, unit: Unit | None, asked: bool
) -> None:
    assert (target_unit(rules), asks_target(rules)) == (unit, asked)


@pytest.mark.parametrize(
    ("joined_on", "today", "may"),
    [
        (date(2026, 10, 20), date(2026, 10, 25), True),
        (date(2026, 10, 20), date(2026, 11, 8), True),
        (date(2026, 10, 20), date(2026, 11, 9), False),
        (date(2026, 11, 20), date(2026, 11, 27), True),
        (date(2026, 11, 20), date(2026, 11, 28), False),
        (date(2026, 11, 29), date(2026, 11, 30), True),
        (date(2026, 11, 29), date(2026, 12, 1), False),
    ],
)
def test_a_target_can_be_set_for_a_week_from_the_start_or_from_joining(joined_on: date, today: date, may: bool) -> None:
    assert may_set_target(date(2026, 11, 1), date(2026, 11, 30), joined_on, today) is may


@pytest.mark.parametrize(
    ("rules", "target", "total", "days_left", "expected"),
    [
        (RuleSet(), 100_000, 82_100, 2, TargetProgress(100_000, 82_100, 17_900, "distance", 2, 8_950)),
        (RuleSet(), 100_000, 100_001, 2, TargetProgress(100_000, 100_001, 0, "distance", 2, None)),
        (RuleSet(), 100_000, 99_999, 0, TargetProgress(100_000, 99_999, 1, "distance", 0, None)),
        (RuleSet(measure="active_days"), 20, 18, 5, TargetProgress(20, 18, 2, "days", 5, None)),
        # Half of the target, as a share.
        (SHARES, 60_000, 50_000, 3, TargetProgress(60_000, 30_000, 30_000, "distance", 3, 10_000)),
        (RuleSet(shape="improvement"), 60_000, 50_000, 3, None),
    ],
)
def test_what_is_left_of_a_target_and_what_it_asks_of_each_day(
    rules: RuleSet, target: int, total: int, days_left: int, expected: TargetProgress | None
) -> None:
    assert target_progress(target, total, rules, days_left) == expected
