"""Nobody finds out what a former member had: not by any sum or difference of all numbers shown since they left.

Totals here are powers of 35, in kilometres: whatever is multiplied by a few, added and taken away, each way gives
another number, so that a number that comes out as somebody's total does so because it was told.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import combinations
from random import Random
from typing import Any

import pytest
from flask import Flask

from tests.support.board_pages import address
from tests.support.boards import Made
from tests.support.browser import Browser, words
from tests.support.builders import make_connection
from tests.support.cast import run_jobs
from tests.support.consents import choose
from tests.support.finals import browser_of, leaves, make_final
from webapp.accounts.service import erase_runner
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.leaderboards import service as boards
from webapp.models.accounts import Runner
from webapp.rulebook.ruleset import RuleSet

KM = 1000
SCORES = ("sum", "average", "median", "best")


def shown(browser: Browser, made: Made) -> tuple[set[int], set[int]]:
    """Return every number that a member is shown, in metres, and of these the totals of others by themselves."""
    board = browser.get(address(made, "/board.json")).get_json()
    totals = {row["total"] for row in board["runners"] if row["total"]}
    numbers = set(numbers_in(board))
    tails = ["", "/part", "/chase", "/chase/part", "?q=r", *(f"/teams/{team}" for team in made.teams)]
    for path in [*(address(made, tail) for tail in tails), f"/g/{made.group.slug}", "/"]:
        numbers.update(metres_on(words(browser.get(path))))
    return numbers - {0}, totals


def numbers_in(value: Any) -> Iterable[int]:
    """Yield every number in it but "id", which counts up and would be some sum or other sooner or later."""
    if isinstance(value, dict):
        value = [part for name, part in value.items() if name != "id"]
    if isinstance(value, list):
        for part in value:
            yield from numbers_in(part)
    elif isinstance(value, int) and not isinstance(value, bool) and value >= 100:
        yield value


def metres_on(page: str) -> Iterable[int]:
    for whole, tenth in re.findall(r"([\d,]+)\.(\d) km", page):
        yield int(whole.replace(",", "")) * KM + int(tenth) * 100


def ways_to(value: int, numbers: set[int], totals: set[int], crew: Sequence[int]) -> list[str]:
    """Return the ways in which a number shown, perhaps times a number of runners, less what is known, is `value`."""
    known = [sum(chosen) for size in range(len(totals) + 1) for chosen in combinations(sorted(totals), size)]
    sums = {total * times for total in numbers for times in crew}
    return [
        f"{whole} - {less}"
        for whole in sums | {one - other for one in sums for other in numbers}
        for less in known
        # An average and a half are cut to whole metres, pages to tenths of kilometres.
        if abs(whole - less - value) < len(crew) * 100
    ]


def build(seed: int) -> tuple[Made, dict[int, int], Random]:
    dice = Random(seed)
    powers = [35**n for n in range(5)]
    dice.shuffle(powers)
    totals = {f"Runner {n}": power * KM for n, power in enumerate([*powers, 0])}
    shared = {"shape": "group_goal", "params": {"goal": 900_000}}
    rules = RuleSet(team_score=SCORES[seed % 4], best=2, **(shared if seed % 3 == 0 else {}))  # type: ignore[arg-type]  # of both
    teams = ["Reds", "Blues", "Greens"][: dice.randrange(4)]
    made = make_final(totals, teams, rules)
    return made, dict(enumerate(totals.values())), dice


@pytest.mark.parametrize("seed", range(12))
def test_no_sum_or_difference_gives_anybody_away(app: Flask, seed: int) -> None:
    made, totals, dice = build(seed)
    order = dice.sample(range(5), 3)
    left: list[int] = []
    told: dict[int, tuple[set[int], set[int]]] = {}
    for gone in order:
        left.append(gone)
        told[gone] = (set(), set())
        _goes(app, made, gone, dice)
        member = next(number for number in range(6) if number not in left)
        numbers, known = shown(browser_of(app, made, member), made)
        for former in left:
            # Whoever came in right after they had left has seen all that was shown since.
            told[former][0].update(numbers)
            told[former][1].update(known)
            assert ways_to(totals[former], *told[former], range(1, 6)) == [], (former, left)


def _goes(app: Flask, made: Made, number: int, dice: Random) -> None:
    """Let a runner leave the group, or have everything erased."""
    if dice.random() < 0.5:
        leaves(made, number)
    else:
        begin_write()
        erase_runner(made.runners[number], clock().now())
        db.session.commit()
    run_jobs(app)


@pytest.mark.parametrize("seed", range(6))
def test_nor_while_somebody_is_hidden(app: Flask, seed: int) -> None:
    made, totals, dice = build(seed)
    hidden = dice.randrange(5)
    make_connection(db.session.get_one(Runner, made.runners[hidden]), state="deauthorised")
    boards.hide_runner(made.runners[hidden])
    db.session.commit()
    run_jobs(app)
    numbers, known = shown(browser_of(app, made, 5), made)
    assert ways_to(totals[hidden], numbers, known, range(1, 6)) == []


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("level", ["points", "hidden"])
def test_nor_while_somebody_shows_a_place_only_or_nothing(app: Flask, seed: int, level: str) -> None:
    made, totals, dice = build(seed)
    chosen = dice.randrange(5)
    choose(made.group.id, made.runners[chosen], level)
    run_jobs(app)
    numbers, known = shown(browser_of(app, made, 5), made)
    assert ways_to(totals[chosen], numbers, known, range(1, 6)) == []


def test_what_is_still_there_would_be_found(app: Flask) -> None:
    """The walk finds a sum that tells: that of a team of which the others are known."""
    made, totals, _ = build(4)
    numbers, known = shown(browser_of(app, made, 5), made)
    whole = sum(totals.values())
    assert ways_to(totals[0], numbers | {whole}, known - {totals[0]}, range(1, 2))
    assert known == {total for total in totals.values() if total} and known <= numbers
