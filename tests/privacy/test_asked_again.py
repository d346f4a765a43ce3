"""Figures that can be asked for again with other parameters: what their differences tell of others' single runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from flask import Flask

from jobs.leaderboards import publish_board
from tests.support.attacker import Attacker, single_days
from tests.support.browser import signed_in
from tests.support.builders import make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.challenge_forms import sent
from tests.support.derived import read_in
from tests.support.runs import reported
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.scoring.service import rederive_challenge

RUNNERS, PAGES = 22, 1_000
OCTOBER = [date(2026, 10, 1) + timedelta(days=n) for n in range(31)]
ALL_DAYS = [date(2026, 9, 28) + timedelta(days=n) for n in range(45)]


@dataclass(frozen=True, slots=True)
class Truth:
    """A run as it was; `is_alone`: the only one of its day."""

    name: str
    day: date
    metres: int
    seconds: int
    climb: int
    is_alone: bool


def odd(dice: Random, low: int, high: int, step: int) -> int:
    """Return a number that is near no multiple of `step`, so that no rounded bound meets it by luck."""
    value = dice.randrange(low, high)
    return value if 4 < value % step < step - 4 else odd(dice, low, high, step)


def ran_by(name: str, dice: Random) -> Iterator[Truth]:
    """Yield autumn runs of one runner: two to five days a week, now and then two a day, once a week with one."""
    for monday in range(0, len(ALL_DAYS) - 6, 7):
        chosen = dice.sample(range(7), dice.choice([1, 2, 3, 4, 5]))
        for offset in sorted(chosen):
            number = dice.choice([1, 1, 1, 2])
            for _ in range(number):
                metres = odd(dice, 3_000, 31_000, 100)
                seconds = odd(dice, metres * 26 // 100, metres * 44 // 100, 50)
                day = ALL_DAYS[monday + offset]
                yield Truth(name, day, metres, seconds, dice.randrange(5, 400), number == 1)


@dataclass(frozen=True, slots=True)
class Stage:
    attacker: Attacker
    truth: list[Truth]
    board: str


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    """An organiser without limit of previews, and 22 runners who share totals and no longest run."""
    usual = app.extensions["settings"]
    app.extensions["settings"] = usual.model_copy(update={"previews_a_day": 10**6})
    group, dice = make_group(), Random(22)
    organiser = make_runner("Olga Orlova")
    make_member(group, organiser, role="organiser")
    challenge = make_challenge(group)
    make_entry(challenge, organiser)
    truth: list[Truth] = []
    for number in range(RUNNERS):
        runner = make_runner(f"Runner {number:02}")
        make_member(group, runner)
        make_entry(challenge, runner)
        mine = list(ran_by(runner.name, dice))
        read_in(runner.id)
        read_in(runner.id, [a_run(f"{number}-{n}", run, n) for n, run in enumerate(mine)])
        truth += mine
    begin_write()
    rederive_challenge(challenge.id, clock().now())
    db.session.commit()
    publish_board(challenge.id)
    browser = signed_in(app, organiser)
    home = f"/g/{group.slug}"
    yield Stage(Attacker(browser, home, organiser.name, fields, PAGES), truth, f"{home}/c/{challenge.id}")
    app.extensions["settings"] = usual


def a_run(source_id: str, run: Truth, number: int) -> Any:
    start = datetime(run.day.year, run.day.month, run.day.day, 6 + 8 * (number % 2), tzinfo=UTC)
    measured = {"distance_m": run.metres, "moving_s": run.seconds, "elapsed_s": run.seconds, "climb_m": run.climb}
    return reported(source_id, local_date=run.day, start_utc=start, **measured)


def fields(rules: RuleSet) -> Any:
    form = sent(rules)
    usual = {"name": "", "frame": "month", "month": "2031-02", "grace_hours": "24", "teams_mode": "none"}
    for name, value in {**usual, "preview": "1"}.items():
        form.setdefault(name, value)
    return form


def least(metres: int) -> RuleSet:
    return RuleSet(counts=Eligibility(min_distance_m=metres))


def test_a_thousand_previews_range_pages_and_searches_tell_no_single_run(stage: Stage) -> None:
    attacker, truth = stage.attacker, stage.truth
    october = [run for run in truth if run.day in OCTOBER]

    # The least distance, to the metre: at each edge it is a run that does not count any more.
    metres = attacker.edges(least, [*range(31_500, 2_500, -500)][::-1], share=450)
    known = [run for run in october if any(abs(run.metres - edge) <= 1 for edge in metres)]
    # The slowest pace, among all runs that are no shorter than one of these, and among all.
    paced = []
    for run in [*known[:3], Truth("", OCTOBER[0], 0, 0, 0, is_alone=True)]:
        paces = attacker.edges(partial(slow, run.metres), range(250, 460, 15), share=60)
        paced += [run for edge in paces if run.metres and abs(run.seconds * 1000 / run.metres - edge) <= 1.5]
    # Caps and least times of a day.
    for rules_at in (capped, streak):
        seconds = attacker.edges(rules_at, range(900, 13_000, 300), share=100)
        known += [run for run in october if run.is_alone and any(abs(run.seconds - edge) <= 1 for edge in seconds)]
    names = {run.name for run in known}
    assert not names, f"{len(names)} of {RUNNERS} runners, {len(known)} runs"
    assert paced == []
    assert attacker.previews > 100


def slow(metres: int, pace: int) -> RuleSet:
    return RuleSet(counts=Eligibility(min_distance_m=metres, slowest=pace))


def capped(seconds: int) -> RuleSet:
    return RuleSet("moving_time", "daily_cap", {"cap": seconds})


def streak(seconds: int) -> RuleSet:
    return RuleSet("moving_time", "streak", {"min_amount": seconds})


@pytest.mark.parametrize(("measure", "near"), [("time", 150), ("climb", 5)])
def test_sums_of_previews_and_ranges_tell_no_single_run_by_subtraction(stage: Stage, measure: str, near: int) -> None:
    attacker, truth = stage.attacker, stage.truth
    ran = attacker.days_run(ALL_DAYS)
    mondays = ALL_DAYS[::7]
    sums = attacker.sums_of_preview(measure)
    for first in [*mondays, *OCTOBER[:4], OCTOBER[20]]:
        for length in (6, 7, 13, 20, 27):
            sums += attacker.sums_of_range(measure, first, first + timedelta(days=length))
    figure = {"time": "seconds", "climb": "climb"}[measure]
    single = {(run.name, run.day): getattr(run, figure) for run in truth if run.is_alone}
    told_of = single_days(sums, ran)
    right = {
        key for key, value in told_of.items()
        if (true := single.get((key[0], key[2]))) is not None and abs(true - value) <= near
    }  # fmt: skip
    assert len(ran) == RUNNERS and sums
    assert len(right) == 0, f"{len(right)} single runs"
    assert attacker.left > 0


def test_a_search_shows_of_a_runner_what_the_board_shows(stage: Stage) -> None:
    words = ["", "runner", *(f"{number:02}" for number in range(RUNNERS))]
    shown = stage.attacker.found_by_search(stage.board, words)
    assert len(shown) == RUNNERS
    assert {name: len(rows) for name, rows in shown.items()} == dict.fromkeys(shown, 1)
