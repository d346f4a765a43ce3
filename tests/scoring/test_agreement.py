"""From Strava's rows to the standings, through the database, against the second opinion."""

import random
from calendar import monthrange
from collections import Counter
from datetime import date
from typing import Any

import pytest
from flask import Flask

from integrations.strava import parse
from integrations.strava.types import ActivityRow
from tests.oracle.judging import Row
from tests.support.agreement import disagreements
from tests.support.builders import NOON, make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.derived import read_in
from tests.support.rows import api_row, open_log, rows_of_log
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.groups import Group
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.scoring.service import rederive_challenge


def parsed(rows: list[Row]) -> list[ActivityRow]:
    read = [parse.activity(row) for row in rows]
    return [row for row in read if isinstance(row, ActivityRow)]


def start_month(group: Group, runners: list[Runner], year: int, month: int, **counts: Any) -> None:
    first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
    challenge = make_challenge(
        group, name=f"{year}-{month}", starts_on=first, ends_on=last, rules=RuleSet(counts=Eligibility(**counts))
    )
    for runner in runners:
        make_entry(challenge, runner)
    begin_write()
    rederive_challenge(challenge.id, clock().now())
    db.session.commit()


def drawn_row(dice: random.Random, number: int) -> Row:
    """Return a run, or something odd, around November."""
    day, hour = dice.choice(["10-31", "11-01", "11-02", "11-15", "11-30", "12-01"]), dice.randrange(24)
    row = api_row(
        f"2026-{day} {hour:02}:{dice.randrange(60):02}:00", offset=3600 * dice.choice([-12, 0, 2, 14]), id=number
    )
    odd = {
        "sport_type": dice.choice(["Run"] * 5 + ["TrailRun", "Ride"]),
        "distance": dice.choice([0.0, 4_999.6, 10_000.0, 30_000.0 * dice.random()]),
        "moving_time": dice.choice([0, 1_700, 3_000, 371_520]),
        "visibility": dice.choice(["everyone"] * 5 + ["only_me"]),
        "manual": dice.random() < 0.1,
        "flagged": dice.random() < 0.1,
    }
    return row | odd


@pytest.mark.parametrize("seed", range(3))
def test_both_agree_after_every_change(app: Flask, seed: int) -> None:
    dice = random.Random(seed)
    group, runner = make_group(), make_runner()
    make_member(group, runner, count_private_at=NOON if seed == 1 else None)
    for month in (10, 11, 12):
        start_month(group, [runner], 2026, month, private=month != 12, manual=month == 10)
    runner_id = runner.id
    rows: dict[int, Row] = {}
    for _ in range(25):
        changed = [drawn_row(dice, dice.randrange(1, 20)) for _ in range(dice.randrange(1, 4))]
        gone = dice.sample(sorted(rows), k=min(len(rows), dice.randrange(2)))
        rows |= {row["id"]: row for row in changed}
        rows = {key: row for key, row in rows.items() if key not in gone or row in changed}
        read_in(runner_id, parsed(changed), tuple(str(key) for key in gone))
        assert disagreements({runner_id: list(rows.values())}) == []


def test_both_agree_on_the_real_log_through_the_database(app: Flask) -> None:
    """Every third of 27 runners, in their twelve busiest months; `oracle/test_judging.py` judges the runs of all."""
    if not open_log().is_file():
        pytest.skip(f"the real log is not at {open_log().name}")
    log = dict(sorted(rows_of_log(open_log()).items())[::3])
    busiest = Counter(row["start_date_local"][:7] for rows in log.values() for row in rows).most_common(12)
    group, runners = make_group(), {name: make_runner(name) for name in log}
    for month, _ in busiest:
        start_month(group, list(runners.values()), int(month[:4]), int(month[5:]))
    ids = {name: runner.id for name, runner in runners.items()}
    for name, rows in log.items():
        read_in(ids[name], parsed(rows))
    assert disagreements({ids[name]: rows for name, rows in log.items()}) == []
    assert app.test_cli_runner().invoke(args=["audit"]).exit_code == 0
