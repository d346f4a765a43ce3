"""A challenge that is about to be closed, and the round that closes it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Flask
from sqlalchemy import select, update

from tests.support.browser import signed_in, words
from tests.support.cast import run_jobs
from webapp import queue
from webapp.db import db
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Entry
from webapp.models.groups import Group
from webapp.models.scoring import Standing
from webapp.models.sync import Connection
from webapp.results.queries import places_of
from webapp.rulebook.lifecycle import closes_at, days_end_at

ENDED = days_end_at(date(2026, 11, 30))
CLOSED = closes_at(date(2026, 11, 30), 24)
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Closing:
    app: Flask
    group: Group
    challenge: Challenge
    ana: Runner
    ben: Runner

    def read(self, runner: Runner, at: datetime, **values: object) -> None:
        """Note that a runner was read whole."""
        changed = update(Connection).where(Connection.runner_id == runner.id)
        db.session.execute(changed.values(last_full_resync_at=at, **{"read_from": date(2026, 10, 31), **values}))
        db.session.commit()

    def both_read(self) -> None:
        for runner in (self.ana, self.ben):
            self.read(runner, ENDED)

    def round(self, at: datetime = CLOSED) -> Challenge:
        """Let the round come by, and all that follows from it, until nothing more does."""
        clock().set(now=at)
        for _ in range(3):
            queue.enqueue(Job.CLOSE_SWEEP)
            run_jobs(self.app)
        return self.fresh()

    def fresh(self) -> Challenge:
        db.session.rollback()
        return db.session.get_one(Challenge, self.challenge.id, populate_existing=True)

    def table(self) -> list[tuple[int, int | None, int | None]]:
        """Return rank, runner and total of every place."""
        db.session.rollback()
        return [(place.rank, place.runner_id, place.total) for place in places_of(self.challenge.id)]

    def total(self, runner: Runner) -> int:
        mine = select(Standing.total).join(Entry).where(Entry.runner_id == runner.id)
        return db.session.scalars(mine.where(Entry.challenge_id == self.challenge.id)).one()

    def board(self, part: str = "") -> str:
        browser = signed_in(self.app, self.ana)
        return words(browser.get(f"/g/{self.group.slug}/c/{self.challenge.id}{part}"))
