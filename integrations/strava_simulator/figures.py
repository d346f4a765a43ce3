"""How real people run, as curves and weights, and random numbers for them: these shape the invented world.

Measured on the pseudonymised logs of 27 runners (19,717 activities); only these figures of theirs are here.
"""

from bisect import bisect_right
from math import exp, log
from random import Random
from statistics import NormalDist

NORMAL = NormalDist()


class Curve:
    """A distribution given by its quantiles, interpolated linearly between the logarithms."""

    def __init__(self, *points: tuple[float, float]) -> None:
        self.shares = [share for share, _ in points]
        self.logs = [log(value) for _, value in points]

    def at(self, share: float) -> float:
        """Return the value below which `share` (0..1) of all cases lie."""
        right = min(max(bisect_right(self.shares, share), 1), len(self.shares) - 1)
        low, high = self.shares[right - 1], self.shares[right]
        part = (min(max(share, low), high) - low) / (high - low)
        return exp(self.logs[right - 1] + part * (self.logs[right] - self.logs[right - 1]))


DISTANCE_KM = Curve((0, 0.5), (0.05, 1.1), (0.25, 3.2), (0.5, 5.4), (0.75, 10.0), (0.95, 15.6), (0.99, 26.0), (1, 42.6))
PACE_MIN_PER_KM = Curve(
    (0, 3.3), (0.01, 3.65), (0.05, 4.49), (0.25, 5.24), (0.5, 5.71), (0.75, 6.26), (0.95, 7.85), (0.99, 11.7), (1, 14)
)
ACTIVE_DAYS = Curve((0, 0.6), (0.1, 1), (0.25, 3), (0.5, 7), (0.75, 15), (0.9, 22), (0.99, 31), (1, 31))
CLIMB_M_PER_KM = Curve((0, 0.2), (0.05, 0.6), (0.25, 2.5), (0.5, 5), (0.75, 10), (0.95, 30), (1, 70))

# Share of starts by hour of the local clock, in thousandths: peaks at 6 and at 20.
STARTS_BY_HOUR = (
    2, 1, 0, 0, 13, 39, 91, 78, 43, 24, 17, 19, 20, 10, 14, 22, 36, 72, 80, 116, 131, 106, 52, 13,
)  # fmt: skip
STARTS_BEFORE_NOON = sum(STARTS_BY_HOUR[:12]) / sum(STARTS_BY_HOUR)

# Monday first.
WEIGHT_BY_WEEKDAY = (12.5, 15.7, 14.5, 14.6, 12.7, 14.8, 15.2)


def blend(share_of_runner: float, own: float, noise: float) -> float:
    """Return the share (0..1) of one case: the runner's own place, `own`, mixed with the day's `noise` (both normal).

    `share_of_runner` is the correlation between two cases of one runner: 0 ignores the runner, 1 ignores the day.
    """
    weight = share_of_runner**0.5
    return NORMAL.cdf(weight * own + (1 - share_of_runner) ** 0.5 * noise)


def dice(*names: object) -> Random:
    """Return random numbers that are the same for the same names. All chance in the simulator comes from here."""
    return Random("/".join(str(name) for name in names))  # noqa: S311  # it shapes a world, it keeps no secret
