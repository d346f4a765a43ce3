"""What a pledge asks for, how far its runner is, and the words for it. Pure.

A pledge is an intention for a week or a month, in days, runs or metres, or an open one without an amount. Rest days are
never asked for, breaks lower it in proportion, and two free passes lower it by a day or a run each.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from webapp.formatting import at_least, day, distance
from webapp.rulebook.breaks import BreakSpan
from webapp.rulebook.date_ranges import monday_of

MAX_PASSES = 2
# How long after its last day a pass may still be taken, for whoever looks later.
PASSES_AFTER = timedelta(days=7)
# The most that can be pledged, in runs and metres.
MAX_RUNS = {"week": 21, "month": 93}
MIN_DISTANCE_M, MAX_DISTANCE_M = 1_000, {"week": 500_000, "month": 2_000_000}
ONE, MANY = {"days": "day", "runs": "run"}, {"days": "days", "runs": "runs"}
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is pledged. `amount`: days, runs or metres; None for "see how far". Rest weekdays: 0 is Monday."""

    period: str
    first: date
    last: date
    measure: str
    amount: int | None
    rest_weekdays: frozenset[int] = frozenset()

    def days(self) -> list[date]:
        """Return the dates that may be asked for: all but the rest days."""
        every = (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))
        return [one for one in every if one.weekday() not in self.rest_weekdays]


@dataclass(frozen=True, slots=True)
class RunDay:
    """A date with a run, by the ledger."""

    on: date
    runs: int
    distance_m: int


class PledgeState(StrEnum):
    """How a pledge stands. `free`: nothing is asked for any more, by a break or by passes."""

    COMING = "coming"
    GOING = "going"
    KEPT = "kept"
    FREE = "free"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class PledgeProgress:
    """How far a runner is. `due`: what is asked for now, None for an open pledge."""

    terms: Terms
    due: int | None
    done: int
    passes: int
    state: PledgeState
    today: date

    @property
    def left(self) -> int:
        return max(0, (self.due or 0) - self.done)


def period_of(period: str, on: date) -> tuple[date, date]:
    """Return the week, Monday to Sunday, or the month of a date."""
    if period == "week":
        return monday_of(on), monday_of(on) + timedelta(days=6)
    first = on.replace(day=1)
    return first, next_month(first) - timedelta(days=1)


def next_month(on: date) -> date:
    """Return the first of the next month."""
    return (on.replace(day=1) + timedelta(days=32)).replace(day=1)


def amount_due(terms: Terms, breaks: Collection[BreakSpan], passes: int) -> int | None:
    """Return what a pledge asks for. It is never more than was pledged, and never less than nothing.

    A break lowers it by its share of the dates that may be asked for; days and runs are rounded to the nearest whole
    one, a half down, and one is left as long as a date is.
    """
    if terms.amount is None:
        return None
    days = terms.days()
    free = [one for one in days if not any(span.covers(one) for span in breaks)]
    if not free:
        return 0
    if terms.measure == "distance":
        return max(0, terms.amount * len(free) // len(days) - passes * (terms.amount // len(days)))
    share = -(-(2 * terms.amount * len(free) - len(days)) // (2 * len(days)))
    return max(0, max(1, share) - passes)


def amount_done(terms: Terms, ran: Iterable[RunDay]) -> int:
    """Return how many days or runs, or how far, in the dates of a pledge. Rest days on which somebody ran count."""
    mine = [one for one in ran if terms.first <= one.on <= terms.last and one.runs > 0]
    if terms.measure == "days":
        return len({one.on for one in mine})
    return sum(one.runs if terms.measure == "runs" else one.distance_m for one in mine)


def progress(
    terms: Terms, ran: Iterable[RunDay], breaks: Collection[BreakSpan], passes: int, today: date
) -> PledgeProgress:
    """Return how far a runner is on `today`, the date where they are."""
    due, done = amount_due(terms, breaks, passes), amount_done(terms, ran)
    return PledgeProgress(terms, due, done, passes, _state(terms, due, done, today), today)


def _state(terms: Terms, due: int | None, done: int, today: date) -> PledgeState:
    if due and done >= due:
        return PledgeState.KEPT
    if due == 0:
        return PledgeState.FREE
    if today > terms.last:
        return PledgeState.OVER
    return PledgeState.COMING if today < terms.first else PledgeState.GOING


def may_take_pass(terms: Terms, passes: int, today: date) -> bool:
    """Return whether a free pass may be taken: two in all, from the first day to a week after the last one."""
    return terms.amount is not None and passes < MAX_PASSES and may_change_passes(terms, today)


def may_change_passes(terms: Terms, today: date) -> bool:
    return terms.first <= today <= terms.last + PASSES_AFTER


def wrong_amount(terms: Terms) -> str | None:
    """Return what is wrong with an amount, in a sentence."""
    if terms.amount is None:
        return None
    if terms.measure == "days":
        most = len(terms.days())
        span = f"This {terms.period} has {most} {'day' if most == 1 else 'days'}"
        besides = " besides your rest days" if terms.rest_weekdays else ""
        return None if 1 <= terms.amount <= most else f"{span}{besides}: please choose from 1 to {most}."
    if terms.measure == "runs":
        most = MAX_RUNS[terms.period]
        return None if 1 <= terms.amount <= most else f"Please choose from 1 to {most} runs."
    most = MAX_DISTANCE_M[terms.period]
    if MIN_DISTANCE_M <= terms.amount <= most:
        return None
    return f"Please choose from 1 to {most // 1000:,} km, or leave it empty."


def wrong_rest_days(rest_weekdays: Collection[int]) -> str | None:
    """Return what is wrong with rest days, in a sentence."""
    return "Please leave at least one day to run on." if len(set(rest_weekdays)) >= 7 else None


def amount_in_words(amount: int, measure: str, units: str) -> str:
    """Return "3 days", "1 run" or "20.0 km"."""
    if measure == "distance":
        return distance(amount, units)
    return f"{amount} {ONE[measure] if amount == 1 else MANY[measure]}"


def pledged_in_words(terms: Terms, units: str) -> str:
    """Return what is pledged: "3 days", or "see how far" and what is counted."""
    if terms.amount is not None:
        return amount_in_words(terms.amount, terms.measure, units)
    return {"days": "As many days as it takes", "runs": "As many runs as I like", "distance": "See how far"}[
        terms.measure
    ]


def progress_in_words(found: PledgeProgress, units: str) -> str:
    """Return how far somebody is, in a sentence or two that blame nobody."""
    done, measure = found.done, found.terms.measure
    ran = amount_in_words(done, measure, units)
    if found.due is None:
        return _open_in_words(found, ran)
    if found.state is PledgeState.FREE:
        return f"Nothing more is asked for. {ran} all the same." if done else "Nothing more is asked for. Be well."
    of_all = f"{_figure(done, measure, units)} of {amount_in_words(found.due, measure, units)}"
    if found.state is PledgeState.KEPT:
        return f"Kept: {of_all}." if done == found.due else f"Kept, and more: {of_all}."
    if found.state is PledgeState.OVER:
        return f"{of_all}. Let go, and the next {found.terms.period} is new." if done else _let_go(found.terms.period)
    when = _by_when(found)
    if found.state is PledgeState.COMING or not done:
        return f"{amount_in_words(found.due, measure, units)} {when}. All of it is still ahead."
    return f"{of_all}: {_more(found.left, measure, units)} {when}."


def _open_in_words(found: PledgeProgress, ran: str) -> str:
    over = found.state is PledgeState.OVER
    if not found.done:
        return _let_go(found.terms.period) if over else "The first one is the one that counts."
    return f"{ran}. That is how far it went." if over else f"{ran} so far."


def _let_go(period: str) -> str:
    return f"Let go. The next {period} is new."


def _figure(done: int, measure: str, units: str) -> str:
    return distance(done, units) if measure == "distance" else str(done)


def _more(left: int, measure: str, units: str) -> str:
    if measure == "distance":
        return f"{at_least(left, units)} more"
    return f"{NUMBERS[left] if left < len(NUMBERS) else left} more"


def _by_when(found: PledgeProgress) -> str:
    last = found.terms.last
    if found.today == last:
        return "today"
    return f"by {last:%A}" if (last - found.today).days < 7 and found.today >= found.terms.first else f"by {day(last)}"
