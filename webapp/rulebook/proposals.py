"""Amounts to begin from, by what a group ran in its last month. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import median

from webapp.rulebook.ruleset import RuleSet

# Of fewer who ran, a median says too much of one of them.
MIN_RUNNERS = 3
# A cap that most days and weeks stay below.
ROOM = Fraction(3, 2)


@dataclass(frozen=True, slots=True)
class RunnersMonth:
    """What one member who shares totals ran in a window: metres, and days with a run."""

    distance_m: int
    days: int


@dataclass(frozen=True, slots=True)
class GroupMonth:
    """What a group ran in a window of `days` days. `ran`: members who share totals and ran.

    `sharing` of its `members` share totals, those who did not run included.
    """

    days: int
    ran: Sequence[RunnersMonth]
    sharing: int
    members: int


def proposed(rules: RuleSet, month: GroupMonth) -> RuleSet:
    """Return rules of distance with the amount that this month suggests, to two digits; other rules as they are."""
    if not has_proposals(rules) or len(month.ran) < MIN_RUNNERS:
        return rules
    (param,) = rules.shaped.params
    value = _two_digits(_AMOUNTS[rules.shaped.proposed_from](month))
    return replace(rules, params={param.name: max(param.min_value, min(value, param.max_value))})


def has_proposals(rules: RuleSet) -> bool:
    """Return whether a group's month suggests an amount for rules like these."""
    return rules.measure == "distance" and rules.shaped.proposed_from is not None


def _goal(month: GroupMonth) -> Fraction:
    """Return the group's sum, as if the members whose totals are not shared ran as the others did."""
    return Fraction(sum(one.distance_m for one in month.ran) * month.members, month.sharing)


def _a_day(month: GroupMonth) -> Fraction:
    return ROOM * median(Fraction(one.distance_m, one.days) for one in month.ran)


def _a_week(month: GroupMonth) -> Fraction:
    return ROOM * median(Fraction(7 * one.distance_m, month.days) for one in month.ran)


_AMOUNTS: Mapping[str | None, Callable[[GroupMonth], Fraction]] = {"group": _goal, "day": _a_day, "week": _a_week}


def _two_digits(metres: Fraction) -> int:
    """Return whole kilometres with two digits that are not zero."""
    kilometres = max(1, round(metres / 1000))
    return 1000 * int(round(kilometres, 2 - len(str(kilometres))))
