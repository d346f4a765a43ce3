"""Which challenges have odds, and how other measures than distance are turned into km for them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from webapp.rulebook.coarse_bounds import BY_WEEKS
from webapp.rulebook.date_ranges import SETTLED_DAYS
from webapp.rulebook.odds import SHIPPED, WINDOWS, Recent
from webapp.rulebook.ruleset import RuleSet

WEEK_DAYS = 7
# A cap is nearly full when more than a tenth of what was run did not count.
MIN_COUNTED = 0.9


def has_odds(rules: RuleSet) -> bool:
    """Return whether the mean of a runner's days says what they will add to a total of amounts.

    It says nothing of streaks, days with a run, longest runs, and shares. Nor are there odds where the board hides by a
    cap, or by counting only the best days, how much time, climb or runs a day had: they would tell.
    """
    hides_days = rules.measured.ledger in BY_WEEKS and not rules.shaped.is_plain_sum
    return rules.has_daily_mean and rules.unit not in ("days", "percent") and not hides_days


def is_cap_nearly_full(rules: RuleSet, value: int, amount: int) -> bool:
    """Return whether a cap took much of what a runner did in the challenge, so that a mean means nothing.

    `value`: their total. `amount`: what was measured on the same days.
    """
    return rules.unit == rules.measured.unit and value < MIN_COUNTED * amount


def km_per_unit(km: Iterable[float], amounts: Iterable[float]) -> float | None:
    """Return how many km a unit of another measure stands for, by what both sides ran; None if they have nothing.

    Both totals are turned into km by the same factor, so their order stays.
    """
    total = sum(amounts)
    return sum(km) / total if total > 0 else None


@dataclass(frozen=True, slots=True)
class WeekSum:
    """What a runner did in a week (`week_of`), as far as others may see it."""

    week: int
    total: float


@dataclass(frozen=True, slots=True)
class PastWeeks:
    """How the days before a challenge are known to others where days are not shown: by whole past weeks.

    A day has the mean day of its week, Monday to Sunday, or of the latest week that is shown if its own is not over
    yet. `counts`: for each week, how many of the days have its mean, in each of the windows and in all.
    """

    starts_on: date
    today: date
    counts: Mapping[int, tuple[int, ...]]

    def means_of(self, sums: Iterable[WeekSum]) -> dict[int, float]:
        """Return the mean day of each week that counts."""
        return {each.week: each.total / WEEK_DAYS for each in sums if each.week in self.counts}

    def own_days(self, days: Mapping[date, float]) -> dict[date, float]:
        """Return the whole days of the challenge, which its pages show one by one."""
        return {day: float(amount) for day, amount in days.items() if self.starts_on <= day < self.today}

    def sum_of(self, means: Mapping[int, float]) -> float:
        """Return the sum of the days before the challenge, by their means."""
        return sum(mean * self.counts[week][-1] for week, mean in means.items())

    def recent_of(
        self, means: Mapping[int, float], days: Mapping[date, float], km: float, first_day: date | None
    ) -> Recent:
        """Return the windows of a runner, each day turned into km by the factor `km`."""
        windows = [0.0] * len(WINDOWS)
        for week, mean in means.items():
            far = min(mean * km, SHIPPED.max_day_km)
            for window, count in enumerate(self.counts[week][:-1]):
                windows[window] += far * count
        for day, amount in days.items():
            far, age = min(amount * km, SHIPPED.max_day_km), (self.today - day).days
            for window, length in enumerate(WINDOWS):
                windows[window] += far if age <= length else 0.0
        return Recent(tuple(windows), (self.today - first_day).days if first_day else 0)


@lru_cache(maxsize=64)
def past_weeks(starts_on: date, today: date) -> PastWeeks:
    """Return the weeks of the days before a challenge, as far back as the longest window."""
    latest = week_of(min(starts_on, today - timedelta(days=SETTLED_DAYS)).toordinal()) - 1
    counts: defaultdict[int, list[int]] = defaultdict(lambda: [0] * (len(WINDOWS) + 1))
    first = starts_on.toordinal()
    for number in range(first - WINDOWS[-1], first):
        of_week, age = counts[min(week_of(number), latest)], today.toordinal() - number
        of_week[-1] += 1
        for window, length in enumerate(WINDOWS):
            of_week[window] += 1 <= age <= length
    return PastWeeks(starts_on, today, {week: tuple(found) for week, found in counts.items()})


def week_of(ordinal: int) -> int:
    """Return the number of a week, Monday to Sunday, by the ordinal of a date. The first day of all was a Monday."""
    return (ordinal - 1) // WEEK_DAYS
