"""Round every bound of a rule set to a coarse step, for figures that can be requested repeatedly. Pure.

The difference between two answers reveals what lies between the two bounds. So bounds that are close together must
give the same answer, and no answer may reveal a run more exactly than one of these steps.
"""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from webapp.rulebook.date_ranges import MEASURES as RANGE_MEASURES
from webapp.rulebook.ruleset import MAX_PACE, MIN_PACE, Eligibility, RuleSet
from webapp.rulebook.shapes.base import Param

# Metres, seconds, and seconds a km.
DISTANCES = (0, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
TIMES = (0, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400)
PACES = (MIN_PACE, 180, 240, 300, 360, 420, 540, 720, 1_200, 3_600, MAX_PACE)


# Columns of the ledger that boards over any dates show by whole weeks only.
BY_WEEKS = frozenset(measure.column for measure in RANGE_MEASURES.values() if measure.by_weeks)


def coarse(rules: RuleSet) -> RuleSet:
    """Return the rules with the bounds on single runs, and every amount of the shape, rounded to coarse steps."""
    params = {param.name: _rounded(param, rules.params[param.name]) for param in rules.shaped.params}
    return replace(rules, params=params, counts=_coarse_counts(rules.counts))


def _coarse_counts(counts: Eligibility) -> Eligibility:
    quickest, slowest = _pace(counts.quickest), _pace(counts.slowest)
    if quickest is not None and slowest is not None and quickest >= slowest:
        place = max(1, min(PACES.index(quickest) + 1, len(PACES) - 1))
        quickest, slowest = PACES[place - 1], PACES[place]
    min_distance_m, min_time_s = nearest(counts.min_distance_m, DISTANCES), nearest(counts.min_time_s, TIMES)
    return replace(counts, min_distance_m=min_distance_m, min_time_s=min_time_s, quickest=quickest, slowest=slowest)


def _pace(bound: int | None) -> int | None:
    return None if bound is None else nearest(bound, PACES)


def _rounded(param: Param, value: Any) -> Any:
    """Return an amount rounded to 1, 2 or 5 times a power of ten; other kinds of number stay."""
    if param.kind not in ("amount", "metres") or value < 1:
        return value
    power = 10 ** (len(str(value)) - 1)
    return max(param.min_value, min(nearest(value, (power, 2 * power, 5 * power, 10 * power)), param.max_value))


def nearest(value: int, steps: Sequence[int]) -> int:
    """Return the step nearest to `value`; of two equally near ones, the lower."""
    above = bisect(steps, value)
    return min(steps[max(0, above - 1) : above + 1], key=lambda step: (abs(step - value), step))


def reveals_runs(rules: RuleSet) -> bool:
    """Return whether rules like these, tried one after the other, would reveal more than members share.

    A bound on single runs reveals single runs. A cap on what is shared by weeks reveals days.
    """
    return rules.needs_runs or (rules.measured.ledger in BY_WEEKS and not rules.shaped.is_plain_sum)
