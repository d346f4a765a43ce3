"""The odds, written a second time by somebody else, come to the same figure on invented logs."""

from datetime import date, timedelta
from random import Random

import pytest

from tests.oracle.odds import Member, second_odds, second_rate
from webapp.rulebook.odds import Contender, TimeLeft, odds, rate, recent_of

SEED, TODAY = 20261130, date(2026, 11, 16)


def _member(dice: Random) -> Member:
    """Return somebody: a regular, a newcomer, one who stopped, or one who has not run lately."""
    history = dice.choice((dice.randint(0, 9), dice.randint(5, 120), dice.randint(100, 1000)))
    stopped = dice.choice((0, 0, 0, dice.randint(1, 150)))
    often, far = dice.random(), dice.choice((3.0, 8.0, 30.0))
    first = TODAY - timedelta(days=history)
    km = {first: 4.0} if first < TODAY else {}
    for age in range(stopped + 1, history):
        if dice.random() < often:
            km[TODAY - timedelta(days=age)] = dice.uniform(0.2, far)
    return first, km


def test_both_agree_on_the_rates_and_odds_of_invented_runners_and_teams() -> None:
    dice, seen = Random(SEED), set()
    for number in range(1000):
        behind, ahead = ([_member(dice) for _ in range(dice.choice((1, 1, 1, 0, 4)))] for _ in range(2))
        divisors = (max(1, len(behind)), max(1, len(ahead))) if dice.random() < 0.5 else (1, 1)
        gap, part = dice.choice((0.0, 5.0, dice.uniform(-40, 80))), dice.choice((0.0, 1.0, dice.random()))
        last = TODAY + timedelta(days=dice.choice((-1, 0, dice.randint(0, 60))))
        time = TimeLeft(TODAY, part, last)
        sides = [
            Contender(tuple(recent_of(km, first, TODAY) for first, km in side), divisor)
            for side, divisor in zip((behind, ahead), divisors, strict=True)
        ]
        found = odds(sides[0], sides[1], gap, time)
        expected = second_odds(behind, ahead, divisors, gap, TODAY, time.days)
        told = found.chance if found.state == "chance" else found.state
        assert told == (expected if isinstance(expected, str) else pytest.approx(expected, abs=1e-9)), number
        for side, members in zip(sides, (behind, ahead), strict=True):
            for recent, member in zip(side.members, members, strict=True):
                assert rate(recent) == pytest.approx(second_rate(member, TODAY), abs=1e-9)
        seen.add(found.state)
    assert seen == {"chance", "over", "beside", "not_yet"}
