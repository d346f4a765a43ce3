"""Rules as data: what is kept is what was meant, and nothing else is taken for rules."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rule_sets import rule_sets
from webapp.rulebook.measures import MEASURES
from webapp.rulebook.ruleset import Eligibility, RuleSet, RuleSetError
from webapp.rulebook.shapes import SHAPES


@given(rule_sets())
def test_what_is_kept_as_json_is_what_was_meant(rules: RuleSet) -> None:
    assert RuleSet.from_data(json.loads(json.dumps(rules.to_data()))) == rules
    assert RuleSet.from_data(rules.to_data()).to_data() == rules.to_data()


@pytest.mark.parametrize(
    ("measure", "shape"), [(measure, shape) for shape in SHAPES for measure in sorted(SHAPES[shape].measures)]
)
def test_every_measure_and_shape_that_go_together_have_usual_numbers(measure: str, shape: str) -> None:
    assert RuleSet.from_data(RuleSet(measure, shape).to_data()) == RuleSet(measure, shape)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([-1, 0, 1, 10**30, 1e400, float("nan"), 0.5]),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from([*MEASURES, *SHAPES, "Run", "sum", "met", "own"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)
PARAM_NAMES = sorted({param.name for shape in SHAPES.values() for param in shape.params})


@st.composite
def nearly_rules(draw: st.DrawFn) -> Any:
    """Draw rules of which a few parts were replaced by anything at all."""
    data = json.loads(json.dumps(draw(rule_sets()).to_data()))
    for _ in range(draw(st.integers(1, 3))):
        where = data if draw(st.booleans()) else data.get(draw(st.sampled_from(["params", "counts"])))
        if isinstance(where, dict):
            name = draw(st.sampled_from(sorted(where)) if where else st.sampled_from(PARAM_NAMES))
            where[name] = draw(json_values)
    return data


@given(st.one_of(json_values, nearly_rules()))
def test_any_json_is_either_rules_that_can_be_kept_or_refused_with_a_word(data: Any) -> None:
    try:
        rules = RuleSet.from_data(data)
    except RuleSetError as error:
        assert error.field
        assert error.words.endswith(".")
    else:
        assert RuleSet.from_data(json.loads(json.dumps(rules.to_data()))) == rules


def with_changed(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    name, _, rest = path.partition(".")
    return {**data, name: with_changed(data[name], rest, value) if rest else value}


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("version", 2, "version"),
        ("version", True, "version"),
        ("version", 1.0, "version"),
        ("measure", "heart_rate", "measure"),
        ("measure", [], "measure"),
        ("shape", {}, "shape"),
        ("shape", "saddles", "shape"),
        ("params", [], "params"),
        ("params", {"kap": 5000}, "kap"),
        ("params.cap", 0, "cap"),
        ("params.cap", True, "cap"),
        ("params.cap", 1000.5, "cap"),
        ("params.cap", 10**400, "cap"),
        ("params.cap", None, "cap"),
        ("counts", None, "counts"),
        ("counts.sports", "Run", "sports"),
        ("counts.sports", [["Run"]], "sports"),
        ("counts.sports", [], "sports"),
        ("counts.sports", ["Run", "Ride"], "sports"),
        ("counts.manual", "no", "manual"),
        ("counts.treadmill", 0, "treadmill"),
        ("counts.min_distance_m", None, "min_distance_m"),
        ("counts.min_time_s", -1, "min_time_s"),
        ("counts.quickest", 10, "quickest"),
        ("counts.slowest", 10**9, "slowest"),
        ("counts.colour", "red", "colour"),
        ("team_score", ["sum"], "team_score"),
        ("team_score", "worst", "team_score"),
        ("best", 0, "best"),
        ("best", 51, "best"),
        ("colour", "red", "colour"),
    ],
)
def test_what_no_rule_set_says_is_refused_where_it_stands(path: str, value: Any, field: str) -> None:
    data = RuleSet("distance", "daily_cap").to_data()
    with pytest.raises(RuleSetError) as refused:
        RuleSet.from_data(with_changed(data, path, value))
    assert refused.value.field == field


def test_paces_that_leave_nobody_are_refused() -> None:
    with pytest.raises(RuleSetError, match="slower than the quickest"):
        RuleSet(counts=Eligibility(quickest=300, slowest=300))


def test_numbers_of_another_shape_are_left_out() -> None:
    assert dict(RuleSet("distance", "plain", {"cap": 5000}).params) == {}


@pytest.mark.parametrize(("measure", "cap"), [("distance", 15_000), ("moving_time", 5400), ("runs", 1)])
def test_a_usual_number_is_usual_for_what_is_measured(measure: str, cap: int) -> None:
    usual: Mapping[str, Any] = RuleSet(measure, "daily_cap").params
    assert usual == {"cap": cap}


@given(rule_sets())
def test_single_runs_are_needed_for_what_the_ledger_does_not_know(rules: RuleSet) -> None:
    plainly = replace(rules.counts, private=True, stops_unusual=True)
    assert replace(rules, counts=plainly).needs_runs == rules.needs_runs
    assert replace(rules, counts=replace(rules.counts, min_distance_m=1)).needs_runs
    assert not replace(rules, counts=Eligibility()).needs_runs


@pytest.mark.parametrize(
    ("measure", "shape", "means"),
    [
        ("distance", "plain", True),
        ("distance", "daily_cap", True),
        ("points", "steps", True),
        ("distance", "streak", False),
        ("longest_run", "plain", False),
        ("longest_run", "target_share", False),
    ],
)
def test_a_daily_mean_says_something_where_days_add_up(measure: str, shape: str, means: bool) -> None:
    assert RuleSet(measure, shape).has_daily_mean is means
