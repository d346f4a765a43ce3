"""Attendance: whether a member came to a group run, and by whose word."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import known, word
from webapp.models.words import AttendanceOutcome, AttendanceSource


class Attendance(Base):
    """Whether a member came to a run, and who says so. Of two taps, the later one counts."""

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("run_id", "runner_id"),
        known("outcome", AttendanceOutcome),
        known("source", AttendanceSource),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("group_run.id", ondelete="CASCADE"))
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    outcome: Mapped[AttendanceOutcome] = mapped_column(word(AttendanceOutcome, 12))
    source: Mapped[AttendanceSource] = mapped_column(word(AttendanceSource, 10))
    # The leader whose tap it was.
    marked_by_id: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    # By the clock of the device, which may have been offline; never after the server's.
    tapped_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DismissedMatch(Base):
    """A runner said that a run of theirs was not this group run, so nothing suggests it again."""

    __tablename__ = "dismissed_match"

    run_id: Mapped[int] = mapped_column(ForeignKey("group_run.id", ondelete="CASCADE"), primary_key=True)
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True, index=True)
    dismissed_at: Mapped[datetime] = mapped_column(UtcDateTime)
