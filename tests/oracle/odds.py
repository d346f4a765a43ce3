"""The odds, written a second time from docs/odds.md in plain Python. It imports nothing of ours."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import atan, cos, sin, sqrt
from typing import Any

# (first date ever, km by date) of each member.
Member = tuple[date, dict[date, float]]


def second_rate(member: Member, today: date) -> float:
    """Return the km a day to expect of a runner."""
    first, km = member
    history = (today - first).days
    if not any(km.get(today - timedelta(days=age), 0) > 0 for age in range(1, 113)):
        return 0.0
    root = 0.0
    for weight, window in ((0.15, 7), (0.28, 14), (0.31, 28), (0.20, 364)):
        total = 0.0
        for age in range(1, window + 1):
            total += min(15.0, km.get(today - timedelta(days=age), 0.0))
        root += weight * sqrt(total / min(window, max(7, history)))
    return float(root**2)


def second_odds(
    behind: Sequence[Member], ahead: Sequence[Member], divisors: tuple[int, int], gap: float, today: date, left: float
) -> Any:
    """Return the chance of the one behind, or the word for there being none."""
    if left <= 0:
        return "over"
    if gap == 0:
        return "beside"
    for side in (behind, ahead):
        if not side or max((today - first).days for first, _ in side) < 7:
            return "not_yet"
    rates = [[second_rate(member, today) for member in side] for side in (behind, ahead)]
    if not any(rates[0]) and not any(rates[1]):
        return 0.0 if gap > 0 else 1.0
    means = [sum(of_side) * left / divisor for of_side, divisor in zip(rates, divisors, strict=True)]
    variance = 0.0
    for of_side, divisor in zip(rates, divisors, strict=True):
        for rate in of_side:
            variance += 2.1 * (rate + 0.02) * left**1.5 / divisor**2
    # Student's t with four degrees of freedom by the angle, which is another form of the same distribution.
    angle = atan((means[0] - means[1] - gap) / sqrt(variance) / 2)
    return 0.5 + (sin(angle) + sin(angle) * cos(angle) ** 2 / 2) / 2
