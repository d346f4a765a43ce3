"""What is kept for a time only: titles and devices for some days, runs until their challenges are frozen."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from integrations.strava.types import ActivityRow
from jobs import activities as jobs
from tests.support.builders import NOON, make_challenge, make_connection, make_entry, make_group, make_runner
from tests.support.cast import run_jobs
from tests.support.derived import everything, read_in
from tests.support.runs import reported
from webapp import queue
from webapp.db import db
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.models.accounts import Runner
from webapp.models.activities import Activity
from webapp.models.sync import Connection
from webapp.rulebook.judging import ledger
from webapp.rulebook.runs import Run

pytestmark = pytest.mark.both_databases

# The clock stands at the 12th of November and raw fields are kept for 6 days.
OLD, OLDEST_KEPT, LAST_MONTH = date(2026, 11, 5), date(2026, 11, 6), date(2026, 10, 3)


@pytest.fixture
def ana(app: Flask) -> Runner:
    clock().set(now=NOON)
    runner = make_runner()
    make_connection(runner, read_from=date(2025, 10, 8))
    return runner


def run(day: date, **values: Any) -> ActivityRow:
    start = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
    usual = {"local_date": day, "start_utc": start, "title": f"Run of {day}", "device": "Garmin Forerunner 255"}
    return reported(values.pop("source_id", f"{day}"), **{**usual, **values})


def purge(app: Flask) -> None:
    queue.enqueue(Job.PURGE_ACTIVITIES)
    run_jobs(app)


def held(runner: Runner) -> dict[date, tuple[str | None, str | None]]:
    mine = select(Activity.local_date, Activity.title, Activity.device).where(Activity.runner_id == runner.id)
    return {day: (title, device) for day, title, device in db.session.execute(mine)}


def days(runner: Runner) -> Sequence[date]:
    return sorted(held(runner))


def read_from(runner: Runner) -> date | None:
    return db.session.scalar(select(Connection.read_from).where(Connection.runner_id == runner.id))


def test_titles_and_devices_go_after_their_days_and_the_runs_stay(app: Flask, ana: Runner) -> None:
    make_entry(make_challenge(make_group()), ana)
    read_in(ana.id, [run(OLD), run(OLDEST_KEPT)])
    before = everything()
    purge(app)
    assert held(ana) == {OLD: (None, None), OLDEST_KEPT: ("Run of 2026-11-06", "Garmin Forerunner 255")}
    assert everything() == before


def test_titles_of_a_runner_without_a_connection_go_too(app: Flask, ana: Runner) -> None:
    ben = make_runner("Ben Okoro")
    read_in(ben.id, [run(OLD)])
    purge(app)
    assert held(ben) == {OLD: (None, None)}


def test_runs_that_no_challenge_needs_go_and_the_ledger_stays(app: Flask, ana: Runner) -> None:
    read_in(ana.id, [run(LAST_MONTH), run(OLD), run(OLDEST_KEPT)])
    before = everything()
    purge(app)
    assert days(ana) == [OLDEST_KEPT]
    assert read_from(ana) == OLDEST_KEPT
    assert everything() == before and len(before["ledger_day"]) == 3


def test_runs_stay_until_the_challenge_is_frozen(app: Flask, ana: Runner) -> None:
    challenge = make_challenge(make_group(), starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 31))
    make_entry(challenge, ana)
    read_in(ana.id, [run(date(2026, 9, 29)), run(LAST_MONTH), run(OLD)])
    purge(app)
    assert days(ana) == [LAST_MONTH, OLD]
    assert read_from(ana) == date(2026, 9, 30)
    challenge.frozen_at = NOON
    db.session.commit()
    before = everything()
    purge(app)
    assert days(ana) == []
    assert everything() == before


def test_runs_that_are_judged_together_stay_together(app: Flask, ana: Runner) -> None:
    evening = datetime(2026, 11, 5, 23, 50, tzinfo=UTC)
    # Begun before midnight, and again on another watch after it: the longer one, of the day before, counts.
    watch = run(OLD, start_utc=evening, distance_m=12_000)
    phone = run(OLDEST_KEPT, start_utc=evening + timedelta(minutes=11))
    read_in(ana.id, [run(LAST_MONTH), watch, phone])
    before = everything()
    purge(app)
    assert days(ana) == [OLD, OLDEST_KEPT]
    assert read_from(ana) == OLD
    read_in(ana.id, [run(date(2026, 11, 8))])
    assert everything()["ledger_day"] > before["ledger_day"]
    assert audited(app)


def test_whoever_was_never_read_whole_keeps_everything(app: Flask, ana: Runner) -> None:
    db.session.get_one(Connection, ana.id).read_from = None
    db.session.commit()
    read_in(ana.id, [run(LAST_MONTH)])
    purge(app)
    assert days(ana) == [LAST_MONTH]


def test_a_purge_with_nothing_to_do_moves_nothing(app: Flask, ana: Runner) -> None:
    purge(app)
    assert read_from(ana) == OLDEST_KEPT
    read_in(ana.id, [run(OLDEST_KEPT)])
    before = held(ana)
    purge(app)
    assert (held(ana), read_from(ana)) == (before, OLDEST_KEPT)


def test_the_day_after_more_goes(app: Flask, ana: Runner) -> None:
    read_in(ana.id, [run(OLDEST_KEPT), run(date(2026, 11, 7))])
    clock().set(now=NOON + timedelta(days=1))
    purge(app)
    assert days(ana) == [date(2026, 11, 7)]


def test_a_purge_goes_on_until_no_runner_is_left(app: Flask, ana: Runner) -> None:
    runners = [make_runner(f"Runner {number}") for number in range(7)]
    for runner in runners:
        make_connection(runner, read_from=date(2025, 10, 8))
        read_in(runner.id, [run(LAST_MONTH, source_id=f"{runner.id}")])
    jobs.purge_activities(limit=3, batch=2)
    assert [days(runner) for runner in runners] == [[]] * 2 + [[LAST_MONTH]] * 5, "Ana was the first of the three"
    run_jobs(app)
    assert [days(runner) for runner in runners] == [[]] * 7


def audited(app: Flask) -> bool:
    result = app.test_cli_runner().invoke(args=["audit"])
    assert result.exit_code == 0, result.output
    return True


def test_the_audit_passes_what_outlived_its_runs(app: Flask, ana: Runner) -> None:
    challenge = make_challenge(make_group(), teams=("Herons",), starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 31))
    make_entry(challenge, ana, challenge.teams[0])
    read_in(ana.id, [run(LAST_MONTH), run(OLD), run(OLDEST_KEPT)])
    challenge.frozen_at = NOON
    db.session.commit()
    purge(app)
    assert days(ana) == [OLDEST_KEPT]
    assert audited(app)


@pytest.mark.parametrize("seed", [0])
def test_the_ledger_is_what_it_would_be_had_nothing_ever_gone(app: Flask, ana: Runner, seed: int) -> None:
    assert_the_ledger_is_what_it_would_be(app, ana, seed)


# Chance picks other days; each of them runs on one database.
@pytest.mark.only_sqlite
@pytest.mark.parametrize("seed", [1, 2])
def test_the_ledger_of_other_days_is_what_it_would_be(app: Flask, ana: Runner, seed: int) -> None:
    assert_the_ledger_is_what_it_would_be(app, ana, seed)


def assert_the_ledger_is_what_it_would_be(app: Flask, ana: Runner, seed: int) -> None:
    """Forty days of runs that overlap across midnight, each day with a purge behind it."""
    dice, rows = Random(seed), []
    for number in range(40):
        clock().set(now=NOON + timedelta(days=number))
        today = [around_midnight(NOON + timedelta(days=number), dice) for _ in range(dice.randrange(3))]
        rows += today
        read_in(ana.id, today)
        purge(app)
    assert len(days(ana)) < 15 < len(rows)
    ever = ledger([Run._make(_as_run(row)) for row in rows], date.max)
    assert {row[1:] for row in everything()["ledger_day"]} == {(*key, *day) for key, day in ever.items()}


def around_midnight(noon: datetime, dice: Random) -> ActivityRow:
    start = noon + timedelta(hours=12, minutes=dice.randrange(-90, 90))
    lasts = dice.choice((600, 3_000, 9_000))
    day = (start - timedelta(seconds=1)).date() if dice.random() < 0.5 else start.date()
    values = {"moving_s": lasts, "elapsed_s": lasts, "distance_m": lasts * dice.choice((2, 3))}
    return reported(f"{noon.date()}-{dice.random()}", local_date=day, start_utc=start, **values)


def _as_run(row: ActivityRow) -> Iterator[Any]:
    known = {"id": hash(row.source_id), "source": "strava", "first_m": row.distance_m}
    return (known[name] if name in known else getattr(row, name) for name in Run._fields)
