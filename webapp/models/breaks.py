"""Breaks from running: dates on which a runner takes no part in chases."""

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base
from webapp.models.columns import Sealed


class RunnerBreak(Base):
    """A runner's break, in all of their groups, both dates included. Two of one runner share no date.

    Nobody has to give a reason. One that is given is stored sealed, and shown to its runner alone.
    """

    __tablename__ = "runner_break"
    __table_args__ = (
        UniqueConstraint("runner_id", "starts_on"),
        Index("ix_runner_break_ends_on", "ends_on"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="forward"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"))
    starts_on: Mapped[date] = mapped_column(Date)
    # None: until the runner ends it.
    ends_on: Mapped[date | None] = mapped_column(Date)
    # Do boards say "on a break" at the runner's row?
    is_marked: Mapped[bool] = mapped_column(default=False, server_default=false())
    # A word of `BreakReason`.
    reason: Mapped[str | None] = mapped_column(Sealed)
