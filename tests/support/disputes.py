"""A run that its runner disputes: a group with two organisers, November, and a member whose run is too fast."""

from datetime import datetime

from flask import Flask
from sqlalchemy import select

from integrations.strava.types import ActivityRow
from tests.support.builders import NOON, make_challenge, make_entry, make_member, make_runner
from tests.support.cast import Cast, make_cast
from tests.support.derived import read_in
from tests.support.runs import reported
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge, Entry
from webapp.models.reviews import Review
from webapp.models.scoring import Standing
from webapp.reviews.service import Ruled, answer, decide, request_review, stage_of

# Ten kilometres in twenty minutes: nobody has run that yet.
TOO_FAST = {"distance_m": 10_000, "moving_s": 1200, "elapsed_s": 1200}


class Dispute:
    """Mia Meyer's run was faster than the record; Olga Orlova and Otto Ost organise."""

    def __init__(self, app: Flask, **challenge: object) -> None:
        clock().set(now=NOON)
        self.cast: Cast = make_cast(app)
        self.group, self.mia, self.olga = self.cast.group, self.cast.runners["member"], self.cast.runners["organiser"]
        self.otto: Runner = make_runner("Otto Ost")
        make_member(self.group, self.otto, role="organiser")
        self.challenge: Challenge = make_challenge(self.group, **challenge)  # type: ignore[arg-type]  # any column
        self.entry: Entry = make_entry(self.challenge, self.mia)
        self.read("1", title="Quarrel with the tide", device="Garmin Forerunner", climb_m=311, **TOO_FAST)

    def read(self, source_id: str, **values: object) -> None:
        """Read a run of Mia's as Strava tells of it."""
        row: ActivityRow = reported(source_id, **values)
        read_in(self.mia.id, [row])

    @property
    def home(self) -> str:
        return f"/g/{self.group.slug}/c/{self.challenge.id}"

    def run_id(self, source_id: str = "1") -> int:
        found = db.session.scalar(select(Activity.id).where(Activity.source_id == source_id))
        db.session.rollback()
        assert found is not None
        return found

    def ask(self, source_id: str = "1", words: str = "The watch was right.", now: datetime = NOON) -> int:
        """Have Mia ask for a review, and return the review."""
        run_id = self.run_id(source_id)
        begin_write()
        request_review(self.mia.id, self.challenge, run_id, words, now)
        db.session.commit()
        return db.session.scalars(select(Review.id).where(Review.source_id == source_id)).one()

    def decide(self, review_id: int, ruled: Ruled, who: Runner | None = None, now: datetime = NOON) -> None:
        """Have an organiser (Olga) decide as the page shows it."""
        begin_write()
        review = db.session.get_one(Review, review_id, populate_existing=True)
        decide(review, self.challenge, ruled, (who or self.olga).id, stage_of(review), now)
        db.session.commit()

    def answer(self, review_id: int, words: str = "It was downhill.", now: datetime = NOON) -> None:
        begin_write()
        answer(db.session.get_one(Review, review_id, populate_existing=True), words, self.challenge, now)
        db.session.commit()

    def review(self, review_id: int) -> Review:
        db.session.rollback()
        return db.session.get_one(Review, review_id, populate_existing=True)

    def total(self) -> int:
        db.session.rollback()
        return db.session.scalars(select(Standing.total).where(Standing.entry_id == self.entry.id)).one()
