"""Odds as pages show them: in steps, words first."""

from collections.abc import Mapping
from typing import Literal

# A chance is shown as one of these, in 100: finer ones would say more than is known.
WORDS: Mapping[int, str] = {
    1: "hardly any chance",
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
NoOdds = Literal["over", "beside", "not_yet", "no_mean", "cap", "withheld"]
# What a page says instead.
INSTEAD: Mapping[NoOdds, str] = {
    "over": "The last day is over.",
    "beside": "You have the same total.",
    "not_yet": "Odds begin once both of you have seven days of runs behind you.",
    "no_mean": "There are no odds here: in this challenge a usual day does not say what is still to come.",
    "cap": "There are no odds while a cap is nearly full.",
    "withheld": "There are no odds with a total that is not shown.",
}


def step_of(chance: float) -> int:
    """Return the step that a chance from 0 to 1 is shown as: 1, 5, 10, ... 95, 99 in 100."""
    return min(99, max(1, 5 * int(20 * chance + 0.5)))


def in_words(chance: float) -> str:
    """Return a chance in words, such as "about 2 in 5"."""
    return WORDS[step_of(chance)]
