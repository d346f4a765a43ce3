"""What two runners usually run, side by side, and one small next step for one of them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from hashlib import blake2b
from typing import Literal

from webapp.rulebook.usual_week import WEEKS, LedgerSum, UsualWeek, usual_week_in

# One level above: so much more than one's own last four whole weeks.
MIN_MORE, MAX_MORE = Fraction(105, 100), Fraction(140, 100)
# How close a week of a year ago is to one's own now, to say so.
ALIKE = Fraction(10, 100)
STEP_M = 500
# A day more: half of what a day usually brings, within these.
MIN_DAY_M, MAX_DAY_M = 1000, 5000
MAX_DAYS = 5


@dataclass(frozen=True, slots=True)
class Habit:
    """A usual week, on how many of the four Mondays, Tuesdays and so on the runner ran, and the same a year ago."""

    week: UsualWeek
    weekdays: tuple[int, ...]
    a_year_ago: UsualWeek | None


@dataclass(frozen=True, slots=True)
class NextStep:
    """One more short day a week ("day"; `weekday`, from 0, says perhaps on which), or a longer run ("longer")."""

    kind: Literal["day", "longer"]
    metres: int
    weekday: int | None = None


def habit_in(
    ledger: Collection[LedgerSum], now: tuple[date, date], before: tuple[date, date], first_day: date | None
) -> Habit | None:
    """Return what a runner usually runs, None with less than 28 days of history. `before`: the weeks of a year ago."""
    week = usual_week_in(ledger, now, first_day)
    if week is None:
        return None
    ran = {day.local_date for day in ledger if now[0] <= day.local_date <= now[1] and day.distance_m > 0}
    weekdays = tuple(sum(day.weekday() == each for day in ran) for each in range(7))
    return Habit(week, weekdays, usual_week_in(ledger, before, first_day))


def is_one_level_above(metres: int, own: int) -> bool:
    """Return whether somebody ran 5 to 40 % more in the same weeks."""
    return bool(own) and MIN_MORE * own <= metres <= MAX_MORE * own


def was_alike(then: UsualWeek | None, now: UsualWeek) -> bool:
    """Return whether a week of a year ago was about what another one is now."""
    return then is not None and abs(then.km - now.km) <= ALIKE * now.km


def in_order_of(week: date, viewer_id: int, runner_ids: Iterable[int]) -> list[int]:
    """Return runners in an order of chance that stays for a week, whoever joins them or leaves them meanwhile."""

    def place(runner_id: int) -> bytes:
        return blake2b(f"{week.isoformat()}/{viewer_id}/{runner_id}".encode(), digest_size=8).digest()

    return sorted(runner_ids, key=place)


def next_step(own: Habit, other: Habit, longest_m: int) -> NextStep | None:
    """Return one small step towards the other; `longest_m`: one's own longest run of the last 30 days.

    A single run longer than the longest of the last 30 days by more than a tenth goes with more injuries (hazard 1.64;
    5,205 runners, Frandsen 2025, How much running is too much?), while the growth of a week does not (also Buist 2008,
    GRONORUN). So a run grows by a tenth at most, and a day more is half of a usual one.
    """
    more_days = other.week.days - own.week.days
    if more_days >= Fraction(1, 2) and own.week.days <= MAX_DAYS:
        usual_m = Fraction(sum_m(own), max(1, sum(own.weekdays)))
        metres = min(max(int(usual_m / 2) // STEP_M * STEP_M, MIN_DAY_M), MAX_DAY_M)
        if metres <= within_reach(longest_m):
            return NextStep("day", metres, _free_day(own, other))
    longer = within_reach(longest_m)
    return NextStep("longer", longer) if longer > longest_m else None


def sum_m(habit: Habit) -> int:
    """Return about how far the four weeks were, in metres."""
    return habit.week.km * WEEKS * 1000


def within_reach(longest_m: int) -> int:
    """Return the longest run that is at most a tenth longer than the longest one lately, in half kilometres."""
    return longest_m * 11 // 10 // STEP_M * STEP_M


def _free_day(own: Habit, other: Habit) -> int | None:
    """Return the weekday on which the other mostly runs and oneself does not."""
    free = [day for day in range(7) if own.weekdays[day] == 0 and other.weekdays[day] >= WEEKS // 2]
    return max(free, key=lambda day: other.weekdays[day]) if free else None
