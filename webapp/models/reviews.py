"""A run that organisers were asked to review, and what they decided."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import known, word
from webapp.rulebook.judging import Decision, Verdict


class Review(Base):
    """One run in one challenge, as it was when its runner asked for a review; and the override.

    A run is named by its source and the source's own id, so that an override outlives the activity's going and coming.
    """

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("challenge_id", "runner_id", "source", "source_id"),
        known("decision", Decision),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"))
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(String(10))
    source_id: Mapped[str] = mapped_column(String(40))
    # The verdict that the runner asked about.
    verdict: Mapped[Verdict] = mapped_column(word(Verdict, 20))
    # What the organiser sees of the run, and by which an override is bound to it: metres, seconds.
    local_date: Mapped[date] = mapped_column(Date)
    distance_m: Mapped[int]
    moving_s: Mapped[int]
    # Its climb, where the review is about the climb.
    climb_m: Mapped[int | None]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(String(280), default="")
    # None until somebody has decided; the first decision holds while an answer to it waits.
    decision: Mapped[Decision | None] = mapped_column(word(Decision, 10))
    adjusted_m: Mapped[int | None]
    adjusted_s: Mapped[int | None]
    # The climb that counts, where the review is about the climb.
    adjusted_climb_m: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(280), default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    # None while the review waits for an organiser: at first, and after the decision was answered.
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The runner may answer a decision once; the second decision is final.
    answer: Mapped[str] = mapped_column(String(280), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The runner took the request back: organisers no longer see it. A changed run stays out until the next request.
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
