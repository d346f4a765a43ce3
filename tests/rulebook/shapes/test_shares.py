"""What every shape has in common whose total is a share of an amount of the entry's own."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.shapes.base import RuleText, ScoringContext
from webapp.rulebook.shapes.shares import Share

FIRST = date(2026, 11, 1)


class OfTarget(Share):
    """The plainest of them: the whole is the target."""

    key, label = "of_target", "Of the target"

    def whole(self, context: ScoringContext) -> Fraction | None:
        return None if context.target is None else Fraction(context.target)

    def sentences(self, text: RuleText) -> list[str]:
        return []


def gains(amounts: list[int], target: int | None, max_percent: int = 150) -> list[int]:
    days = [(FIRST + timedelta(days=number), amount) for number, amount in enumerate(amounts)]
    context = ScoringContext(FIRST, FIRST + timedelta(days=29), target=target)
    return OfTarget().gains(days, {"max_percent": max_percent}, context)


def test_days_bring_their_share_in_thousandths_of_a_per_cent_until_the_highest() -> None:
    assert gains([25_000, 50_000, 100_000], 100_000) == [25_000, 50_000, 75_000]
    assert gains([400_000, 1], 100_000) == [150_000, 0]


def test_without_a_whole_no_day_brings_anything() -> None:
    assert gains([5_000, 6_000], None) == gains([5_000, 6_000], 0) == [0, 0]


@given(st.lists(st.integers(1, 50_000), max_size=20), st.integers(1, 10**6))
def test_cut_days_add_up_to_the_cut_total(amounts: list[int], target: int) -> None:
    assert sum(gains(amounts, target)) == min(100_000 * sum(amounts) // target, 150_000)


def test_the_line_bends_where_the_highest_share_is_reached() -> None:
    context = ScoringContext(FIRST, FIRST, target=33_333)
    (knee,) = OfTarget().knees({"max_percent": 150}, context)
    assert gains([knee], 33_333) == [150_000] and gains([knee - 1], 33_333) < [150_000]
    assert OfTarget().knees({"max_percent": 150}, ScoringContext(FIRST, FIRST)) == []
