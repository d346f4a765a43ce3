"""The answers of members to group runs."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import known, word
from webapp.models.words import RsvpAnswer

_IS_OFFERED = "offered_until IS NOT NULL"


class Rsvp(Base):
    """A member's answer to a run."""

    __tablename__ = "rsvp"
    __table_args__ = (
        UniqueConstraint("run_id", "runner_id"),
        known("answer", RsvpAnswer),
        CheckConstraint("guests BETWEEN 0 AND 5", name="guests_in_range"),
        # The waiting list, in order.
        Index("ix_rsvp_run_id_answer", "run_id", "answer", "queued_at"),
        # All that a tally counts, in the order in which it groups.
        Index("ix_rsvp_tally", "run_id", "pace_group_id", "answer", "guests", "offered_until"),
        # Offers that lapse.
        Index("ix_rsvp_offered", "offered_until", sqlite_where=text(_IS_OFFERED), postgresql_where=text(_IS_OFFERED)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("group_run.id", ondelete="CASCADE"))
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    answer: Mapped[RsvpAnswer] = mapped_column(word(RsvpAnswer, 10))
    pace_group_id: Mapped[int | None] = mapped_column(ForeignKey("pace_group.id", ondelete="SET NULL"), index=True)
    note: Mapped[str] = mapped_column(String(200), default="")
    # How many they bring along.
    guests: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Since when they wait: their place among those who do. None: they do not.
    queued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Until when a freed place is held for them.
    offered_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When an offer last ended that they did not take. They still wait, and are not asked again.
    passed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
