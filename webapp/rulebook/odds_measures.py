"""Which challenges have odds, and how other measures than distance are turned into km for them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from webapp.rulebook.coarse_bounds import BY_WEEKS
from webapp.rulebook.date_ranges import SETTLED_DAYS
from webapp.rulebook.odds import WINDOWS
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


def by_whole_weeks(
    ledger: Mapping[date, float], own: Mapping[date, float], starts_on: date, today: date, *, alone_tells: bool = False
) -> dict[date, float]:
    """Return the days behind a rate of time, climb or runs, which others see of whole past weeks only.

    `ledger`: all days. `own`: the days of the challenge, which its pages show one by one. A day before the challenge
    has the mean day of its week, Monday to Sunday, or of the latest week that is shown if its own is not over yet.
    `alone_tells`: a week with a single day would reveal that day, so it counts nothing.
    """
    by_week: defaultdict[int, list[float]] = defaultdict(list)
    for day, amount in sorted(ledger.items()):
        by_week[_week(day.toordinal())].append(amount)
    means = {week: sum(days) / WEEK_DAYS for week, days in by_week.items() if len(days) > alone_tells}
    latest = _week(min(starts_on, today - timedelta(days=SETTLED_DAYS)).toordinal()) - 1
    first = starts_on.toordinal()
    found = {date.fromordinal(n): means.get(min(_week(n), latest), 0.0) for n in range(first - WINDOWS[-1], first)}
    return found | {day: float(amount) for day, amount in own.items() if starts_on <= day < today}


def _week(ordinal: int) -> int:
    """Return the number of a date's week, Monday to Sunday; the first day of the calendar was a Monday."""
    return (ordinal - 1) // WEEK_DAYS
