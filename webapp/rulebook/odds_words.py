"""Odds as pages show them: in steps, words first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Literal

from webapp.formatting import FEET, METRES
from webapp.rulebook.chase_outlook import UsualDays
from webapp.rulebook.measures import Unit
from webapp.rulebook.odds import Odds

# A chance is shown as one of these, in 100: finer ones would say more than is known.
WORDS: Mapping[int, str] = {
    1: "next to none",
    5: "about 1 in 20",
    10: "about 1 in 10",
    15: "about 1 in 7",
    20: "about 1 in 5",
    25: "about 1 in 4",
    30: "about 3 in 10",
    35: "about 1 in 3",
    40: "about 2 in 5",
    45: "a little under even",
    50: "about even",
    55: "a little over even",
    60: "about 3 in 5",
    65: "about 2 in 3",
    70: "about 7 in 10",
    75: "about 3 in 4",
    80: "about 4 in 5",
    85: "about 6 in 7",
    90: "about 9 in 10",
    95: "about 19 in 20",
    99: "almost certain",
}
MIN_SLIDER_STEPS, MAX_SLIDER_STEPS = 5, 30
NoOdds = Literal[
    "over", "beside", "not_yet", "no_mean", "cap", "withheld", "team_score", "team_withheld", "large_teams"
]
# What a page says instead.
INSTEAD: Mapping[NoOdds, str] = {
    "over": "The last day is over.",
    "beside": "You have the same total.",
    "not_yet": "Odds begin once both of you have been running for a week.",
    "no_mean": "There are no odds here: in this challenge a usual day does not say what is still to come.",
    "cap": "There are no odds here: the challenge has a limit that leaves out much of what one of you runs.",
    "withheld": "There are no odds here, since one of the two totals is not shown.",
    "team_score": "Teams have odds only where their scores are sums or averages.",
    "team_withheld": "There are no odds here, since one of the two scores is not shown.",
    "large_teams": "Teams of more than 100 runners have no odds.",
}


def step_of(chance: float) -> int:
    """Return the step that a chance from 0 to 1 is shown as: 1, 5, 10, ... 95, 99 in 100."""
    return min(99, max(1, 5 * int(20 * chance + 0.5)))


def in_words(chance: float) -> str:
    """Return a chance in words, such as "about 2 in 5"."""
    return WORDS[step_of(chance)]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One more run of `amount`, in the unit of the total, and the step of the chance with it."""

    amount: int
    step: int

    @property
    def words(self) -> str:
        return WORDS[self.step]


@dataclass(frozen=True, slots=True)
class ShownOdds:
    """What a page shows of two neighbours: a step and words or, where there are none, what it says `instead`.

    `expected_gap`: the gap at the end if both go on, in the unit of the total; below zero if the one behind then leads.
    `crossing_on`: the date on which the lines cross at present rates, if they do.
    """

    step: int = 0
    words: str = ""
    instead: str | None = None
    expected_gap: int = 0
    crossing_on: date | None = None
    what_ifs: tuple[WhatIf, ...] = ()

    @property
    def helps(self) -> bool:
        """Return whether the largest run to try out would change the chance as it is shown."""
        return bool(self.what_ifs) and self.what_ifs[-1].step != self.step

    @classmethod
    def of(cls, found: Odds, expected_gap: int, what_ifs: tuple[WhatIf, ...]) -> "ShownOdds":
        """Return a chance as it is shown."""
        words = in_words(found.chance)
        return cls(step_of(found.chance), words, None, expected_gap, found.crossing_on, what_ifs)


@dataclass(frozen=True, slots=True)
class TriedRun:
    """The chosen step of the slider, from 1. `is_wrong`: there is none like that, and the usual one stands in."""

    number: int
    what_if: WhatIf
    is_wrong: bool = False


def tried_run(steps: Sequence[WhatIf], typed: str) -> TriedRun:
    """Return the chosen step, the third of the way up if none was chosen. `steps`: at least one."""
    if typed.isascii() and typed.isdecimal() and 0 < int(typed) <= len(steps):
        return TriedRun(int(typed), steps[int(typed) - 1])
    usual = (len(steps) + 2) // 3
    return TriedRun(usual, steps[usual - 1], is_wrong=typed != "")


def no_odds(why: NoOdds) -> ShownOdds:
    """Return what a page says where there are no odds."""
    return ShownOdds(instead=INSTEAD[why])


def ready_amounts(usual: UsualDays, unit: Unit, units: str) -> list[int]:
    """Return the runs that a page tries out: about half a usual day, a usual one and the best one, in round amounts.

    `units`: km or mi, those of the reader. Returns nothing for units in which a run has no amount of its own.
    """
    step = _step_of_a_run(unit, units)
    if step is None:
        return []
    counts = {max(1, round(amount / step)) for amount in (usual.mean / 2, usual.mean, usual.best)}
    return [round(count * step) for count in sorted(counts)]


def slider_amounts(usual: UsualDays, unit: Unit, units: str) -> list[int]:
    """Return the runs of the slider: every step up to twice the best day, and at least up to the fifth step."""
    step = _step_of_a_run(unit, units)
    if step is None:
        return []
    count = min(MAX_SLIDER_STEPS, max(MIN_SLIDER_STEPS, ceil(2 * usual.best / step)))
    return [round(number * step) for number in range(1, count + 1)]


def _step_of_a_run(unit: Unit, units: str) -> float | None:
    steps: Mapping[str, float] = {
        "distance": METRES[units], "time": 600, "climb": 50 if units == "km" else 200 / FEET, "runs": 1
    }  # fmt: skip
    return steps.get(unit)
