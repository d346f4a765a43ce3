"""What the challenge engine costs: one run ingested, other rules for everybody, a board against summing all runs.

All of it is measured in one run on the same machine, so that the rows can be compared with each other.
"""

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select, text

from jobs import scoring as jobs
from tests.load.bench.crowd import Crowd, as_day, as_moment, make_crowd
from tests.load.bench.measure import Viewer, ask, durability, read_in, told_run
from tests.load.bench.stage import Stage
from webapp import queue
from webapp.db import begin_read, begin_write, db, end_read
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.leaderboards import queries, service
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge, Entry, RuleChange
from webapp.models.groups import Consent
from webapp.paging import Page
from webapp.rule_changes.service import change_rules
from webapp.rulebook import ranking
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.runs import RUNNING

SIZES = (100, 1_000, 10_000)
# Runs of each member in the challenge, one a day.
RUNS_EACH = 30
TAKEN, ASKED = 200, 60
POINTS = RuleSet(measure="points", shape="steps")
MAX_CHANGE_S = 300

# A day of a log: everybody runs between 3 and 15 km, some six minutes a kilometre.
_METRES = "3000 + (id * 7919 + {n} * 104729) % 12000"
_DAY_OF_RUNS = f"""
INSERT INTO activity (runner_id, source, source_id, sport_type, local_date, start_utc, utc_offset_s, start_hidden,
    distance_m, first_m, moving_s, elapsed_s, climb_m, manual, trainer, private, flagged)
SELECT id, 'strava', 'log-' || id || '-{{n}}', 'Run', :day, :start, 0, {{no}}, {_METRES}, {_METRES},
    ({_METRES}) * 36 / 100, ({_METRES}) * 38 / 100, (id + {{n}}) % 200, {{no}}, {{no}}, {{no}}, {{no}}
FROM runner WHERE id BETWEEN :first AND :last
"""  # numbers of ours


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of rules: seconds until the board is out by them, and the board pages asked for meanwhile."""

    seconds: float
    entries: int
    runs: int
    pages: int
    worst_ms: float


def measure_engine(made: Stage, app: Flask) -> dict[str, Any]:
    """Fill groups with logs of a month, then take all measures. The stage's web and workers must not run yet."""
    with app.app_context():
        crowds = [_with_log(make_crowd(size)) for size in SIZES]
        if db.engine.dialect.name == "postgresql":  # in life autovacuum has done so long before
            db.session.commit()
            with db.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
        db.session.remove()
    found = {
        "one_run_ms": _one_run_ms(app, crowds[-1]),
        "board_published_ms": {str(crowd.members): _median(lambda: _published(app, crowd)) for crowd in crowds},  # noqa: B023  # called at once
        "board_by_summing_ms": {str(crowd.members): _median(lambda: _summed(app, crowd)) for crowd in crowds},  # noqa: B023  # called at once
        "fsync": durability(app),
    }
    made.start_web("wsgi:app")
    made.start_jobs()
    return {**found, "rule_change": asdict(_change_of_rules(made, app, crowds[-1]))}


def _with_log(crowd: Crowd) -> Crowd:
    """Give everybody of a crowd a month of runs, and derive and publish what follows from them."""
    starts_on = db.session.get_one(Challenge, crowd.challenge_id).starts_on
    no = "false" if db.engine.dialect.name == "postgresql" else "0"
    begin_write()
    for n in range(RUNS_EACH):
        day = starts_on + timedelta(days=n)
        at = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
        values = {"first": crowd.first, "last": crowd.last, "day": as_day(day), "start": as_moment(at)}
        db.session.connection().execute(text(_DAY_OF_RUNS.format(n=n, no=no)), values)
    db.session.commit()
    jobs.rederive_challenge(crowd.challenge_id)
    begin_write()
    service.rebuild(crowd.challenge_id, clock().today("UTC"))
    db.session.commit()
    return crowd


def _one_run_ms(app: Flask, crowd: Crowd) -> float:
    """Return the median of taking in one run and deriving its runner's part of the challenge, one transaction each."""
    chance, took = random.Random(1), []
    with app.app_context():
        for number in range(TAKEN):
            runner_id = chance.randint(crowd.first, crowd.last)
            row = told_run(f"one-{number}", clock().now() - timedelta(hours=number), number)
            begun = time.perf_counter()
            read_in(runner_id, [row])
            took.append((time.perf_counter() - begun) * 1000)
            db.session.remove()
    return round(statistics.median(took), 2)


def _median(work: Callable[[], object]) -> float:
    took = []
    for _ in range(ASKED):
        begun = time.perf_counter()
        work()
        took.append((time.perf_counter() - begun) * 1000)
    return round(statistics.median(took), 2)


_chance = random.Random(2)


def _published(app: Flask, crowd: Crowd) -> object:
    """Read a page of the board as a member's page does."""
    with app.app_context():
        begin_read()
        viewer = queries.viewer_of_board(crowd.slug, crowd.challenge_id, _chance.randint(crowd.first, crowd.last), 0)
        assert viewer is not None
        page = _chance.randint(1, Page.of(crowd.members, ranking.PAGE).pages or 1)
        look = queries.board_context_of(viewer, clock().now())
        rows = queries.board_page(look, page), queries.own_row(look)
        end_read(None)
    return rows


def _summed(app: Flask, crowd: Crowd) -> object:
    """Compute the board by summing all runs, as it is done where nothing is kept: everybody, in order."""
    with app.app_context():
        challenge = db.session.get_one(Challenge, crowd.challenge_id)
        total = func.coalesce(func.sum(Activity.distance_m), 0)
        ran = (
            (Activity.runner_id == Entry.runner_id)
            & Activity.local_date.between(challenge.starts_on, challenge.ends_on)
            & Activity.sport_type.in_(RUNNING)
        )
        board = (
            select(Entry.id, Consent.shown_name, total, func.count(Activity.local_date.distinct()))
            .join(Consent, (Consent.runner_id == Entry.runner_id) & (Consent.group_id == challenge.group_id))
            .outerjoin(Activity, ran)
            .where(Entry.challenge_id == challenge.id)
            .group_by(Entry.id, Consent.shown_name)
            .order_by(total.desc(), Entry.id)
        )
        return db.session.execute(board).all()


def _change_of_rules(made: Stage, app: Flask, crowd: Crowd) -> Changed:
    """Give everybody other rules, and ask for the board over and over until it is out by them."""
    connection, viewer = made.connect(), Viewer(app, crowd.first)
    path, worst, pages = f"/g/{crowd.slug}/c/{crowd.challenge_id}", 0.0, 0
    with app.app_context():
        runs = select(func.count()).where(Activity.runner_id.between(crowd.first, crowd.last))
        counted = db.session.scalar(runs) or 0
        db.session.rollback()
        begin_write()
        challenge = db.session.get_one(Challenge, crowd.challenge_id)
        change_rules(challenge, POINTS, "To see how long it takes.", crowd.first, clock().now())
        db.session.commit()
        queue.enqueue(Job.CHANGE_RULES, crowd.challenge_id)
        begun = time.monotonic()
        while not _is_done(crowd.challenge_id):
            worst, pages = max(worst, ask(connection, path, viewer.headers)[0]), pages + 1
            if time.monotonic() > begun + MAX_CHANGE_S:
                raise RuntimeError("the change of rules does not end")
        took = time.monotonic() - begun
    return Changed(round(took, 1), crowd.members, counted, pages, round(worst, 1))


def _is_done(challenge_id: int) -> bool:
    done = select(RuleChange.done_at).where(RuleChange.challenge_id == challenge_id)
    found = db.session.scalar(done) is not None
    db.session.rollback()
    return found
