"""Which quantities of a run are possible, and so count. Pure.

Pace has its bound in the records (`webapp.rulebook.runs`). The others have theirs here. Outside its bound a quantity
counts nothing, or the bound itself where a watch left on is the usual cause; the other quantities of the run count.
"""

from enum import StrEnum
from fractions import Fraction

from webapp.rulebook.runs import Run

# A watch left on covers its 24 hours and no more.
MAX_RUN_S = 24 * 3600
# The world record for 24 hours: Sorokin, Verona 2022 (European championships of the IAU).
MAX_RUN_M = 319_614
# The fastest vertical kilometre known to us, 1,000 m of climb in 27:21: Bonnet, Fully, October 2025
# (redbull.com/int-en/remi-bonnet-breaks-vertical-kilometre-world-record; before it Götsch, Fully 2017, 28:53).
MAX_CLIMB_A_SECOND = Fraction(1000, 27 * 60 + 21)
# A round bound, steeper than the courses known to us: Fully climbs 1,000 m over 1,920 m, Le Grand Serre over 1,900 m.
MAX_CLIMB_A_METRE = Fraction(600, 1000)
# Sensors add up small errors, so this much is accepted for any run.
ANY_CLIMB_M = 100
# A date has the runs that begin on it, and the last of them may go on for a day: 48 hours. The distance is a round
# bound, chosen above any record for 48 hours known to us.
MAX_DAY_S = 48 * 3600
MAX_DAY_M = 500_000
# A backyard ultra begins a lap on every hour, and some record each.
MAX_DAY_RUNS = 24


class Quantity(StrEnum):
    """A quantity of a run that can be outside its bound."""

    DISTANCE = "distance"
    TIME = "time"
    CLIMB = "climb"


def outside(run: Run) -> frozenset[Quantity]:
    """Return which quantities of a run are outside their bounds."""
    found = {
        Quantity.DISTANCE: run.distance_m > MAX_RUN_M,
        Quantity.TIME: run.moving_s > MAX_RUN_S,
        Quantity.CLIMB: run.climb_m > max_climb(run),
    }
    return frozenset(quantity for quantity, is_outside in found.items() if is_outside)


def max_climb(run: Run) -> int:
    """Return the metres of climb that a run of this distance and time can have."""
    by_time = min(run.moving_s, MAX_RUN_S) * MAX_CLIMB_A_SECOND
    by_distance = min(run.distance_m, MAX_RUN_M) * MAX_CLIMB_A_METRE
    return max(ANY_CLIMB_M, int(min(by_time, by_distance)))


def plausible(run: Run) -> Run:
    """Return the run with the amount of each quantity that counts."""
    found = outside(run)
    if not found:
        return run
    return run._replace(
        distance_m=0 if Quantity.DISTANCE in found else run.distance_m,
        moving_s=min(run.moving_s, MAX_RUN_S),
        climb_m=0 if Quantity.CLIMB in found else run.climb_m,
    )
