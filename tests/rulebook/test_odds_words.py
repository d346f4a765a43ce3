"""Odds as pages show them."""

import pytest

from webapp.rulebook.odds_words import WORDS, in_words, step_of


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
