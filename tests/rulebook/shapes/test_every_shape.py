"""What holds of every shape, whatever was run: over invented logs, in any order, for any numbers."""

import ast
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rule_sets import NEAR
from tests.support.runs import make_run, runs
from tests.support.scored_days import FIRST, LAST, rules_of, scored, total_of
from webapp.rulebook.judging import ChallengeRules, RunnerContext, Sum, counting, day_values, sum_of, team_sums
from webapp.rulebook.lifecycle import Stint
from webapp.rulebook.ranking import ranks
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.runs import Run
from webapp.rulebook.shapes import SHAPES

ROOT = Path(__file__).parents[3]

shapes = pytest.mark.parametrize("shape", SHAPES)
# Each property is asked of every shape, so a few examples of each are many.
a_few = settings(max_examples=15)
many_runs = st.lists(runs(), max_size=10)


def values(rules: RuleSet, some: list[Run], stints: list[Stint] | None = None) -> dict[date, tuple[int, int]]:
    """Score runs as they come: judged, counted, shaped."""
    counted = counting(some, ChallengeRules(FIRST, LAST, rules.counts), RunnerContext(), date.max)
    made = day_values(counted, stints or [], rules, rules.context(FIRST, LAST, 40_000, 10_000))
    return {day: (value.value, value.amount) for day, value in made.items()}


@shapes
@a_few
@given(data=st.data())
def test_no_day_takes_anything_away(shape: str, data: st.DataObject) -> None:
    rules, context, days = data.draw(scored(shape))
    gains = rules.gains(days, context)
    assert len(gains) == len(days)
    assert all(isinstance(gain, int) and gain >= 0 for gain in gains)


@shapes
@a_few
@given(data=st.data())
def test_the_total_of_an_evening_is_not_changed_by_the_days_after(shape: str, data: st.DataObject) -> None:
    rules, context, days = data.draw(scored(shape))
    cut = data.draw(st.integers(0, len(days)))
    assert rules.gains(days[:cut], context) == rules.gains(days, context)[:cut]


@shapes
@a_few
@given(data=st.data())
def test_a_longer_run_never_scores_less(shape: str, data: st.DataObject) -> None:
    rules, context, days = data.draw(scored(shape))
    if days and rules.measure != "active_days":
        place = data.draw(st.integers(0, len(days) - 1))
        more = data.draw(st.integers(1, 2 * NEAR[rules.measured.unit]))
        longer = [(day, amount + more * (at == place)) for at, (day, amount) in enumerate(days)]
        assert total_of(rules, context, longer) >= total_of(rules, context, days)


@shapes
@a_few
@given(data=st.data())
def test_a_day_more_never_scores_less(shape: str, data: st.DataObject) -> None:
    rules, context, days = data.draw(scored(shape))
    if days:
        place = data.draw(st.integers(0, len(days) - 1))
        assert total_of(rules, context, days) >= total_of(rules, context, [*days[:place], *days[place + 1 :]])


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
    counted = counting(some, ChallengeRules(FIRST, LAST, rules.counts), RunnerContext(), date.max)
    assert values(rules, counted) == values(rules, some)


@shapes
@a_few
@given(data=st.data(), cuts=st.sets(st.dates(FIRST, LAST), max_size=3))
def test_what_teams_have_of_a_runner_adds_up_to_the_runner(shape: str, data: st.DataObject, cuts: set[date]) -> None:
    rules, context, days = data.draw(scored(shape))
    starts = sorted({FIRST, *cuts})
    ends = [start - timedelta(days=1) for start in starts[1:]]
    stints = [Stint(team, start, end) for team, (start, end) in enumerate(zip(starts, [*ends, None], strict=True))]
    some = [make_run(local_date=day, distance_m=amount, moving_s=amount, climb_m=amount) for day, amount in days]
    made = day_values(some, stints, rules, context)
    brought = team_sums(made.values())
    whole = sum_of(made.values())
    assert Sum(sum(part.total for part in brought.values()), sum(part.days for part in brought.values())) == whole
    assert whole == sum_of(day_values(some, [], rules, context).values())
    # Teams that are joined have together what they had apart.
    assert team_sums(day_values(some, [Stint(7, FIRST, None)], rules, context).values()).get(7, Sum(0, 0)) == whole


@pytest.mark.parametrize("shape", ["plain", "daily_cap", "steps", "saddles", "target_share", "improvement"])
@a_few
@given(data=st.data())
def test_someone_who_ran_the_same_on_other_days_shares_the_rank(shape: str, data: st.DataObject) -> None:
    rules, context, days = data.draw(scored(shape))
    amounts = data.draw(st.permutations([amount for _, amount in days]))
    other = [(FIRST + timedelta(days=place), amount) for place, amount in enumerate(amounts)]
    totals = [total_of(rules, context, days), total_of(rules, context, other), -1]
    assert ranks(totals) == [1, 1, 3]


def test_a_shape_is_one_file_and_one_test_file() -> None:
    files = {key: Path(shape.__class__.__module__.replace(".", "/")).name for key, shape in SHAPES.items()}
    assert {key: name for key, name in files.items() if name != key} == {}
    assert [key for key in SHAPES if not Path(__file__).with_name(f"test_{key}.py").exists()] == []


COMPARISONS = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
IN_TEMPLATE = re.compile(r"\bshape\s*(?:==|!=|in\b|not in\b)")


def compares_shapes(node: ast.AST) -> bool:
    if not isinstance(node, ast.Compare) or not any(isinstance(operator, COMPARISONS) for operator in node.ops):
        return False
    sides = [node.left, *node.comparators]
    names = {side.attr if isinstance(side, ast.Attribute) else getattr(side, "id", None) for side in sides}
    return "shape" in names


def test_only_a_shape_itself_says_what_is_special_about_it() -> None:
    """Code asks a shape what it is like (`rules.shaped`) and never compares its name."""
    code = [path for package in ("webapp", "jobs", "ops") for path in (ROOT / package).rglob("*.py")]
    found = {path.name for path in code for node in ast.walk(ast.parse(path.read_text())) if compares_shapes(node)}
    pages = (ROOT / "webapp" / "templates").rglob("*.html")
    assert found | {page.name for page in pages if IN_TEMPLATE.search(page.read_text())} == set()
