"""What holds of every shape, whatever was run: over invented logs, in any order, for any numbers."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rule_sets import NEAR, PAIRS, rule_sets
from tests.support.runs import make_run, runs
from webapp.rulebook.judging import ChallengeRules, Own, Spell, Sum, counting, day_values, sum_of, team_sums
from webapp.rulebook.ranking import ranks
from webapp.rulebook.ruleset import Counts, RuleSet, basis_of
from webapp.rulebook.runs import Run
from webapp.rulebook.shapes import SHAPES, Basis, Days

FIRST, LAST = date(2026, 10, 30), date(2026, 11, 30)
LAX = Counts(sports=frozenset({"Run", "TrailRun", "VirtualRun", "Walk"}), manual=True, flagged=True)
Scored = tuple[RuleSet, Basis, Days]

shapes = pytest.mark.parametrize("shape", SHAPES)
# Each property is asked of every shape, so a few examples of each are many.
a_few = settings(max_examples=40)
many_runs = st.lists(runs(), max_size=10)


def rules_of(shape: str) -> st.SearchStrategy[RuleSet]:
    return rule_sets([pair for pair in PAIRS if pair[1] == shape], LAX)


@st.composite
def scored(draw: st.DrawFn, shape: str) -> Scored:
    """Draw rules of a shape, what a total is measured against, and days with amounts near caps and knees."""
    rules = draw(rules_of(shape))
    near = NEAR[rules.measured.unit]
    most = 1 if rules.measure == "active_days" else 3 * near
    amounts = draw(st.dictionaries(st.dates(FIRST, LAST), st.integers(1, most), max_size=12))
    target, baseline = draw(st.one_of(st.none(), st.integers(1, 20 * near))), draw(st.integers(0, 6 * near))
    return rules, basis_of(rules, FIRST, LAST, target, baseline), sorted(amounts.items())


def total_of(rules: RuleSet, basis: Basis, days: Days) -> int:
    return sum(rules.gains(days, basis))


def values(rules: RuleSet, some: list[Run], spells: list[Spell] | None = None) -> dict[date, tuple[int, int]]:
    """Score runs as they come: judged, counted, shaped."""
    counted = counting(some, ChallengeRules(FIRST, LAST, rules.counts), Own(), date.max)
    made = day_values(counted, spells or [], rules, basis_of(rules, FIRST, LAST, 40_000, 10_000))
    return {day: (value.value, value.amount) for day, value in made.items()}


@shapes
@a_few
@given(data=st.data())
def test_no_day_takes_anything_away(shape: str, data: st.DataObject) -> None:
    rules, basis, days = data.draw(scored(shape))
    gains = rules.gains(days, basis)
    assert len(gains) == len(days)
    assert all(isinstance(gain, int) and gain >= 0 for gain in gains)


@shapes
@a_few
@given(data=st.data())
def test_the_total_of_an_evening_is_not_changed_by_the_days_after(shape: str, data: st.DataObject) -> None:
    rules, basis, days = data.draw(scored(shape))
    cut = data.draw(st.integers(0, len(days)))
    assert rules.gains(days[:cut], basis) == rules.gains(days, basis)[:cut]


@shapes
@a_few
@given(data=st.data())
def test_a_longer_run_never_scores_less(shape: str, data: st.DataObject) -> None:
    rules, basis, days = data.draw(scored(shape))
    if days and rules.measure != "active_days":
        place = data.draw(st.integers(0, len(days) - 1))
        more = data.draw(st.integers(1, 2 * NEAR[rules.measured.unit]))
        longer = [(day, amount + more * (at == place)) for at, (day, amount) in enumerate(days)]
        assert total_of(rules, basis, longer) >= total_of(rules, basis, days)


@shapes
@a_few
@given(data=st.data())
def test_a_day_more_never_scores_less(shape: str, data: st.DataObject) -> None:
    rules, basis, days = data.draw(scored(shape))
    if days:
        place = data.draw(st.integers(0, len(days) - 1))
        assert total_of(rules, basis, days) >= total_of(rules, basis, [*days[:place], *days[place + 1 :]])


@shapes
@a_few
@given(data=st.data(), some=many_runs)
def test_the_order_of_arrival_does_not_matter_to_any_shape(shape: str, data: st.DataObject, some: list[Run]) -> None:
    rules = data.draw(rules_of(shape))
    assert list(values(rules, data.draw(st.permutations(some))).items()) == list(values(rules, some).items())


@shapes
@a_few
@given(data=st.data(), some=many_runs)
def test_scoring_what_counts_once_more_changes_nothing(shape: str, data: st.DataObject, some: list[Run]) -> None:
    rules = data.draw(rules_of(shape))
    counted = counting(some, ChallengeRules(FIRST, LAST, rules.counts), Own(), date.max)
    assert values(rules, counted) == values(rules, some)


@shapes
@a_few
@given(data=st.data(), cuts=st.sets(st.dates(FIRST, LAST), max_size=3))
def test_what_teams_have_of_a_runner_adds_up_to_the_runner(shape: str, data: st.DataObject, cuts: set[date]) -> None:
    rules, basis, days = data.draw(scored(shape))
    starts = sorted({FIRST, *cuts})
    ends = [start - timedelta(days=1) for start in starts[1:]]
    spells = [Spell(team, start, end) for team, (start, end) in enumerate(zip(starts, [*ends, None], strict=True))]
    some = [make_run(local_date=day, distance_m=amount, moving_s=amount, climb_m=amount) for day, amount in days]
    made = day_values(some, spells, rules, basis)
    brought = team_sums(made.values())
    whole = sum_of(made.values())
    assert Sum(*(sum(part) for part in zip(*brought.values(), strict=True)) if brought else (0, 0)) == whole
    assert whole == sum_of(day_values(some, [], rules, basis).values())
    # Teams that are joined have together what they had apart.
    assert team_sums(day_values(some, [Spell(7, FIRST, None)], rules, basis).values()).get(7, Sum(0, 0)) == whole


@given(scored("daily_cap"))
def test_no_day_brings_more_than_the_daily_cap(drawn: Scored) -> None:
    rules, basis, days = drawn
    for (_, amount), gain in zip(days, rules.gains(days, basis), strict=True):
        assert gain == min(amount, rules.params["cap"])


@given(scored("weekly_cap"))
def test_a_week_brings_all_of_it_up_to_the_weekly_cap(drawn: Scored) -> None:
    rules, basis, days = drawn
    run: defaultdict[tuple[int, int], int] = defaultdict(int)
    brought: defaultdict[tuple[int, int], int] = defaultdict(int)
    for (day, amount), gain in zip(days, rules.gains(days, basis), strict=True):
        week = day.isocalendar()[:2]
        run[week] += amount
        brought[week] += gain
        assert gain <= amount
    assert brought == {week: min(amount, rules.params["cap"]) for week, amount in run.items()}


@pytest.mark.parametrize("shape", ["target_share", "improvement"])
@given(data=st.data())
def test_a_share_goes_up_to_its_most_and_is_met_at_the_whole(shape: str, data: st.DataObject) -> None:
    rules, basis, days = data.draw(scored(shape))
    gains = rules.gains(days, basis)
    assert sum(gains) <= rules.params["most"] * 1000
    done = sum(amount for _, amount in days) if rules.measured.adds_up else max((a for _, a in days), default=0)
    whole = basis.target if shape == "target_share" else None
    if whole is not None:
        assert (sum(gains) >= 100_000) is (done >= whole)


@pytest.mark.parametrize("target", [None, 0])
def test_without_a_target_there_is_no_share(target: int | None) -> None:
    days = [(date(2026, 11, 2), 10_000)]
    assert RuleSet("distance", "target_share").gains(days, Basis(FIRST, LAST, target=target)) == [0]


@pytest.mark.parametrize(
    ("baseline", "total"),
    [
        (None, 0),
        (0, 50_000),  # taken as 5 km a week, over four weeks
        (4_999, 50_000),
        (5_000, 50_000),
        (10_000, 25_000),
        (1_000, 50_000),
        (2_500_000, 100),
    ],
)
def test_improvement_is_against_what_the_weeks_before_would_come_to(baseline: int | None, total: int) -> None:
    basis = Basis(date(2026, 11, 2), date(2026, 11, 29), baseline=baseline)
    assert total_of(RuleSet("distance", "improvement"), basis, [(date(2026, 11, 2), 10_000)]) == total


@given(scored("streak"))
def test_a_streak_is_no_longer_than_the_days_that_belong_to_it(drawn: Scored) -> None:
    rules, basis, days = drawn
    long_enough = [day for day, amount in days if amount >= rules.params["least"]]
    total = total_of(rules, basis, days)
    assert (total > 0) is bool(long_enough)
    assert total <= len(long_enough)


@pytest.mark.parametrize(
    ("rest", "run_on", "totals"),
    [
        (0, [1, 2, 3], [1, 2, 3]),
        (0, [1, 3, 5], [1, 1, 1]),
        (1, [1, 3, 5], [1, 2, 3]),
        (1, [1, 4, 5], [1, 1, 2]),
        (1, [1, 2, 3, 6, 7, 8], [1, 2, 3, 3, 3, 3]),
        (1, [1, 2, 6, 7, 9, 10], [1, 2, 2, 2, 3, 4]),
        (2, [1, 4, 7, 11], [1, 2, 3, 3]),
        (6, [1, 8, 15, 22, 29], [1, 2, 3, 4, 5]),
    ],
)
def test_a_streak_goes_on_over_so_many_days_of_rest(rest: int, run_on: list[int], totals: list[int]) -> None:
    days = [(date(2026, 11, day), 5_000) for day in run_on]
    rules = RuleSet("distance", "streak", {"least": 1_000, "rest": rest})
    assert list(accumulate(rules.gains(days, Basis(FIRST, LAST)))) == totals


def test_a_day_too_short_for_a_streak_is_a_day_of_rest() -> None:
    days = [
        (date(2026, 11, day), metres)
        for day, metres in ((1, 5_000), (2, 999), (3, 1_000), (4, 999), (5, 999), (6, 5_000))
    ]
    rules = RuleSet("distance", "streak", {"least": 1_000, "rest": 1})
    assert rules.gains(days, Basis(FIRST, LAST)) == [1, 0, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("metres", "thousandths"),
    [(1, 0), (999, 0), (1_000, 12_000), (9_999, 29_998), (10_000, 30_000), (10_001, 30_001), (42_195, 62_195)],
)
def test_gentle_points_are_exact_to_the_metre(metres: int, thousandths: int) -> None:
    assert RuleSet("points", "steps").gains([(FIRST, metres)], Basis(FIRST, LAST)) == [thousandths]


def test_a_day_that_was_ruled_to_be_nothing_brings_no_points_for_going_out() -> None:
    assert RuleSet("points", "steps", {"least": 0}).gains([(FIRST, 0)], Basis(FIRST, LAST)) == [0]


@pytest.mark.parametrize("shape", ["plain", "daily_cap", "steps", "saddles", "target_share", "improvement"])
@a_few
@given(data=st.data())
def test_who_ran_the_same_on_other_days_shares_the_rank(shape: str, data: st.DataObject) -> None:
    rules, basis, days = data.draw(scored(shape))
    amounts = data.draw(st.permutations([amount for _, amount in days]))
    other = [(FIRST + timedelta(days=place), amount) for place, amount in enumerate(amounts)]
    totals = [total_of(rules, basis, days), total_of(rules, basis, other), -1]
    assert ranks(totals) == [1, 1, 3]
