"""A challenge day by day: which dates a replay shows, and how many stood where at the end of each."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from webapp.rulebook.measures import Unit

# A longer challenge is shown every few days.
MAX_FRAMES = 62
# The width of a step of the road, for each day of the challenge; in units without one, it is for the whole challenge.
STEP_A_DAY: Mapping[Unit, int] = {"distance": 100, "time": 60, "climb": 5, "points": 500}
STEP: Mapping[Unit, int] = {"runs": 1, "days": 1, "percent": 2000}


def frames(starts_on: date, ends_on: date, until: date) -> list[date]:
    """Return the dates that a replay shows, up to `until`."""
    days = (ends_on - starts_on).days + 1
    every = -(-days // MAX_FRAMES)
    dates = [starts_on + timedelta(days=n) for n in range(every - 1, days, every)]
    if dates[-1] != ends_on:
        dates.append(ends_on)
    return [day for day in dates if day <= until]


def step_width(unit: Unit, starts_on: date, ends_on: date) -> int:
    """Return how wide a step is: a runner's month falls into about a hundred, whatever is measured."""
    days = (ends_on - starts_on).days + 1
    return STEP_A_DAY[unit] * days if unit in STEP_A_DAY else STEP[unit] * max(1, days // MAX_FRAMES)


def step_of(total: int, width: int) -> int:
    """Return the step of a total: 0 at the start, the first one above it 1."""
    return 0 if total <= 0 else 1 + (total - 1) // width


def middle_of_step(step: int, width: int) -> float:
    """Return the total in the middle of a step."""
    return 0.0 if step == 0 else (step - 0.5) * width


def tallies(
    before: Mapping[int, int], gained: Iterable[tuple[date, Mapping[int, int]]], dates: Iterable[date], width: int
) -> dict[date, dict[int, int]]:
    """Return how many stand on each step above the start at the end of each of `dates`, in order.

    `before`: what every entry had before the first of them; `gained`: what some of them gained on single dates since.
    """
    totals, days = dict(before), sorted(gained, key=lambda each: each[0])
    steps = Counter(step_of(total, width) for total in totals.values())
    found: dict[date, dict[int, int]] = {}
    for day in dates:
        while days and days[0][0] <= day:
            _move(totals, steps, days.pop(0)[1], width)
        found[day] = {step: count for step, count in steps.items() if step and count}
    return found


def _move(totals: dict[int, int], steps: Counter[int], gained: Mapping[int, int], width: int) -> None:
    for entry, value in gained.items():
        if entry in totals:
            steps[step_of(totals[entry], width)] -= 1
            totals[entry] += value
            steps[step_of(totals[entry], width)] += 1
