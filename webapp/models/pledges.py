"""Pledges: what a runner means to do in a week or a month, and who may see it."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import known, word
from webapp.models.words import PledgeMeasure, PledgePeriod


class Pledge(Base):
    """What a runner means to do from one date to another, both included, in days, runs or metres."""

    __tablename__ = "pledge"
    __table_args__ = (
        Index("ix_pledge_runner_id", "runner_id", "starts_on"),
        known("period", PledgePeriod),
        known("measure", PledgeMeasure),
        CheckConstraint("ends_on >= starts_on", name="forward"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"))
    # The group whose members may be chosen to see it; None: nobody sees it.
    group_id: Mapped[int | None] = mapped_column(ForeignKey("running_group.id", ondelete="SET NULL"), index=True)
    period: Mapped[PledgePeriod] = mapped_column(word(PledgePeriod, 10))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date, index=True)
    measure: Mapped[PledgeMeasure] = mapped_column(word(PledgeMeasure, 10))
    # Days, runs or metres; None: "see how far".
    amount: Mapped[int | None]
    # "Tuesday 18:30 with Ben", and what happens if that does not work out.
    plan: Mapped[str] = mapped_column(String(200), default="")
    backup_plan: Mapped[str] = mapped_column(String(200), default="")
    # Agreed rest days: 0 is Monday.
    rest_weekdays: Mapped[list[int]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PledgeWatcher(Base):
    """Somebody whom a runner chose to see a pledge."""

    __tablename__ = "pledge_watcher"

    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id", ondelete="CASCADE"), primary_key=True)
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True, index=True)


class PledgePass(Base):
    """A free pass: it lowers what is due by a day or a run. `used_on`: when it was taken."""

    __tablename__ = "pledge_pass"

    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id", ondelete="CASCADE"), primary_key=True)
    used_on: Mapped[date] = mapped_column(Date, primary_key=True)
