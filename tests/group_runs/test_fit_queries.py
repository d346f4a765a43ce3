"""What a runner ran lately: their own days of the last 30, in the class of runs."""

from datetime import date, timedelta

from flask import Flask

from tests.support.builders import make_runner
from tests.support.statements import asked
from webapp.db import db
from webapp.group_runs.fit_queries import lately
from webapp.models.accounts import Runner
from webapp.models.scoring import LedgerDay
from webapp.rulebook.pace_fit import Lately

TODAY = date(2026, 11, 24)


def day(runner: Runner, ago: int, s_per_km: int, km: int = 5, sport_class: str = "run") -> LedgerDay:
    sums = {"distance_m": km * 1000, "moving_s": km * s_per_km, "climb_m": 0, "runs": 1, "longest_m": km * 1000}
    on = TODAY - timedelta(days=ago)
    return LedgerDay(runner_id=runner.id, sport_class=sport_class, local_date=on, **sums)


def test_own_runs_of_the_last_days_count_and_nothing_else(app: Flask) -> None:
    runner, other = make_runner(), make_runner("Ben Okafor")
    db.session.add_all([day(runner, ago, 360 + ago) for ago in (0, 3, 10, 20)])
    db.session.add_all([day(runner, 30, 200, 42), day(runner, -1, 200, 42), day(runner, 5, 900, 30, "foot")])
    db.session.add_all([day(other, ago, 240, 30) for ago in range(5)])
    db.session.commit()
    assert lately(runner.id, TODAY) == Lately(366, 5000)


def test_it_is_one_read(app: Flask) -> None:
    runner = make_runner()
    with asked() as statements:
        assert lately(runner.id, TODAY) == Lately()
    assert len([one for one, _ in statements if "ledger_day" in one]) == 1
