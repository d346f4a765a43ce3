"""Bounds rounded to coarse steps."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.coarse_bounds import DISTANCES, PACES, TIMES, coarse, nearest
from webapp.rulebook.ruleset import MAX_PACE, MIN_PACE, Eligibility, RuleSet

paces = st.none() | st.integers(MIN_PACE, MAX_PACE)


@given(st.integers(0, 200_000), st.integers(0, 86_400), paces, paces)
def test_every_bound_becomes_one_of_a_few_steps(
    min_distance_m: int, min_time_s: int, one: int | None, other: int | None
) -> None:
    if one is not None and other is not None and one >= other:
        one, other = (other, one) if one > other else (None, other)
    counts = coarse(
        RuleSet(counts=Eligibility(min_distance_m=min_distance_m, min_time_s=min_time_s, quickest=one, slowest=other))
    ).counts
    assert counts.min_distance_m in DISTANCES and counts.min_time_s in TIMES
    assert {counts.quickest, counts.slowest} <= {None, *PACES}
    assert ((one is None), (other is None)) == ((counts.quickest is None), (counts.slowest is None))


@given(st.integers(600, 90_000))
def test_an_amount_of_a_shape_becomes_1_2_or_5_times_a_power_of_ten(cap: int) -> None:
    found = coarse(RuleSet("moving_time", "daily_cap", {"cap": cap})).params["cap"]
    assert str(found).rstrip("0") in ("1", "2", "5")
    assert cap / 2 <= found <= 2 * cap


def test_what_is_on_a_step_stays_there() -> None:
    rules = RuleSet(
        "moving_time", "streak", {"min_amount": 1_000, "rest": 3}, Eligibility(min_distance_m=5_000, quickest=240)
    )
    assert coarse(rules) == rules
    assert [nearest(metres, DISTANCES) for metres in (0, 999, 1_001, 3_500, 3_501)] == [0, 0, 2_000, 2_000, 5_000]
