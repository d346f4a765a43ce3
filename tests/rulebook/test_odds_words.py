"""Odds as pages show them."""

import pytest

from webapp.rulebook.chase_outlook import UsualDays
from webapp.rulebook.odds_words import WORDS, TriedRun, WhatIf, in_words, slider_amounts, step_of, tried_run


def test_a_chance_is_shown_in_steps_and_never_as_certain() -> None:
    assert {step_of(chance / 1000) for chance in range(1001)} == {1, *range(5, 100, 5), 99} == set(WORDS)


@pytest.mark.parametrize(
    ("chance", "step", "words"),
    [
        (0.0, 1, "next to none"),
        (0.024, 1, "next to none"),
        (0.026, 5, "about 1 in 20"),
        (0.41, 40, "about 2 in 5"),
        (0.5, 50, "about even"),
        (0.974, 95, "about 19 in 20"),
        (1.0, 99, "almost certain"),
    ],
)
def test_words_come_with_the_step(chance: float, step: int, words: str) -> None:
    assert step_of(chance) == step
    assert in_words(chance) == words


def test_the_steps_of_the_two_in_a_pair_add_to_100() -> None:
    assert {step_of(each / 1000) + step_of(1 - each / 1000) for each in range(1001) if each % 25} == {100}


STEPS = [WhatIf(1000 * number, 50) for number in range(1, 31)]


@pytest.mark.parametrize(("typed", "number"), [("1", 1), ("30", 30), ("08", 8)])
def test_a_step_of_the_slider_is_chosen_by_its_number(typed: str, number: int) -> None:
    assert tried_run(STEPS, typed) == TriedRun(number, STEPS[number - 1])


def test_without_a_choice_the_slider_stands_a_third_of_the_way_up() -> None:
    assert tried_run(STEPS, "") == TriedRun(10, STEPS[9])
    assert tried_run(STEPS[:1], "").number == 1


@pytest.mark.parametrize("typed", ["0", "31", "-1", "8.5", "eight", "٣", "9" * 12, " 8"])
def test_a_step_that_does_not_exist_is_said_to_be_wrong(typed: str) -> None:
    assert tried_run(STEPS, typed) == TriedRun(10, STEPS[9], is_wrong=True)


def test_the_slider_goes_to_twice_the_best_day_in_round_steps() -> None:
    assert slider_amounts(UsualDays(best=10_200, mean=6_000), "distance", "km")[-1] == 21_000
    assert slider_amounts(UsualDays(best=500, mean=500), "distance", "km") == [1000, 2000, 3000, 4000, 5000]
    assert len(slider_amounts(UsualDays(best=90_000, mean=500), "distance", "mi")) == 30
    assert slider_amounts(UsualDays(best=3600, mean=1800), "time", "km")[:2] == [600, 1200]
    assert slider_amounts(UsualDays(best=1, mean=1), "points", "km") == []
